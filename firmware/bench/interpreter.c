/* A bytecode interpreter: indirect jumps and branches that are hard to foresee. Its program sieves
 * the primes below 8192 and computes a Fibonacci number by recursion. */
#include "bench/bench.h"

const char bench_name[] = "interpreter";
/* There are 1028 primes below 8192; the 15th Fibonacci number is 610. */
const uint32_t bench_expected = (1028u << 16) + 610u;

enum opcode {
  kPush,      /* operand -> stack */
  kLoad,      /* variable -> stack */
  kStore,     /* stack -> variable */
  kArgument,  /* argument of the running function -> stack */
  kGet,       /* index -> cell */
  kPut,       /* index, value -> */
  kAdd,       /* a, b -> a + b */
  kSubtract,  /* a, b -> a - b */
  kShift,     /* a -> a << operand */
  kLess,      /* a, b -> a < b */
  kJump,      /* to the operand */
  kJumpIf,    /* a -> ; to the operand when it is not 0 */
  kJumpIfNot, /* a -> ; to the operand when it is 0 */
  kCall,      /* argument -> result, at the operand */
  kReturn,    /* leaves a function; its result is on the stack */
  kHalt       /* result -> */
};

struct instruction {
  uint8_t opcode;
  int16_t operand;
};

enum { kLimit = 8192, kStackDepth = 64, kFrames = 32 };
enum { kCount, kI, kJ, kVariables };
enum { kOuter = 4, kInner = 19, kNext = 31, kDone = 36, kFibonacci = 42, kRecurse = 48 };

static const struct instruction program[] = {
    /* count = 0; for (i = 2; i < limit; ++i) */
    {kPush, 0},
    {kStore, kCount},
    {kPush, 2},
    {kStore, kI},
    [kOuter] = {kLoad, kI},
    {kPush, kLimit},
    {kLess, 0},
    {kJumpIfNot, kDone},
    /* if (!cells[i]) { ++count; */
    {kLoad, kI},
    {kGet, 0},
    {kJumpIf, kNext},
    {kLoad, kCount},
    {kPush, 1},
    {kAdd, 0},
    {kStore, kCount},
    /* for (j = i + i; j < limit; j += i) cells[j] = 1; } */
    {kLoad, kI},
    {kLoad, kI},
    {kAdd, 0},
    {kStore, kJ},
    [kInner] = {kLoad, kJ},
    {kPush, kLimit},
    {kLess, 0},
    {kJumpIfNot, kNext},
    {kLoad, kJ},
    {kPush, 1},
    {kPut, 0},
    {kLoad, kJ},
    {kLoad, kI},
    {kAdd, 0},
    {kStore, kJ},
    {kJump, kInner},
    [kNext] = {kLoad, kI},
    {kPush, 1},
    {kAdd, 0},
    {kStore, kI},
    {kJump, kOuter},
    /* return (count << 16) + fibonacci(15) */
    [kDone] = {kLoad, kCount},
    {kShift, 16},
    {kPush, 15},
    {kCall, kFibonacci},
    {kAdd, 0},
    {kHalt, 0},
    /* fibonacci(n): n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2) */
    [kFibonacci] = {kArgument, 0},
    {kPush, 2},
    {kLess, 0},
    {kJumpIfNot, kRecurse},
    {kArgument, 0},
    {kReturn, 0},
    [kRecurse] = {kArgument, 0},
    {kPush, 1},
    {kSubtract, 0},
    {kCall, kFibonacci},
    {kArgument, 0},
    {kPush, 2},
    {kSubtract, 0},
    {kCall, kFibonacci},
    {kAdd, 0},
    {kReturn, 0},
};

static uint8_t cells[kLimit];

static uint32_t interpret(const struct instruction* code) {
  uint32_t stack[kStackDepth];
  uint32_t variables[kVariables] = {0};
  struct {
    uint32_t back;
    uint32_t argument;
  } frames[kFrames], *frame = frames;
  uint32_t* top = stack; /* the first free place */
  uint32_t pc = 0;
  for (;;) {
    const struct instruction now = code[pc++];
    switch (now.opcode) {
      case kPush:
        *top++ = (uint32_t)now.operand;
        break;
      case kLoad:
        *top++ = variables[now.operand];
        break;
      case kStore:
        variables[now.operand] = *--top;
        break;
      case kArgument:
        *top++ = frame->argument;
        break;
      case kGet:
        top[-1] = cells[top[-1]];
        break;
      case kPut:
        top -= 2;
        cells[top[0]] = (uint8_t)top[1];
        break;
      case kAdd:
        --top;
        top[-1] += top[0];
        break;
      case kSubtract:
        --top;
        top[-1] -= top[0];
        break;
      case kShift:
        top[-1] <<= now.operand;
        break;
      case kLess:
        --top;
        top[-1] = top[-1] < top[0];
        break;
      case kJump:
        pc = (uint32_t)now.operand;
        break;
      case kJumpIf:
        if (*--top) pc = (uint32_t)now.operand;
        break;
      case kJumpIfNot:
        if (!*--top) pc = (uint32_t)now.operand;
        break;
      case kCall:
        ++frame;
        frame->back = pc;
        frame->argument = *--top;
        pc = (uint32_t)now.operand;
        break;
      case kReturn:
        pc = frame->back;
        --frame;
        break;
      default:
        return *--top;
    }
  }
}

uint32_t bench_round(void) {
  for (uint32_t i = 0; i < kLimit; ++i) cells[i] = 0;
  return interpret(program);
}
