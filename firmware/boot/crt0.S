# Reset: global pointer, thread pointer, stack, trap vector, .bss, then main. What main returns ends
# the run through the finisher. Compiled with _zicsr (CSR instructions).

  .section .text.start, "ax"
  .global _start
  .type _start, @function
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la tp, __tls_base
  la sp, __stack_top
  la t0, __trap_stack_top
  csrw mscratch, t0          # the trap handler has its own stack: sp may be what is broken
  la t0, trap_entry
  csrw mtvec, t0
  csrw mie, zero             # interrupt sources are opened by who wants them

  la t0, __bss_start
  la t1, __bss_end
  bgeu t0, t1, 2f
1:
  sw zero, 0(t0)
  addi t0, t0, 4
  bltu t0, t1, 1b
2:
  call main
  tail program_end
  .size _start, . - _start
