/* Runs a network image: loads it, then processes inputs of the mailbox until it is closed. */
#ifndef LEYDEN_RUNTIME_RUNTIME_H
#define LEYDEN_RUNTIME_RUNTIME_H

#include <stdint.h>

#include "leyden/mmio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Free memory the step table is copied to where it fits: on the chip every word of a step would
 * otherwise be read from off-chip memory, once an image. */
struct runtime_arena {
  void* start;
  uint32_t bytes;
};

/* Needs the sources of mie opened for external interrupts and mstatus.MIE = 0.
 * Ends through the finisher: pass when the mailbox is closed, else with an enum leyden_failure. */
LEYDEN_NORETURN void runtime_run(struct runtime_arena arena);

#ifdef __cplusplus
}
#endif
#endif
