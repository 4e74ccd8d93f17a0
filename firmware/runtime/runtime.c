#include "runtime/runtime.h"

#include <string.h>

#include "hal/core.h"
#include "hal/finisher.h"
#include "hal/mailbox.h"
#include "hal/perf.h"
#include "hal/plic.h"
#include "hal/uart.h"
#ifdef LEYDEN_GUARDED
#include "runtime/guard.h"
#endif
#include "runtime/image.h"
#include "runtime/walk.h"

#define ALL_UNITS 0xffffffffu

struct runtime {
  const char* image;                 /* in off-chip memory */
  struct leyden_image_header header; /* a copy: off-chip memory is slow */
  const struct leyden_step* steps;   /* in SRAM where they fit */
  const struct leyden_layer* layers;
  struct walker walker;
};

static void* take(struct runtime_arena* arena, const void* source, uint32_t bytes) {
  if (bytes > arena->bytes) return NULL;
  void* copy = memcpy(arena->start, source, bytes);
  arena->start = (char*)arena->start + bytes;
  arena->bytes -= bytes;
  return copy;
}

static void copy_tables(struct runtime* run, const struct leyden_image_header* header,
                        struct runtime_arena arena) {
  const uint32_t layer_bytes = header->layer_count * (uint32_t)sizeof(struct leyden_layer);
  const uint32_t step_bytes = header->step_count * (uint32_t)sizeof(struct leyden_step);
  run->layers = take(&arena, image_layers(header), layer_bytes);
  if (run->layers == NULL) run->layers = image_layers(header);
  run->steps = take(&arena, image_steps(header), step_bytes);
  if (run->steps == NULL) run->steps = image_steps(header);
}

/* One phase of an image: marked, run, waited for. */
static void run_phase(struct runtime* run, uint32_t layer, const char* name, uint32_t first_step,
                      uint32_t step_count) {
  perf_layer_begin(layer);
  run->walker.name = name;
#ifdef LEYDEN_GUARDED
  guard_expect(LEYDEN_GUARD_CYCLES);
#endif
  walk_steps(&run->walker, run->steps + first_step, step_count);
  walk_wait(&run->walker, ALL_UNITS);
#ifdef LEYDEN_GUARDED
  guard_between();
  guard_expect(GUARD_CORE_CYCLES);
#endif
}

static void load(struct runtime* run, struct runtime_arena arena) {
  perf_layer_begin(LEYDEN_LAYER_BOOT);
  struct image_chip chip;
  image_read_chip(&chip);
  const struct leyden_image_header* header = mmio_memory(chip.image_address);
  const enum leyden_failure failure = image_check(&chip, header);
  if (failure != LEYDEN_FAIL_NONE) {
    uart_print("infer: the network image is refused: ");
    uart_print(image_refusal(failure));
    uart_print("\n");
    finisher_fail((uint32_t)failure);
  }
  run->image = (const char*)header;
  run->header = *header;
  run->walker.origins[LEYDEN_SPACE_IMAGE] = chip.image_address;
  run->walker.origins[LEYDEN_SPACE_SCRATCH] = chip.image_address + header->total_bytes;
  copy_tables(run, header, arena);
  walk_enable_interrupts(chip.macros);
#ifdef LEYDEN_GUARDED
  guard_start();
#endif
  run->walker.name = "load";
  walk_steps(&run->walker, run->steps + header->load_first_step, header->load_step_count);
  walk_wait(&run->walker, ALL_UNITS);
  perf_layer_end(LEYDEN_LAYER_BOOT);
  uart_print("infer: ");
  uart_print(image_text(header, header->name_offset));
  uart_print(", ");
  uart_print_decimal(header->layer_count);
  uart_print(" layers, ");
  uart_print_decimal(header->step_count);
  uart_print(" steps\n");
}

/* The first highest of the output codes, which lie at a bus address of any alignment. */
static uint32_t first_highest(uint32_t address, uint32_t bytes) {
  uint32_t best = 0, best_code = 0;
  for (uint32_t i = 0; i < bytes;) {
    uint32_t codes, here;
    if (((address + i) & 3) == 0 && bytes - i >= 4) {
      codes = mmio_read(address + i);
      here = 4;
    } else {
      codes = mmio_read8(address + i);
      here = 1;
    }
    for (; here; --here, ++i, codes >>= 8) {
      if ((codes & 0xff) > best_code) {
        best_code = codes & 0xff;
        best = i;
      }
    }
  }
  return best;
}

static _Noreturn void refuse_input(enum leyden_failure failure, const char* sentence) {
  uart_print("infer: ");
  uart_print(sentence);
  uart_print("\n");
  mailbox_fail((uint32_t)failure);
  finisher_fail((uint32_t)failure);
}

static void process_input(struct runtime* run) {
  const struct leyden_image_header* header = &run->header;
  if (mailbox_input_bytes() != header->input_bytes) {
    refuse_input(LEYDEN_FAIL_INPUT_SIZE, "the input has another size than the network's");
  }
  if (mailbox_output_bytes() < header->output_bytes) {
    refuse_input(LEYDEN_FAIL_OUTPUT_ROOM, "the output slot is smaller than the network's output");
  }
#ifdef LEYDEN_GUARDED
  guard_check_image((const struct leyden_image_header*)run->image);
#endif
  run->walker.origins[LEYDEN_SPACE_INPUT] = mailbox_input_address();
  run->walker.origins[LEYDEN_SPACE_OUTPUT] = mailbox_output_address();

  run_phase(run, LEYDEN_LAYER_INPUT, "input", header->input_first_step, header->input_step_count);
  perf_layer_end(LEYDEN_LAYER_INPUT);
  const struct leyden_layer* layer = run->layers;
  for (uint32_t number = 0; number < header->layer_count; ++number, ++layer) {
    run_phase(run, number, run->image + layer->name_offset, layer->first_step, layer->step_count);
    perf_layer_end(number);
  }
  run_phase(run, LEYDEN_LAYER_OUTPUT, "output", header->output_first_step,
            header->output_step_count);
  const uint32_t output = header->output_addr != 0 ? header->output_addr : mailbox_output_address();
  uint32_t class = 0;
  if (header->result == LEYDEN_RESULT_HIGHEST) {
    class = first_highest(output, header->output_bytes);
  } else if (header->result == LEYDEN_RESULT_VALUE) {
    class = mmio_read8(output);
  }
  perf_layer_end(LEYDEN_LAYER_OUTPUT);
#ifdef LEYDEN_GUARDED
  guard_between(); /* an error found late must not end in a result */
  guard_expect(GUARD_IDLE_CYCLES);
#endif
  mailbox_done(class);
}

_Noreturn void runtime_run(struct runtime_arena arena) {
  struct runtime run;
  memset(&run, 0, sizeof run);
  load(&run, arena);
  plic_enable(LEYDEN_IRQ_MAILBOX);
  mailbox_enable_interrupt();
  for (;;) {
    /* The mailbox stays claimed until its input is done, so that it does not wake the core while
     * that waits for units. */
    uint32_t source;
    do {
      core_wait_for_interrupt();
      source = plic_claim();
#ifdef LEYDEN_GUARDED
      if (guard_interrupt(source)) source = 0;
#endif
    } while (source == 0);
    const uint32_t status = mailbox_status();
    if (status & LEYDEN_MAILBOX_STATUS_PENDING) {
      process_input(&run);
    } else if (status & LEYDEN_MAILBOX_STATUS_CLOSED) {
#ifdef LEYDEN_GUARDED
      guard_print();
#endif
      finisher_pass();
    }
    plic_complete(source);
  }
}
