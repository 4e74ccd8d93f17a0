/* Mailbox: inputs from the host, results to it. docs/abi.md tells the protocol. */
#ifndef LEYDEN_HAL_MAILBOX_H
#define LEYDEN_HAL_MAILBOX_H

#include <stdint.h>

#include "leyden/mmio.h"
#include "leyden/registers.h"

#define MAILBOX(name) (LEYDEN_MAILBOX_BASE + LEYDEN_MAILBOX_##name)

static inline void mailbox_enable_interrupt(void) {
  mmio_write(MAILBOX(CTRL), LEYDEN_MAILBOX_CTRL_IRQ_ENABLE);
}
static inline uint32_t mailbox_status(void) { return mmio_read(MAILBOX(STATUS)); }
static inline uint32_t mailbox_input_address(void) { return mmio_read(MAILBOX(INPUT_ADDR)); }
static inline uint32_t mailbox_input_bytes(void) { return mmio_read(MAILBOX(INPUT_BYTES)); }
static inline uint32_t mailbox_output_address(void) { return mmio_read(MAILBOX(OUTPUT_ADDR)); }
static inline uint32_t mailbox_output_bytes(void) { return mmio_read(MAILBOX(OUTPUT_BYTES)); }
static inline void mailbox_done(uint32_t result) { mmio_write(MAILBOX(DONE), result); }
static inline void mailbox_fail(uint32_t code) { mmio_write(MAILBOX(FAIL), code); }

#endif
