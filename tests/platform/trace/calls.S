# Functions with and without a size, for call_stack_test; never run.
  .globl _start, one, two, bare, inside_one
  .text
_start:
  nop
  nop
  .type one, @function
one:
  nop
inside_one:
  nop
  nop
  nop
  .size one, . - one
bare:
  nop
  nop
  .type two, @function
two:
  nop
  nop
  nop
  .size two, . - two
