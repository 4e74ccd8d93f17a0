/* Reads memory nobody has written: off-chip memory, LMEM and SRAM behind .bss. */
#include "hal/uart.h"
#include "leyden/mmio.h"
#include "leyden/registers.h"

extern char __heap_start[];

static void show(const char* name, uint32_t address) {
  uart_print(name);
  uart_print_hex(mmio_read(address));
  uart_print("\n");
}

int main(void) {
  show("off-chip ", LEYDEN_OFF_CHIP_BASE + 0x1000);
  show("lmem ", LEYDEN_LMEM_BASE + 0x100);
  show("sram ", (uint32_t)(uintptr_t)__heap_start + 0x100);
  return 0;
}
