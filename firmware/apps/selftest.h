/* Self-test: one line a check, and the number of failures as the program's code. */
#ifndef LEYDEN_APPS_SELFTEST_H
#define LEYDEN_APPS_SELFTEST_H

#include <stdint.h>

/* Prints `ok   name` or `FAIL name` and counts failures. */
void selftest_check(const char* name, int good);

/* The groups, in the order they run: registers first, before anything has been used. */
void selftest_registers(void);
void selftest_memory(void);
void selftest_interrupts(void);
void selftest_dma(void);
void selftest_vector(void);
void selftest_cim(void);

/* Places the groups may use. Off-chip memory has no register with its size: a low address. */
#define SELFTEST_LMEM (LEYDEN_LMEM_BASE + 0x100u)
#define SELFTEST_OFF_CHIP (LEYDEN_OFF_CHIP_BASE + 0x1000u)

#endif
