# CSR accesses of hal/core.h. The only file of the HAL that needs _zicsr: with it on the command line
# of the link the compiler driver picks the wrong multilib.

.macro function name
  .section .text.\name, "ax"
  .global \name
  .type \name, @function
\name:
.endm

function core_enable_sources
  csrs mie, a0
  ret

function core_disable_sources
  csrc mie, a0
  ret

function core_pending_sources
  csrr a0, mip
  ret

function core_interrupts_on
  csrsi mstatus, 8
  ret

function core_interrupts_off
  csrci mstatus, 8
  ret

function core_cycles
  csrr a0, mcycle
  ret

function core_instructions
  csrr a0, minstret
  ret
