# Trap entry: saves what a C function may change, on a stack of its own, and calls
# trap_handle(cause, pc, address). It returns here only from interrupts. Compiled with _zicsr.

  .set FRAME, 80

  .section .text.trap_entry, "ax"
  .align 2
  .global trap_entry
  .type trap_entry, @function
trap_entry:
  csrrw sp, mscratch, sp
  beqz sp, nested            # 0 while a trap is being handled
  addi sp, sp, -FRAME
  sw ra, 0(sp)
  sw t0, 4(sp)
  sw t1, 8(sp)
  sw t2, 12(sp)
  sw t3, 16(sp)
  sw t4, 20(sp)
  sw t5, 24(sp)
  sw t6, 28(sp)
  sw a0, 32(sp)
  sw a1, 36(sp)
  sw a2, 40(sp)
  sw a3, 44(sp)
  sw a4, 48(sp)
  sw a5, 52(sp)
  sw a6, 56(sp)
  sw a7, 60(sp)
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  csrrw t0, mscratch, zero   # the interrupted stack pointer; 0 marks the trap under way
  sw t0, 64(sp)
  call trap_handle
  lw t0, 64(sp)
  csrw mscratch, t0
  lw ra, 0(sp)
  lw t0, 4(sp)
  lw t1, 8(sp)
  lw t2, 12(sp)
  lw t3, 16(sp)
  lw t4, 20(sp)
  lw t5, 24(sp)
  lw t6, 28(sp)
  lw a0, 32(sp)
  lw a1, 36(sp)
  lw a2, 40(sp)
  lw a3, 44(sp)
  lw a4, 48(sp)
  lw a5, 52(sp)
  lw a6, 56(sp)
  lw a7, 60(sp)
  addi sp, sp, FRAME
  csrrw sp, mscratch, sp
  mret

nested:
  la sp, __trap_stack_top
  tail trap_nested
  .size trap_entry, . - trap_entry
