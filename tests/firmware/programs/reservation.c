/* Other masters' writes take the reservation of a load-reserved word, in every memory. The end code
 * is the number of wrong results. */
#include <stdint.h>

#include "hal/dma.h"
#include "hal/uart.h"
#include "leyden/registers.h"

static uint32_t words[8] __attribute__((aligned(32)));
static uint32_t source[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static int failures;

static uint32_t load_reserved(uint32_t address) {
  uint32_t value;
  __asm__ volatile("lr.w %0, (%1)" : "=r"(value) : "r"(address) : "memory");
  return value;
}

/* 0 when it was stored. */
static uint32_t store_conditional(uint32_t address, uint32_t value) {
  uint32_t failed;
  __asm__ volatile("sc.w %0, %2, (%1)" : "=r"(failed) : "r"(address), "r"(value) : "memory");
  return failed;
}

static void check(const char* what, uint32_t address, uint32_t copy_to, uint32_t bytes,
                  uint32_t expected) {
  volatile uint32_t* word = (volatile uint32_t*)address;
  *word = 100;
  load_reserved(address);
  const uint32_t error = bytes ? dma_copy(0, (uint32_t)source, copy_to, bytes) : 0;
  const uint32_t before = *word;
  const uint32_t failed = store_conditional(address, 200);
  if (!error && failed == expected && *word == (expected ? before : 200)) return;
  uart_print("wrong: ");
  uart_print(what);
  uart_print("\n");
  ++failures;
}

static void check_memory(const char* name, uint32_t base) {
  uart_print(name);
  uart_print("\n");
  check("nobody writes", base + 16, 0, 0, 0);
  check("the word is written", base + 16, base + 16, 4, 1);
  check("a run over it", base + 16, base, 32, 1);
  check("up to it", base + 16, base, 16, 0);
  check("from behind it", base + 16, base + 20, 12, 0);
  load_reserved(base);
  store_conditional(base, 1);
  if (!store_conditional(base, 2)) ++failures; /* one store a reservation */
}

int main(void) {
  check_memory("SRAM", (uint32_t)words);
  check_memory("LMEM", LEYDEN_LMEM_BASE);
  check_memory("off-chip", LEYDEN_OFF_CHIP_BASE);
  return failures;
}
