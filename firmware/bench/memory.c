/* Loops bound by memory: copy, sum, and walks with long and with irregular strides. */
#include "bench/bench.h"

const char bench_name[] = "memory";
const uint32_t bench_expected = 0xe2bbc15bu;

enum { kWords = 16384 }; /* 64 KiB each */

static uint32_t source[kWords];
static uint32_t copy[kWords];

static void fill(void) {
  uint32_t x = 2463534242u;
  for (uint32_t i = 0; i < kWords; ++i) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    source[i] = x;
  }
}

static void copy_words(uint32_t key) {
  for (uint32_t i = 0; i < kWords; ++i) copy[i] = source[i] ^ key;
}

static void copy_bytes(void) {
  const uint8_t* from = (const uint8_t*)source;
  uint8_t* to = (uint8_t*)copy;
  for (uint32_t i = 0; i < kWords; ++i) to[i] = (uint8_t)(from[i] + from[i + kWords]);
}

static uint32_t sum_words(void) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < kWords; ++i) sum += copy[i];
  return sum;
}

static uint32_t sum_halves(void) {
  const int16_t* halves = (const int16_t*)copy;
  uint32_t sum = 0;
  for (uint32_t i = 0; i < 2 * kWords; ++i) sum = sum * 3 + (uint32_t)halves[i];
  return sum;
}

/* Reads and writes one word of every 64 bytes, a column after the other. */
static void walk_columns(void) {
  for (uint32_t column = 0; column < 16; ++column) {
    for (uint32_t i = column; i < kWords; i += 16) copy[i] += source[i];
  }
}

/* The next place depends on what was read. */
static uint32_t walk_chain(void) {
  uint32_t at = 1;
  for (uint32_t i = 0; i < kWords; ++i) at = (copy[at] + i) % kWords;
  return at;
}

uint32_t bench_round(void) {
  uint32_t result = 0;
  fill();
  for (uint32_t key = 0; key < 2; ++key) {
    copy_words(key);
    result = result * 31 + sum_words();
    walk_columns();
    result = result * 31 + sum_halves();
    result = result * 31 + walk_chain();
    copy_bytes();
    result = result * 31 + sum_words();
  }
  return result;
}
