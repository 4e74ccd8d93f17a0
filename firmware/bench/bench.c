#include "bench/bench.h"

#ifdef LEYDEN_HOST
#include <stdio.h>
static void print_text(const char* text) { fputs(text, stdout); }
static void print_number(uint32_t value) { printf("0x%08x", (unsigned)value); }
#else
#include "hal/uart.h"
static void print_text(const char* text) { uart_print(text); }
static void print_number(uint32_t value) { uart_print_hex(value); }
#endif

volatile uint32_t bench_rounds = 2;

int main(void) {
  uint32_t result = bench_expected;
  for (uint32_t left = bench_rounds; left != 0 && result == bench_expected; --left) {
    result = bench_round();
  }
  print_text(bench_name);
  print_text(result == bench_expected ? " ok " : " wrong ");
  print_number(result);
  print_text("\n");
  return result == bench_expected ? 0 : 1;
}
