#include "runtime/walk.h"

#include "hal/core.h"
#include "hal/finisher.h"
#include "hal/mailbox.h"
#include "hal/plic.h"
#include "hal/uart.h"
#include "hal/unit.h"
#include "leyden/failure.h"
#include "runtime/core_kernels.h"
#ifdef LEYDEN_GUARDED
#include "runtime/guard.h"
#endif

#define VECTOR_BIT 16u
#define DMA_BIT 24u

/* Register base of the unit whose bit of a wait mask is `bit`. */
static inline uint32_t base_of(uint32_t bit) {
  if (bit < VECTOR_BIT) return LEYDEN_CIM_BASE(bit);
  if (bit < DMA_BIT) return LEYDEN_VECTOR_BASE;
  return LEYDEN_DMA_BLOCK_BASE(bit - DMA_BIT);
}

static inline uint32_t bit_of_source(uint32_t source) {
  if (source >= LEYDEN_IRQ_CIM(0)) return source - LEYDEN_IRQ_CIM(0);
  if (source == LEYDEN_IRQ_VECTOR) return VECTOR_BIT;
  return DMA_BIT + source - LEYDEN_IRQ_DMA(0);
}

void walk_enable_interrupts(uint32_t macros) {
  for (uint32_t n = 0; n < macros; ++n) plic_enable(LEYDEN_IRQ_CIM(n));
  for (uint32_t n = 0; n < LEYDEN_DMA_BLOCKS; ++n) plic_enable(LEYDEN_IRQ_DMA(n));
  plic_enable(LEYDEN_IRQ_VECTOR);
}

/* Tells which unit failed at what, and ends the run. */
static _Noreturn void fail(const struct walker* walker, uint32_t bit) {
  static const char* const names[] = {"cim ", "vector ", "dma "};
  static const uint16_t codes[] = {LEYDEN_FAIL_CIM, LEYDEN_FAIL_VECTOR, LEYDEN_FAIL_DMA};
  const uint32_t unit = bit < VECTOR_BIT ? 0 : bit < DMA_BIT ? 1 : 2;
  uart_print("infer: ");
  uart_print(walker->name);
  uart_print(": ");
  uart_print(names[unit]);
  uart_print_decimal(bit - (unit == 0 ? 0 : unit == 1 ? VECTOR_BIT : DMA_BIT));
  uart_print(" stopped with error ");
  uart_print_decimal(unit_error_code(base_of(bit)));
  uart_print("\n");
  if (mailbox_status() & LEYDEN_MAILBOX_STATUS_PENDING) mailbox_fail(codes[unit]);
  finisher_fail(codes[unit]);
}

void walk_wait(struct walker* walker, uint32_t mask) {
  while (walker->busy & mask) {
    core_wait_for_interrupt();
    const uint32_t source = plic_claim();
    if (source == 0) continue;
#ifdef LEYDEN_GUARDED
    if (guard_interrupt(source)) continue;
    guard_expect(LEYDEN_GUARD_CYCLES);
#endif
    const uint32_t bit = bit_of_source(source);
    const uint32_t base = base_of(bit);
    if (unit_status(base) & UNIT_ERROR) fail(walker, bit);
    unit_clear(base);
    plic_complete(source);
    walker->busy &= ~(1u << bit);
  }
}

/* Units that the step does not wait for go on meanwhile. */
static void run_on_core(struct walker* walker, const struct leyden_step* step) {
  if (walker->busy & step->wait_mask) walk_wait(walker, step->wait_mask);
  const struct core_job job = core_decode(step->words, walker->origins[step->spaces]);
#ifdef LEYDEN_GUARDED
  guard_expect(GUARD_CORE_CYCLES);
#endif
  core_run(&job);
#ifdef LEYDEN_GUARDED
  guard_expect(LEYDEN_GUARD_CYCLES);
#endif
}

void walk_steps(struct walker* walker, const struct leyden_step* step, uint32_t count) {
  static const uint8_t first_bit[] = {0, VECTOR_BIT, DMA_BIT};
  for (const struct leyden_step* const end = step + count; step != end; ++step) {
    if (step->unit == LEYDEN_UNIT_CORE) {
      run_on_core(walker, step);
      continue;
    }
    const uint32_t bit = first_bit[step->unit & 0xffu] + (step->unit >> 8);
    const uint32_t own = 1u << bit;
    const uint32_t needed = step->wait_mask | own;
    if (walker->busy & needed) walk_wait(walker, needed);
    const uint32_t base = base_of(bit);
    unit_write_tail(base, step->words, step->word_count);
    /* Of a step of another unit than DMA spaces is 0, and so is the origin. */
    mmio_write(base + UNIT_JOB + 4, step->words[1] + walker->origins[step->spaces >> 8]);
    mmio_write(base + UNIT_JOB, step->words[0] + walker->origins[step->spaces & 0xffu]);
    unit_start(base);
    walker->busy |= own;
  }
}
