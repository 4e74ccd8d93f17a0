# Recursion without end into a guard region below the stack, locked so that it holds for machine
# mode. With a0 = 0 the handler pushes to the same stack; with a0 = 1 it has one of its own.
    .globl _start, recurse, push, guard, handler
_start:
    la   t0, handler
    csrw mtvec, t0
    la   t0, guard
    srli t0, t0, 2
    ori  t0, t0, 0x1f            # 256 bytes
    csrw pmpaddr0, t0
    li   t0, 0x98                # locked, nothing permitted
    csrw pmpcfg0, t0
    la   sp, top
    la   t0, other
    csrw mscratch, t0
    jal  recurse
    ebreak
recurse:
    addi sp, sp, -16
    sw   ra, 12(sp)
    jal  recurse
    lw   ra, 12(sp)
    addi sp, sp, 16
    ret
    .balign 4
handler:
    beqz a0, push
    csrrw sp, mscratch, sp
    csrr a1, mcause
    csrr a2, mtval
    csrr a3, mepc
    csrw mtvec, zero
    ebreak
push:
    sw   t0, -4(sp)
    mret
    .balign 256
guard:
    .skip 256
    .skip 1024
top:
    .skip 64
other:
