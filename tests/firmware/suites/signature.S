# In the manner of the architecture tests: results between begin_signature and end_signature, the
# halt is a store to the low half of `tohost` in a loop.
  .section .text.init, "ax"
  .globl _start
_start:
  la x5, begin_signature
  li x6, 0x12345678
  li x7, -3
  add x8, x6, x7
  sw x8, 0(x5)
  mulhu x8, x6, x7
  sw x8, 4(x5)
  sra x8, x7, x6
  sw x8, 8(x5)
halt:
  li x1, 1
1:
  sw x1, tohost, x30
  j 1b

  .section .tohost, "aw", @progbits
  .align 8
  .globl tohost, fromhost
  .type tohost, @object
  .size tohost, 8
tohost: .dword 0
  .align 8
  .type fromhost, @object
  .size fromhost, 8
fromhost: .dword 0

  .data
  .align 4
  .globl begin_signature, end_signature
begin_signature:
  .fill 4, 4, 0xdeadbeef
end_signature:
