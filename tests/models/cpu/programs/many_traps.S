# The same environment call 2000 times, each handled.
    .globl _start
    .option norvc
_start:
    la   t0, handler
    csrw mtvec, t0
    li   s1, 0
    li   s2, 2000
again:
    ecall
    bne  s1, s2, again
    csrw mtvec, zero
    ebreak
    .balign 4
handler:
    addi s1, s1, 1
    csrr t1, mepc
    addi t1, t1, 4
    csrw mepc, t1
    mret
