# Control and status registers: stores what it reads to `log`, one word each; csr_test.cpp tells what
# the privileged architecture wants there.
    .globl _start
    .option norvc
    .macro put register
    sw   \register, 0(s0)
    addi s0, s0, 4
    .endm

_start:
    la   s0, log
    csrr a0, misa
    put  a0                      # 0
    li   t0, -1
    csrw mstatus, t0
    csrr a0, mstatus
    put  a0                      # 1: TW, MPRV, MPP, MPIE, MIE
    csrw mstatus, zero
    csrr a0, mstatus
    put  a0                      # 2: nothing
    csrw mie, t0
    csrr a0, mie
    put  a0                      # 3
    csrw mie, zero
    csrw mip, t0
    csrr a0, mip
    put  a0                      # 4: lines cannot be written
    li   t1, 0x80000103
    csrw mtvec, t1               # reserved mode: the mode stays
    csrr a0, mtvec
    put  a0                      # 5
    li   t1, 0x80000101
    csrw mtvec, t1
    csrr a0, mtvec
    put  a0                      # 6
    csrw mtvec, zero
    csrw mepc, t0
    csrr a0, mepc
    put  a0                      # 7: bit 0 is 0
    csrw mscratch, t0
    csrrci a0, mscratch, 5
    put  a0                      # 8
    csrr a0, mscratch
    put  a0                      # 9
    li   t1, 0xf0
    csrrc a0, mscratch, t1
    csrrsi a0, mscratch, 1
    put  a0                      # 10
    csrrwi a0, mscratch, 17
    put  a0                      # 11
    csrrw a0, mscratch, s0
    put  a0                      # 12
    csrr a0, mhpmcounter3
    put  a0                      # 13
    # minstret: two reads with three instructions between them
    csrr a0, minstret
    nop
    nop
    nop
    csrr a1, minstret
    sub  a0, a1, a0
    put  a0                      # 14
    # written: the next instruction reads what was written
    li   t1, 1000
    csrw minstret, t1
    csrr a0, minstret
    put  a0                      # 15
    li   t1, 7
    csrw mcycleh, t1
    csrr a0, mcycleh
    put  a0                      # 16
    csrr a1, cycleh
    put  a1                      # 17
    # inhibited counters stand still
    li   t1, 5
    csrw mcountinhibit, t1
    csrr a0, mcycle
    csrr a2, minstret
    nop
    nop
    csrr a1, mcycle
    csrr a3, minstret
    sub  a0, a1, a0
    put  a0                      # 18
    sub  a0, a3, a2
    put  a0                      # 19
    csrr a0, mcountinhibit
    put  a0                      # 20
    csrw mcountinhibit, zero
    csrr a0, time
    put  a0                      # 21
    csrr a0, mstatush
    put  a0                      # 22
    ebreak

    .balign 16
    .globl log
log:
    .skip 256
