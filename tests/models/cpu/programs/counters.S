# Performance counters: a subroutine whose events are counted by hand (counter_test.cpp), counted by
# the eight counters twice, with the sixteen events in turn; then an interrupt. Stores what the
# counters read to `log`.
    .globl _start
    .option norvc

    # Counters 3 to 10 count events `first` to `first` + 7, from 0.
    .macro count first
    .irp n, 3, 4, 5, 6, 7, 8, 9, 10
    li   t0, \first + \n - 3
    csrw mhpmevent\n, t0
    csrw mhpmcounter\n, zero
    .endr
    .irp n, 3h, 4h, 5h, 6h, 7h, 8h, 9h, 10h
    csrw mhpmcounter\n, zero
    .endr
    .endm
    # Inhibits all and appends them to the log.
    .macro put
    csrw mcountinhibit, s3
    .irp n, 3, 4, 5, 6, 7, 8, 9, 10
    csrr t0, mhpmcounter\n
    sw   t0, 0(s0)
    addi s0, s0, 4
    .endr
    .endm

_start:
    la   s0, log
    la   s1, data
    la   t0, handler
    csrw mtvec, t0
    li   s3, -1
    csrw mcountinhibit, s3

    count 1
    csrw mcountinhibit, zero
    jal  segment
    put
    count 9
    csrw mcountinhibit, zero
    jal  segment
    put

    # An interrupt: the line is up from the start.
    count 9
    csrw mcountinhibit, zero
    csrwi mie, 8
    csrsi mstatus, 8
    put

    # The counters are read where they stand, and from their shadows.
    count 6
    csrw mcountinhibit, zero
    lw   a0, 0(s1)
    csrr a1, hpmcounter6         # loads
    lw   a0, 0(s1)
    csrr a2, mhpmcounter6
    csrw mhpmcounter6, s3        # -1: the next makes the high half count
    lw   a0, 0(s1)
    csrr a3, mhpmcounter6
    csrr a4, hpmcounter6h
    csrwi mhpmevent6, 0          # keeps its value
    lw   a0, 0(s1)
    csrr a5, mhpmcounter6h
    csrwi mhpmevent6, 31         # no such event: none
    csrr a6, mhpmevent6
    csrwi mhpmevent11, 1         # no such counter
    csrr a7, mhpmevent11
    csrr t1, mhpmcounter11
    csrr t2, mcountinhibit
    csrw mcountinhibit, s3
    csrr t3, mcountinhibit
    .irp r, a1, a2, a3, a4, a5, a6, a7, t1, t2, t3
    sw   \r, 0(s0)
    addi s0, s0, 4
    .endr
    csrw mtvec, zero
    ebreak

    .balign 16
segment:
    lw   a1, 0(s1)
    addi a2, a1, 1               # load-use
    lw   a1, 0(s1)
    nop
    addi a2, a1, 1
    sw   a2, 4(s1)
    lw   a3, 0(s1)
    sw   a3, 8(s1)               # load-use
    li   t0, 3
1:  addi t0, t0, -1
    bnez t0, 1b                  # three times, twice taken
    lw   a1, 0(s1)
    beqz a1, 2f                  # load-use; not taken
2:  mul  a2, a1, a1
    mulh a2, a1, a1
    div  a2, a1, a1
    remu a2, a1, a1
    rem  a2, a1, a1
    amoor.w a4, a1, (s1)
    add  a5, a4, a4              # load-use
    lr.w a4, (s1)
    nop
    sc.w a4, a1, (s1)
    nop
    j    3f
    .half 0
    .option rvc
3:  .option norvc
    addi a2, a2, 1               # fetch wait: a jump target at 2 modulo 4
    lw   a1, 0(s1)
    lw   a2, 1(a1)               # load-use, misaligned: a trap; fetch wait after the mret
    nop
    ecall                        # a trap; fetch wait after the mret
    ret                          # back to a 4-aligned place
    .half 0

    .balign 4
handler:
    csrr t0, mcause
    bltz t0, 1f
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    mret
1:  csrw mie, zero
    mret

    .balign 16
    .globl data, log
data:
    .word 0x10, 0, 0, 0
log:
    .skip 256
