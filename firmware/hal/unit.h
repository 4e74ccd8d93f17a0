/* What CIM units, the vector unit and the DMA channels have in common: CTRL, STATUS, ERROR_CODE and
 * a block of job registers at the same offsets from the unit's base. */
#ifndef LEYDEN_HAL_UNIT_H
#define LEYDEN_HAL_UNIT_H

#include <stdint.h>

#include "leyden/mmio.h"
#include "leyden/registers.h"

#define UNIT_CTRL LEYDEN_CIM_CTRL
#define UNIT_STATUS LEYDEN_CIM_STATUS
#define UNIT_ERROR_CODE LEYDEN_CIM_ERROR_CODE
#define UNIT_JOB LEYDEN_CIM_JOB_FIRST
#define UNIT_START (LEYDEN_CIM_CTRL_START | LEYDEN_CIM_CTRL_IRQ_ENABLE)
#define UNIT_DONE LEYDEN_CIM_STATUS_DONE
#define UNIT_ERROR LEYDEN_CIM_STATUS_ERROR

#define UNIT_SAME(vector, dma, cim)                   \
  _Static_assert((vector) == (cim) && (dma) == (cim), \
                 "units differ where unit.h takes them as equal")
UNIT_SAME(LEYDEN_VECTOR_CTRL, LEYDEN_DMA_CTRL, UNIT_CTRL);
UNIT_SAME(LEYDEN_VECTOR_STATUS, LEYDEN_DMA_STATUS, UNIT_STATUS);
UNIT_SAME(LEYDEN_VECTOR_ERROR_CODE, LEYDEN_DMA_ERROR_CODE, UNIT_ERROR_CODE);
UNIT_SAME(LEYDEN_VECTOR_JOB_FIRST, LEYDEN_DMA_JOB_FIRST, UNIT_JOB);
UNIT_SAME(LEYDEN_VECTOR_CTRL_START, LEYDEN_DMA_CTRL_START, LEYDEN_CIM_CTRL_START);
UNIT_SAME(LEYDEN_VECTOR_CTRL_IRQ_ENABLE, LEYDEN_DMA_CTRL_IRQ_ENABLE, LEYDEN_CIM_CTRL_IRQ_ENABLE);
UNIT_SAME(LEYDEN_VECTOR_STATUS_DONE, LEYDEN_DMA_STATUS_DONE, UNIT_DONE);
UNIT_SAME(LEYDEN_VECTOR_STATUS_ERROR, LEYDEN_DMA_STATUS_ERROR, UNIT_ERROR);
#undef UNIT_SAME

#define UNIT_JOB_WORDS 16 /* of the largest job, and of a step in the image */

/* Writes the job words from the third on. The number of words is known when a unit is: a jump into
 * a row of stores costs two instructions a word, a loop would cost five. */
static inline void unit_write_tail(uint32_t base, const uint32_t* words, uint32_t count) {
#define WORD(n) mmio_write(base + UNIT_JOB + 4 * (n), words[n]) /* falls through to n - 1 */
  switch (count) {
    case 16:
      WORD(15);
      __attribute__((fallthrough));
    case 15:
      WORD(14);
      __attribute__((fallthrough));
    case 14:
      WORD(13);
      __attribute__((fallthrough));
    case 13:
      WORD(12);
      __attribute__((fallthrough));
    case 12:
      WORD(11);
      __attribute__((fallthrough));
    case 11:
      WORD(10);
      __attribute__((fallthrough));
    case 10:
      WORD(9);
      __attribute__((fallthrough));
    case 9:
      WORD(8);
      __attribute__((fallthrough));
    case 8:
      WORD(7);
      __attribute__((fallthrough));
    case 7:
      WORD(6);
      __attribute__((fallthrough));
    case 6:
      WORD(5);
      __attribute__((fallthrough));
    case 5:
      WORD(4);
      __attribute__((fallthrough));
    case 4:
      WORD(3);
      __attribute__((fallthrough));
    case 3:
      WORD(2);
      __attribute__((fallthrough));
    default:
      break;
  }
#undef WORD
}

static inline void unit_start(uint32_t base) { mmio_write(base + UNIT_CTRL, UNIT_START); }
static inline uint32_t unit_status(uint32_t base) { return mmio_read(base + UNIT_STATUS); }
static inline uint32_t unit_error_code(uint32_t base) { return mmio_read(base + UNIT_ERROR_CODE); }

/* Clears DONE and ERROR, and with them the interrupt. */
static inline void unit_clear(uint32_t base) {
  mmio_write(base + UNIT_STATUS, UNIT_DONE | UNIT_ERROR);
}

/* Waits until what was started has ended, and clears it.
 * @return 0, or the unit's ERROR_CODE */
uint32_t unit_finish(uint32_t base);

/* Runs one job of `count` words to its end, without interrupts. For tests and simple programs.
 * @return 0, or the unit's ERROR_CODE */
uint32_t unit_run(uint32_t base, const uint32_t* words, uint32_t count);

#endif
