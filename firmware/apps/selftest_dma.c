/* DMA: plain copy, 2-D gather and scatter, linked descriptors, error report, both channels. */
#include "apps/selftest.h"
#include "hal/dma.h"
#include "hal/unit.h"
#include "leyden/registers.h"

#define BYTES 333u /* odd, and more than one burst */
#define NOWHERE 0x08000000u

static struct dma_descriptor chain[3];

static uint8_t pattern(uint32_t i) { return (uint8_t)(i * 37 + (i >> 8) + 5); }

static void fill(uint32_t address, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; ++i) mmio_write8(address + i, pattern(i));
}

static int copies(uint32_t channel) {
  fill(SELFTEST_LMEM, BYTES);
  mmio_write8(SELFTEST_OFF_CHIP + BYTES, 0xee);
  if (dma_copy(channel, SELFTEST_LMEM, SELFTEST_OFF_CHIP, BYTES) != 0) return 0;
  if (mmio_read(LEYDEN_DMA_BLOCK_BASE(channel) + LEYDEN_DMA_MOVED) != BYTES) return 0;
  if (dma_copy(channel, SELFTEST_OFF_CHIP, SELFTEST_LMEM + 0x403, BYTES) != 0) return 0;
  for (uint32_t i = 0; i < BYTES; ++i) {
    if (mmio_read8(SELFTEST_LMEM + 0x403 + i) != pattern(i)) return 0;
  }
  return mmio_read8(SELFTEST_OFF_CHIP + BYTES) == 0xee; /* nothing behind the end */
}

/* A window of 5 rows of 7 bytes out of rows of 20, packed to rows of 9. */
static int moves_rows(void) {
  fill(SELFTEST_LMEM, 100);
  const struct dma_descriptor window = {
      SELFTEST_LMEM + 3, SELFTEST_LMEM + 0x400, 7, 5, 20, 9, 0, 0};
  for (uint32_t i = 0; i < 48; ++i) mmio_write8(SELFTEST_LMEM + 0x400 + i, 0xee);
  if (dma_transfer(0, &window) != 0) return 0;
  for (uint32_t i = 0; i < 45; ++i) {
    const uint32_t row = i / 9, column = i % 9;
    const uint8_t expected = column < 7 ? pattern(3 + 20 * row + column) : 0xee;
    if (mmio_read8(SELFTEST_LMEM + 0x400 + i) != expected) return 0;
  }
  return 1;
}

static int follows_links(void) {
  fill(SELFTEST_LMEM, 96);
  for (uint32_t i = 0; i < 3; ++i) { /* three blocks, in reverse order */
    const uint32_t next = i < 2 ? (uint32_t)(uintptr_t)&chain[i + 1] : 0;
    chain[i] = (struct dma_descriptor){
        SELFTEST_LMEM + 32 * i, SELFTEST_OFF_CHIP + 32 * (2 - i), 32, 1, 32, 32, next, 0};
  }
  if (dma_chain(1, (uint32_t)(uintptr_t)&chain[0]) != 0) return 0;
  for (uint32_t i = 0; i < 96; ++i) {
    if (mmio_read8(SELFTEST_OFF_CHIP + i) != pattern(32 * (2 - i / 32) + i % 32)) return 0;
  }
  return 1;
}

static int tells_errors(void) {
  if (dma_copy(0, NOWHERE, SELFTEST_LMEM, 16) != 2) return 0;
  if (mmio_read(LEYDEN_DMA_BLOCK_BASE(0) + LEYDEN_DMA_ERROR_ADDR) != NOWHERE) return 0;
  return dma_copy(0, SELFTEST_LMEM, SELFTEST_LMEM + 0x400, 0) == 5;
}

void selftest_dma(void) {
  selftest_check("dma: copy, both channels", copies(0) && copies(1));
  selftest_check("dma: rows with strides", moves_rows());
  selftest_check("dma: linked descriptors", follows_links());
  selftest_check("dma: error code and address", tells_errors());
}
