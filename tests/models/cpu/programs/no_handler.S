# Loads from where nothing is, with mtvec never set.
    .globl _start, fault
    .option norvc
_start:
    lui  a0, 0x40000
    .type fault, @function
fault:
    lw   a1, 0(a0)
