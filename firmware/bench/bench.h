/* Programs that measure a simulator: each does the same work in every round and checks its result.
 * They use nothing but UART and finisher, so they run unchanged on another machine that has these
 * where Leyden has them (docs/performance.md). */
#ifndef LEYDEN_BENCH_BENCH_H
#define LEYDEN_BENCH_BENCH_H

#include <stdint.h>

extern const char bench_name[];
/* What every round returns. */
extern const uint32_t bench_expected;
/* Does the work once. */
uint32_t bench_round(void);

/* Rounds of a run; scripts/bench writes another number into the ELF file. */
extern volatile uint32_t bench_rounds;

#endif
