/* Measures against faults, for firmware compiled with LEYDEN_GUARDED: reports of error codes, the
 * checksum of the image before each input, the watchdog. docs/ecc.md. */
#ifndef LEYDEN_RUNTIME_GUARD_H
#define LEYDEN_RUNTIME_GUARD_H

#include <stdint.h>

#include "leyden/image.h"

/* Bytes of the image that are checked before each input: the whole of it takes many inputs. With
 * 0xffffffff each input waits for all of it. */
#ifndef LEYDEN_GUARD_IMAGE_BYTES
#define LEYDEN_GUARD_IMAGE_BYTES 256u
#endif
/* Cycles in which some unit must end (assumed: longer than the longest job of the networks here).
 */
#ifndef LEYDEN_GUARD_CYCLES
#define LEYDEN_GUARD_CYCLES 1000000u
#endif
/* The same for a step of the core and the checksum, and for an input that is awaited. */
#define GUARD_CORE_CYCLES 0x10000000u
#define GUARD_IDLE_CYCLES 0xffffffffu

void guard_start(void);
/* The watchdog bites in `cycles` from now on. */
void guard_expect(uint32_t cycles);
/* An error code's interrupt. @return 1 when `source` was that one; it is completed then */
int guard_interrupt(uint32_t source);
/* No unit is under way: fails for what could not be corrected, scrubs what could. */
void guard_between(void);
/* Goes on with the checksum of the image; fails when it is at its end and another than the one it
 * was loaded with. */
void guard_check_image(const struct leyden_image_header* header);
/* What was corrected in all, to the UART. */
void guard_print(void);

#endif
