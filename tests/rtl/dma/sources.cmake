# LEYDEN_DMA_RTL: the sources of the DMA, assertions too.
set(LEYDEN_DMA_RTL
  leyden_dma.sv
  leyden_dma_align.sv
  leyden_dma_buffer.sv
  leyden_dma_channel.sv
  leyden_dma_checks.sv
  leyden_dma_read.sv
  leyden_dma_regs.sv
  leyden_dma_walk.sv
  leyden_dma_write.sv)
list(TRANSFORM LEYDEN_DMA_RTL PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
