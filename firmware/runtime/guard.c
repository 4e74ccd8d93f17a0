#include "runtime/guard.h"

#include "hal/ecc.h"
#include "hal/finisher.h"
#include "hal/mailbox.h"
#include "hal/plic.h"
#include "hal/sysctl.h"
#include "hal/uart.h"
#include "leyden/failure.h"
#include "runtime/crc32.h"

static uint32_t lmem_to_scrub; /* address, 0 for none */

static struct {
  uint32_t table[CRC32_ENTRIES];
  uint32_t crc;
  uint32_t next; /* word after the header */
} image_check;

static _Noreturn void fail(enum leyden_failure failure) {
  if (mailbox_status() & LEYDEN_MAILBOX_STATUS_PENDING) mailbox_fail((uint32_t)failure);
  finisher_fail((uint32_t)failure);
}

void guard_start(void) {
  crc32_fill_table(image_check.table);
  image_check.crc = CRC32_START;
  image_check.next = 0;
  sysctl_start_watchdog(GUARD_CORE_CYCLES);
  ecc_enable_interrupts();
  plic_enable(LEYDEN_IRQ_SYSCTL);
}

void guard_expect(uint32_t cycles) {
  mmio_write(LEYDEN_SYSCTL_BASE + LEYDEN_SYSCTL_WATCHDOG_LOAD, cycles);
  sysctl_feed_watchdog();
}

/* Takes what the codes found. */
static void take(void) {
  const uint32_t status = ecc_status();
  if (status & ECC_UNCORRECTED) {
    const int in_sram = (status & LEYDEN_SYSCTL_ECC_STATUS_SRAM_UNCORRECTED) != 0;
    uart_print("infer: an error that the code cannot correct in ");
    uart_print(in_sram ? "SRAM, address " : "LMEM, address ");
    uart_print_hex(mmio_read(in_sram ? ECC(SRAM_ADDR) : ECC(LMEM_ADDR)));
    uart_print("\n");
    fail(LEYDEN_FAIL_ECC);
  }
  if (status & LEYDEN_SYSCTL_ECC_STATUS_SRAM_CORRECTED) ecc_scrub(mmio_read(ECC(SRAM_ADDR)));
  if (status & LEYDEN_SYSCTL_ECC_STATUS_LMEM_CORRECTED) lmem_to_scrub = mmio_read(ECC(LMEM_ADDR));
  if (status & ECC_CORRECTED) ecc_clear(status & ECC_CORRECTED);
}

int guard_interrupt(uint32_t source) {
  if (source != LEYDEN_IRQ_SYSCTL) return 0;
  take();
  plic_complete(source);
  return 1;
}

void guard_between(void) {
  take();
  if (lmem_to_scrub == 0) return;
  ecc_scrub(lmem_to_scrub);
  lmem_to_scrub = 0;
  take(); /* the scrub's own read */
  lmem_to_scrub = 0;
}

void guard_check_image(const struct leyden_image_header* header) {
  guard_expect(GUARD_CORE_CYCLES);
  const uint32_t words = (header->total_bytes - (uint32_t)sizeof *header) / 4;
  const uint32_t left = words - image_check.next;
  const uint32_t some = LEYDEN_GUARD_IMAGE_BYTES / 4;
  const uint32_t count = left < some ? left : some;
  const uint32_t* from = (const uint32_t*)(header + 1) + image_check.next;
  image_check.crc = crc32_update(image_check.table, image_check.crc, from, count);
  image_check.next += count;
  if (image_check.next != words) return;
  const uint32_t crc = ~image_check.crc;
  image_check.crc = CRC32_START;
  image_check.next = 0;
  if (crc == header->crc32) return;
  uart_print("infer: the network image was damaged after it was loaded\n");
  fail(LEYDEN_FAIL_CRC);
}

void guard_print(void) {
  uart_print("infer: corrected words: SRAM ");
  uart_print_decimal(mmio_read(ECC(SRAM_CORRECTED)));
  uart_print(", LMEM ");
  uart_print_decimal(mmio_read(ECC(LMEM_CORRECTED)));
  uart_print("\n");
}
