/* Walks steps: waits for units, writes job registers, starts units. */
#ifndef LEYDEN_RUNTIME_WALK_H
#define LEYDEN_RUNTIME_WALK_H

#include <stdint.h>

#include "leyden/image.h"

#define WALK_SPACES 5 /* enum leyden_space */

struct walker {
  uint32_t busy;                 /* units under way, bits as in a wait mask */
  uint32_t origins[WALK_SPACES]; /* bus address each space starts at */
  const char* name;              /* of the layer under way, for messages */
};

void walk_enable_interrupts(uint32_t macros);

/* Runs `count` steps. Units may still be under way afterwards. */
void walk_steps(struct walker* walker, const struct leyden_step* step, uint32_t count);

/* Sleeps until no unit of `mask` is under way. A unit that set ERROR ends the run. */
void walk_wait(struct walker* walker, uint32_t mask);

#endif
