/* Walking bits, every address its own word, and narrow writes, in each memory. */
#include "apps/selftest.h"
#include "hal/sysctl.h"
#include "leyden/registers.h"

#define WORDS 256u

static uint32_t scratch[WORDS];

static int walking_bits(uint32_t address) {
  for (uint32_t bit = 1; bit; bit <<= 1) {
    mmio_write(address, bit);
    if (mmio_read(address) != bit) return 0;
    mmio_write(address, ~bit);
    if (mmio_read(address) != ~bit) return 0;
  }
  return 1;
}

static int own_words(uint32_t address) {
  for (uint32_t i = 0; i < WORDS; ++i) mmio_write(address + 4 * i, (address + 4 * i) * 0x9e3779b1u);
  for (uint32_t i = 0; i < WORDS; ++i) {
    if (mmio_read(address + 4 * i) != (address + 4 * i) * 0x9e3779b1u) return 0;
  }
  return 1;
}

static int narrow_writes(uint32_t address) {
  mmio_write(address, 0x11223344u);
  mmio_write8(address + 1, 0xaa);
  *(volatile uint16_t*)(uintptr_t)(address + 2) = 0xbbcc;
  return mmio_read(address) == 0xbbccaa44u && mmio_read8(address + 3) == 0xbb;
}

static int memory_works(uint32_t address) {
  return walking_bits(address) && own_words(address) && narrow_writes(address);
}

void selftest_memory(void) {
  selftest_check("memory: sram", memory_works((uint32_t)(uintptr_t)scratch));
  const uint32_t last = LEYDEN_LMEM_BASE + sysctl_lmem_bytes() - 4 * WORDS;
  selftest_check("memory: lmem", memory_works(SELFTEST_LMEM) && memory_works(last));
  selftest_check("memory: off-chip", memory_works(SELFTEST_OFF_CHIP));
}
