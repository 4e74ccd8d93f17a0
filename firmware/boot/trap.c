#include "boot/trap.h"

#include <stdlib.h>

#include "hal/finisher.h"
#include "hal/uart.h"
#include "leyden/failure.h"

#define INTERRUPT_BIT 0x80000000u

void trap_handle(uint32_t cause, uint32_t pc, uint32_t address);
_Noreturn void trap_nested(void);

static interrupt_handler handler;

void trap_set_interrupt_handler(interrupt_handler new_handler) { handler = new_handler; }

static const char* exception_name(uint32_t cause) {
  static const char* const names[] = {
      "instruction address misaligned",
      "instruction access fault",
      "illegal instruction",
      "breakpoint",
      "load address misaligned",
      "load access fault",
      "store address misaligned",
      "store access fault",
      "environment call from user mode",
      "environment call from supervisor mode",
      "reserved",
      "environment call from machine mode",
  };
  return cause < sizeof names / sizeof names[0] ? names[cause] : "unknown";
}

static const char* interrupt_name(uint32_t cause) {
  switch (cause) {
    case 3:
      return "software interrupt";
    case 7:
      return "timer interrupt";
    case 11:
      return "external interrupt";
    default:
      return "unknown interrupt";
  }
}

void trap_handle(uint32_t cause, uint32_t pc, uint32_t address) {
  const uint32_t number = cause & ~INTERRUPT_BIT;
  const int is_interrupt = (cause & INTERRUPT_BIT) != 0;
  if (is_interrupt && handler != 0) {
    handler(number);
    return;
  }
  uart_print("trap: cause ");
  uart_print_decimal(number);
  uart_print(" (");
  uart_print(is_interrupt ? interrupt_name(number) : exception_name(number));
  uart_print("), pc ");
  uart_print_hex(pc);
  uart_print(", address ");
  uart_print_hex(address);
  uart_print("\n");
  finisher_fail((is_interrupt ? LEYDEN_FAIL_INTERRUPT : LEYDEN_FAIL_EXCEPTION) + (number & 0x7f));
}

_Noreturn void trap_nested(void) { finisher_fail(LEYDEN_FAIL_NESTED_TRAP); }

_Noreturn void program_end(int code) {
  if (code == 0) finisher_pass();
  finisher_fail((uint32_t)code);
}

/* picolibc's raises a signal, for which it needs processes. Here, because a linker that looks into
 * the C library first finds that one unless it has this one already. */
__attribute__((weak)) _Noreturn void abort(void) { program_end(LEYDEN_FAIL_ABORT); }
