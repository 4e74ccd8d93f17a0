# A trap handler that is not in any memory.
    .globl _start
    .option norvc
_start:
    lui  a0, 0x40000
    csrw mtvec, a0
    ecall
