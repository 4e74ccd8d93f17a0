/* Vector unit: element-wise work and pooling on tensors in LMEM. */
#ifndef LEYDEN_HAL_VECTOR_H
#define LEYDEN_HAL_VECTOR_H

#include <stdint.h>

enum vector_operation {
  VECTOR_MAX_POOL = 0,
  VECTOR_AVERAGE_POOL = 1,
  VECTOR_ADD = 2,
  VECTOR_ACCUMULATE = 3,
  VECTOR_SCALE = 4,
  VECTOR_LOOKUP = 5,
};

/* The job registers, in their order; docs/registers/vector.md tells each. */
struct vector_job {
  uint32_t operation;
  uint32_t source0;
  uint32_t source1;
  uint32_t destination;
  uint32_t in_size; /* width in [15:0], height in [31:16] */
  uint32_t out_size;
  uint32_t channels; /* count in [15:0], parts in [31:16] */
  uint32_t kernel;
  uint32_t pad;
  uint32_t table;
  int32_t scale0;
  int32_t scale1;
  int32_t offset;
  uint32_t result; /* shift in [5:0], low in [15:8], high in [23:16] */
  uint32_t partial;
};

/* Runs to its end, without interrupts. @return 0, or the unit's ERROR_CODE */
uint32_t vector_run(const struct vector_job* job);

#endif
