#include "hal/vector.h"

#include "hal/unit.h"

_Static_assert(sizeof(struct vector_job) == 4 * LEYDEN_VECTOR_JOB_WORDS, "one word a register");

uint32_t vector_run(const struct vector_job* job) {
  return unit_run(LEYDEN_VECTOR_BASE, (const uint32_t*)job, LEYDEN_VECTOR_JOB_WORDS);
}
