# Waits for a software interrupt with interrupts disabled in mstatus, then once more.
    .globl _start
_start:
    li   t0, 8
    csrw mie, t0
    li   s1, 1
    wfi
    addi s1, s1, 1
    wfi
    addi s1, s1, 1
    ebreak
