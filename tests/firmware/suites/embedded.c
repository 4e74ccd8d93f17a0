/* In the manner of Embench: a board with a start and a stop of measurement around a benchmark that
 * is run several times and checks itself. Board functions on the library's start-up. */
#include <stdint.h>

#include "hal/core.h"
#include "hal/uart.h"

static volatile uint64_t cycles;

static uint64_t read_cycles(void) {
  uint32_t high;
  uint32_t low;
  uint32_t again;
  do {
    __asm__ volatile(
        ".option push\n.option arch, +zicsr\n"
        "csrr %0, mcycleh\ncsrr %1, mcycle\ncsrr %2, mcycleh\n.option pop"
        : "=r"(high), "=r"(low), "=r"(again));
  } while (high != again);
  return (uint64_t)high << 32 | low;
}

static void initialise_board(void) {}
static void start_trigger(void) { cycles = read_cycles(); }
static void stop_trigger(void) { cycles = read_cycles() - cycles; }

enum { kRepeats = 5, kLength = 64 };

static int benchmark(void) {
  uint32_t crc = 0;
  for (int n = 0; n < kRepeats; ++n) {
    crc = 0xffffffffu;
    for (uint32_t i = 0; i < kLength; ++i) {
      crc ^= i;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
  }
  return (int)~crc;
}

/* The CRC-32 of the bytes 0 to 63, as zlib gives it. */
static int verify_benchmark(int result) { return (uint32_t)result == 0x100ece8cu; }

int main(void) {
  initialise_board();
  start_trigger();
  const int result = benchmark();
  stop_trigger();
  uart_print(verify_benchmark(result) ? "correct, cycles " : "wrong, cycles ");
  uart_print_decimal((uint32_t)cycles);
  uart_print("\n");
  return verify_benchmark(result) ? 0 : 1;
}
