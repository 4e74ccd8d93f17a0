# An interrupt whose handler does not clear it: after every mret it comes again at once.
    .globl _start
_start:
    la   t0, handler
    csrw mtvec, t0
    li   t0, 0x80
    csrw mie, t0
    csrsi mstatus, 8
    nop
    ebreak
    .balign 4
handler:
    addi s1, s1, 1
    mret
