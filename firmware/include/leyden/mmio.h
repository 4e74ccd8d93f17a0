/* Access to registers and memory by bus address: the one place where firmware turns an address into
 * a pointer. Compiled with LEYDEN_HOST the same firmware runs against a chip made of functions. */
#ifndef LEYDEN_MMIO_H
#define LEYDEN_MMIO_H

#include <stdint.h>

#ifdef __cplusplus
#define LEYDEN_NORETURN [[noreturn]]
#else
#define LEYDEN_NORETURN _Noreturn
#endif

#ifdef LEYDEN_HOST

#ifdef __cplusplus
extern "C" {
#endif
uint32_t mmio_read(uint32_t address);
void mmio_write(uint32_t address, uint32_t value);
uint8_t mmio_read8(uint32_t address);
void mmio_write8(uint32_t address, uint8_t value);
const void* mmio_memory(uint32_t address); /* memory at a bus address, as the core reads it */
#ifdef __cplusplus
}
#endif

#else

static inline uint32_t mmio_read(uint32_t address) {
  return *(volatile const uint32_t*)(uintptr_t)address;
}

static inline void mmio_write(uint32_t address, uint32_t value) {
  *(volatile uint32_t*)(uintptr_t)address = value;
}

static inline uint8_t mmio_read8(uint32_t address) {
  return *(volatile const uint8_t*)(uintptr_t)address;
}

static inline void mmio_write8(uint32_t address, uint8_t value) {
  *(volatile uint8_t*)(uintptr_t)address = value;
}

static inline const void* mmio_memory(uint32_t address) { return (const void*)(uintptr_t)address; }

#endif
#endif
