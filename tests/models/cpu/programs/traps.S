# Raises every exception the core has. The handler appends four words to the log: address of the
# instruction that was to trap, mcause, mepc, mtval. Compared by trap_test.cpp with what the
# privileged architecture says.
    .globl _start
    .option norvc

    # The next instruction (label 1) is to trap. t6 is clobbered.
    .macro traps
    la   t6, 1f
    sw   t6, 0(s0)
    .endm

_start:
    la   s0, log
    la   t0, handler
    csrw mtvec, t0
    la   s1, data
    li   s2, 0x40000000          # nothing is there

    traps
1:  lw   a0, 1(s1)               # load misaligned
    traps
1:  lh   a0, 3(s1)
    traps
1:  sw   a0, 2(s1)               # store misaligned
    traps
1:  sh   a0, 1(s1)
    addi s3, s1, 2
    traps
1:  lr.w a0, (s3)                # load misaligned
    traps
1:  sc.w a0, a1, (s3)            # store misaligned
    traps
1:  amoadd.w a0, a1, (s3)        # store misaligned
    traps
1:  lbu  a0, 8(s2)               # load access fault
    traps
1:  sb   a0, 12(s2)              # store access fault
    traps
1:  amoswap.w a0, a1, (s2)       # store access fault
    traps
1:  lr.w a0, (s2)                # load access fault
    traps
1:  .word 0xffffffff             # illegal
    traps
1:  csrr a0, 0x123               # no such CSR
    traps
1:  csrw mvendorid, a0           # read-only CSR
    traps
1:  csrw cycle, a0               # read-only CSR
    traps
1:  .word 0x10200073             # sret: there is no supervisor mode
    traps
1:  ecall
    traps
1:  ebreak
    .option rvc
    .balign 4
    traps
1:  c.ebreak
    c.nop
    .option norvc
    traps
1:  .half 0x0000                 # illegal, 16 bits
    .half 0x0001
    traps
1:  .half 0x9c61                 # reserved in RV32C (c.subw and its like are RV64)
    .half 0x0001
    li   s4, 0x40000010
    la   s11, back
    sw   s4, 0(s0)
    jr   s4                      # instruction access fault at the target
back:
    # A csr that is only read may be read-only.
    csrr a0, mhartid
    csrr a0, cycle
    la   t0, end_of_log
    sw   s0, 0(t0)
    csrw mtvec, zero
    ebreak                       # no handler: ends the test

    .balign 4
handler:
    csrr t0, mcause
    csrr t1, mepc
    csrr t2, mtval
    sw   t0, 4(s0)
    sw   t1, 8(s0)
    sw   t2, 12(s0)
    addi s0, s0, 16
    li   t2, 1
    beq  t0, t2, 3f
    lhu  t2, 0(t1)               # skip the instruction
    andi t2, t2, 3
    li   t0, 3
    addi t1, t1, 2
    bne  t2, t0, 2f
    addi t1, t1, 2
2:  csrw mepc, t1
    mret
3:  csrw mepc, s11
    mret

    .balign 64
    .globl data, log, end_of_log
data:
    .word 0x11223344, 0x55667788, 0, 0
end_of_log:
    .word 0
    .balign 16
log:
    .skip 1024
