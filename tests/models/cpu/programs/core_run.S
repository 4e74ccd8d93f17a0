# Computes, reaches over the bus, and is interrupted by a timer whose distances (ns) it takes from a
# table. The handler logs mcycle, minstret and mepc. Then it sleeps a few times, then it stops. What
# the performance counters have counted is left in `counted`.
    .macro select counter, event
    csrwi mhpmevent\counter, \event
    csrwi mhpmcounter\counter, 0
    .endm
    .macro keep counter
    csrr t0, mhpmcounter\counter
    sw   t0, 0(t1)
    addi t1, t1, 4
    .endm
    .globl _start
_start:
    la   t0, handler
    csrw mtvec, t0
    li   s0, 0x10000000          # timer: +0 set (ns), +4 acknowledge, +8 slow counter
    la   s1, log
    la   s2, distances
    la   s3, data
    li   s4, 0                   # interrupts taken
    li   s5, 0
    li   a0, 12345
    # stalls, bus waits, taken branches, loads, stores, traps, interrupts, sleep
    .irp pair, "3,1", "4,5", "5,7", "6,9", "7,10", "8,14", "9,15", "10,16"
    select \pair
    .endr
    lw   t0, 0(s2)
    sw   t0, 0(s0)
    li   t0, 0x80
    csrw mie, t0
    csrsi mstatus, 8

work:
    li   a1, 97
    mul  a2, a0, a1
    addi a0, a2, 13
    divu a3, a0, a1
    andi a4, a3, 0xfc
    add  a4, a4, s3
    lw   a5, 0(a4)
    add  a5, a5, a3
    sw   a5, 0(a4)
    addi s5, s5, 1
    andi a6, s5, 15
    bnez a6, 1f
    lw   a7, 8(s0)               # over the bus, with wait states
    add  a0, a0, a7
1:  amoadd.w a7, a0, (s3)
    c.nop
    li   a6, 40
    blt  s4, a6, work

    csrci mstatus, 8             # from now on wfi only
    li   a6, 46
sleep:
    wfi
    csrsi mstatus, 8             # taken here
    csrci mstatus, 8
    blt  s4, a6, sleep
    la   t1, counted
    .irp counter, 3, 4, 5, 6, 7, 8, 9, 10
    keep \counter
    .endr
    csrw mtvec, zero
    ebreak

    .balign 4
handler:
    csrr t0, mcycle
    csrr t1, minstret
    csrr t2, mepc
    sw   t0, 0(s1)
    sw   t1, 4(s1)
    sw   t2, 8(s1)
    csrr t0, time
    sw   t0, 12(s1)
    addi s1, s1, 16
    sw   zero, 4(s0)             # acknowledge
    addi s4, s4, 1
    addi s2, s2, 4
    lw   t0, 0(s2)
    sw   t0, 0(s0)
    mret

    .balign 4
distances:                       # before, on and after boundaries of the quanta of the test
    .word 1000, 999, 1001, 1000, 10, 11, 19, 20, 100, 100, 3333, 7, 50, 995, 1005, 2000
    .word 1000, 999, 1001, 1000, 13, 11, 19, 25, 100, 101, 3337, 70, 50, 995, 1005, 2001
    .word 1000, 999, 1001, 1000, 10, 11, 19, 20, 5000, 10000, 1230, 4567, 890, 700, 800, 900
    .balign 64
data:
    .skip 512
    .globl counted
counted:
    .skip 64
    .globl log
log:
    .skip 1024
