#include "hal/dma.h"

#include "hal/unit.h"

uint32_t dma_copy(uint32_t channel, uint32_t source, uint32_t destination, uint32_t bytes) {
  const struct dma_descriptor transfer = {source, destination, bytes, 1, bytes, bytes, 0, 0};
  return dma_transfer(channel, &transfer);
}

uint32_t dma_transfer(uint32_t channel, const struct dma_descriptor* transfer) {
  const uint32_t words[LEYDEN_DMA_JOB_WORDS] = {
      transfer->source,
      transfer->destination,
      transfer->row_bytes,
      transfer->rows,
      transfer->source_stride,
      transfer->destination_stride,
      0,
  };
  return unit_run(LEYDEN_DMA_BLOCK_BASE(channel), words, LEYDEN_DMA_JOB_WORDS);
}

uint32_t dma_chain(uint32_t channel, uint32_t first_descriptor) {
  const uint32_t base = LEYDEN_DMA_BLOCK_BASE(channel);
  mmio_write(base + LEYDEN_DMA_DESCRIPTOR, first_descriptor);
  mmio_write(base + LEYDEN_DMA_CTRL, LEYDEN_DMA_CTRL_START_LINKED);
  return unit_finish(base);
}
