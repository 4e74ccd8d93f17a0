/* Traps. Interrupts go to the handler a program sets; an exception, or an interrupt without a
 * handler, is printed (`trap: cause 2 (illegal instruction), pc 0x80000010, address 0x00000000`)
 * and ends the run with LEYDEN_FAIL_EXCEPTION or LEYDEN_FAIL_INTERRUPT plus the cause. */
#ifndef LEYDEN_BOOT_TRAP_H
#define LEYDEN_BOOT_TRAP_H

#include <stdint.h>

typedef void (*interrupt_handler)(uint32_t cause); /* mcause without the interrupt bit */

/* Sets the handler of all interrupts; 0 for none. It must take away what raised the interrupt. */
void trap_set_interrupt_handler(interrupt_handler handler);

/* Ends the run: 0 passes, anything else fails with its low 16 bits (never 0). */
_Noreturn void program_end(int code);

#endif
