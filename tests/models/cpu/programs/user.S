# User mode and the PMP. The handler appends five words to the log: address of the instruction that
# was to trap, mcause, mepc, mtval, mstatus. Compared by privilege_test.cpp with what the privileged
# architecture says.
    .globl _start
    .option norvc

    # The next instruction (label 1) is to trap. t6 is clobbered.
    .macro traps
    la   t6, 1f
    sw   t6, 0(s0)
    .endm
    # Goes on behind in user mode; t0 is clobbered.
    .macro to_user
    la   t0, 9f
    csrw mepc, t0
    li   t0, 0x1800
    csrc mstatus, t0
    mret
9:
    .endm
    # Goes on behind in machine mode, from user mode: the handler knows a7 = 1.
    .macro to_machine
    li   a7, 1
    la   t6, 8f
    sw   t6, 0(s0)
8:  ecall
    .endm

_start:
    la   s0, log
    la   t0, handler
    csrw mtvec, t0
    la   s1, data
    li   a7, 0
    traps
1:  ecall                        # from machine mode
    # Without a region user mode may do nothing, not even fetch.
    li   s9, 1                   # the handler returns to machine mode, at s11
    la   s11, 2f
    traps
    la   t0, 1f
    csrw mepc, t0
    csrw mstatus, zero
    mret
1:  nop
2:  li   s9, 0
    # Everything for user mode: region 15, all of memory.
    li   t0, -1
    csrw pmpaddr15, t0
    li   t0, 0x1f000000
    csrw pmpcfg3, t0

    to_user
    traps
1:  csrr a0, mstatus             # illegal
    traps
1:  csrr a0, mscratch            # illegal
    traps
1:  csrr a0, cycle               # illegal: mcounteren is 0
    traps
1:  csrr a0, hpmcounter5         # illegal
    traps
1:  csrr a0, pmpcfg0             # illegal
    traps
1:  mret                         # illegal
    traps
1:  .word 0x10200073             # sret: illegal
    traps
1:  .word 0x12000073             # sfence.vma: illegal
    traps
1:  ecall                        # from user mode
    traps
1:  ebreak
    traps
1:  lw   a0, 1(s1)               # misaligned
    lw   a0, 0(s1)               # permitted
    to_machine

    # Counters by mcounteren: cycle and counter 5, not instret.
    li   t0, 0x21
    csrw mcounteren, t0
    li   t0, 0x200000            # mstatus.TW
    csrs mstatus, t0
    to_user
    csrr a0, cycle
    csrr a0, hpmcounter5
    csrr a0, hpmcounter5h
    traps
1:  csrr a0, instret             # illegal
    traps
1:  csrr a0, time                # illegal
    traps
1:  csrw cycle, a0               # illegal: read-only
    traps
1:  wfi                          # illegal: TW
    to_machine
    li   t0, 0x200000
    csrc mstatus, t0

    # Region 0: `data` (64 bytes) read-only; region 1: `code` execute-only.
    la   t0, data
    srli t0, t0, 2
    ori  t0, t0, 7               # 64 bytes
    csrw pmpaddr0, t0
    la   t0, code
    srli t0, t0, 2
    ori  t0, t0, 7
    csrw pmpaddr1, t0
    li   t0, 0x1c19
    csrw pmpcfg0, t0
    sw   zero, 60(s1)            # machine mode: not locked, so permitted
    to_user
    la   s2, code
    lw   a0, 60(s1)
    traps
1:  sw   a0, 60(s1)              # store access fault
    traps
1:  sb   a0, 3(s1)               # store access fault
    sw   a0, 64(s1)              # behind it: permitted
    traps
1:  amoadd.w a0, a0, (s1)        # store access fault
    lr.w a0, (s1)
    traps
1:  sc.w a0, a0, (s1)            # store access fault
    traps
1:  lw   a0, 0(s2)               # load access fault
    traps
1:  lbu  a0, 1(s2)               # load access fault
    traps
1:  lr.w a0, (s2)                # load access fault
    traps
1:  amoor.w a0, zero, (s2)       # store access fault
    jalr s2                      # executes it
    la   s11, 3f
    li   s9, 2                   # the handler goes on at s11, in the same mode
    sw   s1, 0(s0)
    jr   s1                      # instruction access fault
3:  addi t0, s2, 62              # a 4-byte instruction, the second half of which is data
    la   s11, 4f
    sw   t0, 0(s0)
    jr   t0                      # instruction access fault, mtval of the second half
4:  li   s9, 0
    to_machine

    # MPRV: machine mode has the rights of user mode for data.
    li   t0, 0x20000             # MPRV, MPP = user
    csrs mstatus, t0
    li   t0, 0x1800
    csrc mstatus, t0
    lw   a0, 60(s1)
    traps
1:  sw   a0, 60(s1)              # store access fault
    li   t0, 0x20000
    csrs mstatus, t0             # the handler's mret kept MPRV: it went to machine mode
    csrc mstatus, t0
    sw   a0, 60(s1)

    # Locked: holds for machine mode too, and until reset.
    li   t0, 0x1c99
    csrw pmpcfg0, t0
    lw   a0, 60(s1)
    traps
1:  sw   a0, 60(s1)              # store access fault
    csrw pmpcfg0, zero           # region 0 stays, region 1 goes
    csrw pmpaddr0, zero
    traps
1:  sw   a0, 60(s1)              # store access fault
    csrr a0, pmpcfg0
    sw   a0, 64(s1)
    csrr a0, pmpaddr0
    sw   a0, 68(s1)

    la   t0, end_of_log
    sw   s0, 0(t0)
    csrw mtvec, zero
    ebreak

    .balign 4
handler:
    csrr t0, mcause
    csrr t1, mepc
    csrr t2, mtval
    csrr t3, mstatus
    sw   t0, 4(s0)
    sw   t1, 8(s0)
    sw   t2, 12(s0)
    sw   t3, 16(s0)
    addi s0, s0, 20
    li   t2, 1
    beq  s9, t2, 5f
    li   t2, 2
    beq  s9, t2, 6f
    addi t1, t1, 4
    csrw mepc, t1
    li   t2, 1
    bne  a7, t2, 7f
    li   a7, 0
    li   t2, 0x1800              # back to machine mode
    csrs mstatus, t2
    # MPRV must not change what the mret does.
7:  mret
5:  li   t2, 0x1800
    csrs mstatus, t2
6:  csrw mepc, s11
    mret

    .balign 4096
    .globl code, data, log, end_of_log
code:
    ret
    .skip 58
    .half 0x0013                 # first half of a nop; the other half is data
data:
    .skip 64
    .word 0, 0, 0, 0
end_of_log:
    .word 0
    .balign 16
log:
    .skip 2048
