/* Software, timer and external interrupts, taken and as wake-up only. */
#include "apps/selftest.h"
#include "boot/trap.h"
#include "hal/clint.h"
#include "hal/core.h"
#include "hal/plic.h"
#include "hal/unit.h"

#define SOFTWARE 3u
#define TIMER 7u
#define EXTERNAL 11u

static volatile uint32_t taken;  /* causes, one bit each */
static volatile uint32_t source; /* what the PLIC told */

static void handle(uint32_t cause) {
  taken |= 1u << cause;
  if (cause == SOFTWARE) clint_set_software_interrupt(0);
  if (cause == TIMER) clint_stop_timer();
  if (cause == EXTERNAL) {
    source = plic_claim();
    unit_clear(LEYDEN_VECTOR_BASE);
    plic_complete(source);
  }
}

/* Interrupts are taken between the check and the sleep at this one place only: one that came right
 * before the sleep would otherwise be gone, and the core would sleep for ever. */
static void sleep_until_taken(void) {
  core_interrupts_off();
  while (!taken) {
    core_wait_for_interrupt();
    core_interrupts_on();
    core_interrupts_off();
  }
}

static int software(void) {
  taken = 0;
  core_enable_sources(CORE_IRQ_SOFTWARE);
  clint_set_software_interrupt(1);
  sleep_until_taken();
  core_disable_sources(CORE_IRQ_SOFTWARE);
  return taken == 1u << SOFTWARE && !(core_pending_sources() & CORE_IRQ_SOFTWARE);
}

static int timer(void) {
  taken = 0;
  const uint64_t when = clint_time() + 20;
  clint_set_timer(when);
  core_enable_sources(CORE_IRQ_TIMER);
  sleep_until_taken();
  core_disable_sources(CORE_IRQ_TIMER);
  return taken == 1u << TIMER && clint_time() >= when;
}

/* Makes the vector unit raise its interrupt: an operation that does not exist sets ERROR. */
static void raise_vector(void) {
  mmio_write(LEYDEN_VECTOR_BASE + LEYDEN_VECTOR_OPERATION, 15);
  unit_start(LEYDEN_VECTOR_BASE);
}

static int external(void) {
  taken = 0;
  plic_enable(LEYDEN_IRQ_VECTOR);
  core_enable_sources(CORE_IRQ_EXTERNAL);
  raise_vector();
  sleep_until_taken();
  return taken == 1u << EXTERNAL && source == LEYDEN_IRQ_VECTOR && plic_claim() == 0;
}

/* A priority not above the threshold stays pending and wakes nobody. */
static int threshold(void) {
  mmio_write(LEYDEN_PLIC_BASE + LEYDEN_PLIC_THRESHOLD, 1);
  raise_vector();
  const uint32_t pending = mmio_read(LEYDEN_PLIC_BASE + LEYDEN_PLIC_PENDING);
  int good = (pending >> LEYDEN_IRQ_VECTOR & 1) != 0;
  good &= !(core_pending_sources() & CORE_IRQ_EXTERNAL);
  mmio_write(LEYDEN_PLIC_BASE + LEYDEN_PLIC_THRESHOLD, 0);
  good &= (core_pending_sources() & CORE_IRQ_EXTERNAL) != 0;
  core_wait_for_interrupt(); /* pending already: must not sleep, and not trap either */
  good &= plic_claim() == LEYDEN_IRQ_VECTOR;
  good &= !(core_pending_sources() & CORE_IRQ_EXTERNAL); /* claimed: quiet though still raised */
  unit_clear(LEYDEN_VECTOR_BASE);
  plic_complete(LEYDEN_IRQ_VECTOR);
  good &= plic_claim() == 0;
  return good;
}

void selftest_interrupts(void) {
  trap_set_interrupt_handler(handle);
  selftest_check("interrupts: software", software());
  selftest_check("interrupts: timer", timer());
  selftest_check("interrupts: external, plic claim", external());
  selftest_check("interrupts: plic threshold, wake-up without trap", threshold());
  core_disable_sources(CORE_IRQ_EXTERNAL);
  plic_disable(LEYDEN_IRQ_VECTOR);
  trap_set_interrupt_handler(0);
}
