# In the manner of the RISC-V unit tests: numbered cases, the number of the one that fails in gp, a
# trap vector that ends the run, `tohost` written in two halves for ever. FAIL_AT makes a case fail.
#ifndef FAIL_AT
#define FAIL_AT 0
#endif

  .section .text.init, "ax"
  .globl _start
_start:
  j reset
  .align 2
trap_vector:
  csrr t5, mcause
  li t6, 11                   # environment call from machine mode: the end
  beq t5, t6, write_tohost
  ori gp, gp, 1337            # a trap nobody expected
write_tohost:
  la t4, tohost
  sw gp, 0(t4)
  sw zero, 4(t4)
  j write_tohost

reset:
  la t0, trap_vector
  csrw mtvec, t0
  li gp, 0

#define CASE(number, expected, ...) \
  li gp, number; \
  __VA_ARGS__; \
  li t2, expected; \
  bne a0, t2, fail; \
  li t2, FAIL_AT; \
  beq gp, t2, fail

  CASE(2, 7, li a1, 3; li a2, 4; add a0, a1, a2)
  CASE(3, -12, li a1, 3; li a2, -4; mul a0, a1, a2)
  CASE(4, -1, li a1, 5; li a2, 0; div a0, a1, a2)
  CASE(5, 0x77, la a1, word; li a2, 0x77; sw a2, 0(a1); lbu a0, 0(a1))
  fence
  li gp, 1
  ecall
fail:
  fence
  slli gp, gp, 1
  ori gp, gp, 1
  ecall

  .section .tohost, "aw", @progbits
  .align 6
  .globl tohost
  .type tohost, @object
  .size tohost, 8
tohost: .dword 0
  .align 6
  .globl fromhost
  .type fromhost, @object
  .size fromhost, 8
fromhost: .dword 0

  .data
  .align 4
word: .word 0
