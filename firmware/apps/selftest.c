/* Tests the chip it runs on; docs/firmware.md lists the checks. */
#include "apps/selftest.h"

#include "hal/uart.h"

static int failures;

void selftest_check(const char* name, int good) {
  uart_print(good ? "ok   " : "FAIL ");
  uart_print(name);
  uart_print("\n");
  if (!good) ++failures;
}

int main(void) {
  selftest_registers();
  selftest_memory();
  selftest_interrupts();
  selftest_dma();
  selftest_vector();
  selftest_cim();
  uart_print("selftest: ");
  uart_print_decimal((uint32_t)failures);
  uart_print(failures == 1 ? " failure\n" : " failures\n");
  return failures;
}
