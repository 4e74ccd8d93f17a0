/* Test finisher: ends the run. */
#ifndef LEYDEN_HAL_FINISHER_H
#define LEYDEN_HAL_FINISHER_H

#include <stdint.h>

#include "leyden/mmio.h"

#ifdef __cplusplus
extern "C" {
#endif
LEYDEN_NORETURN void finisher_pass(void);
/* Fails with the low 16 bits of `code`; 0xffff where those are 0. */
LEYDEN_NORETURN void finisher_fail(uint32_t code);
#ifdef __cplusplus
}
#endif

#endif
