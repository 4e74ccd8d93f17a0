/* In the manner of the RISC-V benchmarks: console and end through calls of the host, that is eight
 * words of 64 bits whose address is written to `tohost`. */
#include <stdint.h>

#ifndef CODE
#define CODE 0
#endif

enum { kWrite = 64, kUnknown = 2011 };

volatile uint64_t tohost __attribute__((section(".tohost"), aligned(64)));
volatile uint64_t fromhost __attribute__((section(".tohost"), aligned(64)));

__asm__(
    ".section .text.init, \"ax\"\n"
    ".globl _start\n"
    "_start:\n"
    "  la sp, stack_top\n"
    "  call main\n"
    "1: j 1b\n");
uint8_t stack[2048] __attribute__((aligned(16)));
__asm__(".globl stack_top\n.set stack_top, stack + 2048\n");

int main(void);

static uint64_t call(uint64_t number, uint64_t a, uint64_t b, uint64_t c) {
  static volatile uint64_t words[8] __attribute__((aligned(64)));
  words[0] = number;
  words[1] = a;
  words[2] = b;
  words[3] = c;
  __sync_synchronize();
  tohost = (uintptr_t)words;
  while (fromhost == 0) {
  }
  fromhost = 0;
  __sync_synchronize();
  return words[0];
}

int main(void) {
  static const char text[] = "called the host\n";
  const uint64_t written = call(kWrite, 1, (uintptr_t)text, sizeof text - 1);
  const uint64_t bad_file = call(kWrite, 7, (uintptr_t)text, 1);
  const uint64_t unknown = call(kUnknown, 0, 0, 0);
  uint32_t code = CODE;
  if (written != sizeof text - 1) code = 101;
  if (bad_file != (uint64_t)-9) code = 102;
  if (unknown != (uint64_t)-38) code = 103;
  /* The console device, a character a command. */
  for (const char* c = "and its console\n"; *c; ++c) {
    while (tohost != 0) {
    }
    tohost = UINT64_C(0x0101000000000000) | (uint8_t)*c;
  }
  for (;;) tohost = (uint64_t)code << 1 | 1;
}
