/* The core itself: sleep, interrupt enables, counters. */
#ifndef LEYDEN_HAL_CORE_H
#define LEYDEN_HAL_CORE_H

#include <stdint.h>

#define CORE_IRQ_SOFTWARE (1u << 3)
#define CORE_IRQ_TIMER (1u << 7)
#define CORE_IRQ_EXTERNAL (1u << 11)

#ifdef LEYDEN_HOST
#ifdef __cplusplus
extern "C" {
#endif
void core_wait_for_interrupt(void);
#ifdef __cplusplus
}
#endif
#else
/* Sleeps until an enabled source is pending, whether interrupts are taken (mstatus.MIE) or not. */
static inline void core_wait_for_interrupt(void) { __asm__ volatile("wfi" ::: "memory"); }
#endif

void core_enable_sources(uint32_t sources);  /* sets bits of mie */
void core_disable_sources(uint32_t sources); /* clears bits of mie */
uint32_t core_pending_sources(void);         /* mip */
void core_interrupts_on(void);               /* mstatus.MIE = 1: interrupts are taken */
void core_interrupts_off(void);
uint32_t core_cycles(void);       /* low word of mcycle */
uint32_t core_instructions(void); /* low word of minstret */

#endif
