# a0 = 0: direct mtvec, 1: vectored. Each handler disables its interrupt in mie and logs mcause, mtval,
# the vector it came through and mstatus.
    .globl _start
    .option norvc
_start:
    la   s0, log
    li   s1, 0
    la   t0, vectors
    or   t0, t0, a0
    csrw mtvec, t0
    li   t0, 0x888
    csrw mie, t0
    addi s1, s1, 1
    addi s1, s1, 1
    csrsi mstatus, 8             # all three are taken here
    addi s1, s1, 1
    addi s1, s1, 1
    addi s1, s1, 1
    csrw mtvec, zero
    ebreak

    .balign 64
vectors:
    j    enter                   # direct
    j    unexpected
    j    unexpected
    j    software                # 3
    j    unexpected
    j    unexpected
    j    unexpected
    j    timer                   # 7
    j    unexpected
    j    unexpected
    j    unexpected
    li   t0, 11                  # 11
    j    handle
software:
    li   t0, 3
    j    handle
timer:
    li   t0, 7
    j    handle
unexpected:
    li   t0, 99
    j    handle
enter:
    li   t0, 0
handle:
    csrr t1, mcause
    sw   t1, 0(s0)
    csrr t2, mtval
    sw   t2, 4(s0)
    sw   t0, 8(s0)
    csrr t2, mstatus
    sw   t2, 12(s0)
    addi s0, s0, 16
    andi t1, t1, 31
    li   t2, 1
    sll  t2, t2, t1
    csrc mie, t2
    mret

    .balign 16
    .globl log
log:
    .skip 128
