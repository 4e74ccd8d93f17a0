/* DMA: 2-D transfers and linked descriptors. */
#ifndef LEYDEN_HAL_DMA_H
#define LEYDEN_HAL_DMA_H

#include <stdint.h>

/* A transfer; in memory a descriptor of a chain (4-byte aligned). */
struct dma_descriptor {
  uint32_t source; /* bus addresses */
  uint32_t destination;
  uint32_t row_bytes;
  uint32_t rows;
  uint32_t source_stride; /* bytes from a row to the next */
  uint32_t destination_stride;
  uint32_t next; /* bus address of the next descriptor, 0 at the end of the chain */
  uint32_t reserved;
};

/* Each runs to its end, without interrupts. @return 0, or the channel's ERROR_CODE */
uint32_t dma_copy(uint32_t channel, uint32_t source, uint32_t destination, uint32_t bytes);
uint32_t dma_transfer(uint32_t channel, const struct dma_descriptor* transfer);
uint32_t dma_chain(uint32_t channel, uint32_t first_descriptor);

#endif
