/* The kinds of work small controllers are rated by: linked lists, small integer matrices, a state
 * machine over text and a CRC over the results. */
#include "bench/bench.h"

const char bench_name[] = "mix";
const uint32_t bench_expected = 0x257cefc5u;

enum { kNodes = 48, kOrder = 12, kRepeats = 16 };

static uint32_t draw(uint32_t* state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

/* CRC-16, polynomial x^16 + x^12 + x^5 + 1, bit by bit from the low end. */
static uint16_t crc16_byte(uint16_t crc, uint8_t byte) {
  crc ^= byte;
  for (int bit = 0; bit < 8; ++bit) {
    const uint16_t carry = (uint16_t) - (crc & 1);
    crc = (uint16_t)((crc >> 1) ^ (carry & 0x8408u));
  }
  return crc;
}

static uint16_t crc16_word(uint16_t crc, uint32_t word) {
  for (int byte = 0; byte < 4; ++byte) crc = crc16_byte(crc, (uint8_t)(word >> 8 * byte));
  return crc;
}

/* Lists */

struct node {
  struct node* next;
  int16_t key;
  uint16_t data;
};

static struct node nodes[kNodes];

static struct node* build_list(uint32_t seed) {
  struct node* head = 0;
  for (int i = 0; i < kNodes; ++i) {
    nodes[i].key = (int16_t)draw(&seed);
    nodes[i].data = (uint16_t)i;
    nodes[i].next = head;
    head = &nodes[i];
  }
  return head;
}

static struct node* find(struct node* list, uint16_t data) {
  while (list && list->data != data) list = list->next;
  return list;
}

static struct node* reverse(struct node* list) {
  struct node* reversed = 0;
  while (list) {
    struct node* next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  return reversed;
}

typedef int (*order)(const struct node* a, const struct node* b);

static int by_key(const struct node* a, const struct node* b) { return a->key - b->key; }
static int by_data(const struct node* a, const struct node* b) { return a->data - b->data; }

static struct node* merge(struct node* a, struct node* b, order compare) {
  struct node* head = 0;
  struct node** end = &head;
  while (a && b) {
    struct node** least = compare(a, b) <= 0 ? &a : &b;
    *end = *least;
    end = &(*least)->next;
    *least = (*least)->next;
  }
  *end = a ? a : b;
  return head;
}

static struct node* sort(struct node* list, order compare) {
  if (!list || !list->next) return list;
  struct node* middle = list;
  for (struct node* end = list->next; end && end->next; end = end->next->next) {
    middle = middle->next;
  }
  struct node* second = middle->next;
  middle->next = 0;
  return merge(sort(list, compare), sort(second, compare), compare);
}

static uint16_t run_lists(uint16_t crc, uint32_t seed) {
  struct node* list = build_list(seed);
  for (uint16_t data = 0; data < kNodes; data += 5) {
    const struct node* found = find(list, data);
    crc = crc16_word(crc, found ? (uint16_t)found->key : 0xdeadu);
    list = reverse(list);
  }
  list = sort(list, by_key);
  crc = crc16_word(crc, (uint32_t)list->key);
  list = sort(list, by_data);
  for (const struct node* n = list; n; n = n->next) crc = crc16_word(crc, (uint16_t)n->key);
  return crc;
}

/* Matrices */

static int8_t bytes[kOrder][kOrder];
static int16_t halves[kOrder][kOrder];
static int32_t words[kOrder][kOrder];

static uint16_t run_matrices(uint16_t crc, uint32_t seed) {
  for (int i = 0; i < kOrder; ++i) {
    for (int j = 0; j < kOrder; ++j) {
      bytes[i][j] = (int8_t)draw(&seed);
      halves[i][j] = (int16_t)draw(&seed);
    }
  }
  for (int i = 0; i < kOrder; ++i) {
    for (int j = 0; j < kOrder; ++j) {
      int32_t sum = 0;
      for (int k = 0; k < kOrder; ++k) sum += bytes[i][k] * halves[k][j];
      words[i][j] = sum;
    }
  }
  /* Product with itself, and of selected bits, in 32 bits. */
  uint32_t total = 0;
  for (int i = 0; i < kOrder; ++i) {
    for (int j = 0; j < kOrder; ++j) {
      uint32_t sum = 0;
      uint32_t folded = 0;
      for (int k = 0; k < kOrder; ++k) {
        const uint32_t product = (uint32_t)words[i][k] * (uint32_t)words[k][j];
        sum += product;
        folded += (product >> 2 & 15) * (product >> 5 & 127);
      }
      total += sum > folded ? 10 : sum ^ folded;
    }
    crc = crc16_word(crc, total);
  }
  return crc;
}

/* Text */

enum state { kStart, kSign, kInteger, kFraction, kExponent, kExponentDigits, kWrong, kStates };

static const char text[] =
    "12,-7,3.25,1e5,x9,+,0.5e-3,77777,1.2.3,-4e,+81,5e+07,abc,.5,9.,1e1e1,00012,-0.0,12a,3,"
    "-99.125,6e23,1.6e-19,+-3,,42,2.99792458e8,0x10,3.14159,-273.15,8.314,6.02e2x,100,";

static enum state step(enum state now, char c) {
  const int digit = c >= '0' && c <= '9';
  switch (now) {
    case kStart:
      if (digit) return kInteger;
      if (c == '+' || c == '-') return kSign;
      return c == '.' ? kFraction : kWrong;
    case kSign:
      if (digit) return kInteger;
      return c == '.' ? kFraction : kWrong;
    case kInteger:
      if (digit) return kInteger;
      if (c == '.') return kFraction;
      return c == 'e' ? kExponent : kWrong;
    case kFraction:
      if (digit) return kFraction;
      return c == 'e' ? kExponent : kWrong;
    case kExponent:
      return digit || c == '-' || c == '+' ? kExponentDigits : kWrong;
    case kExponentDigits:
      return digit ? kExponentDigits : kWrong;
    default:
      return kWrong;
  }
}

static uint16_t run_text(uint16_t crc, uint32_t seed) {
  uint16_t ends[kStates] = {0};
  uint16_t steps[kStates] = {0};
  const uint32_t stride = 3 + seed % 61;
  for (unsigned pass = 0; pass < 2; ++pass) {
    enum state now = kStart;
    uint32_t next_change = pass ? stride : ~0u;
    for (uint32_t i = 0; text[i]; ++i) {
      char c = text[i];
      if (i == next_change) { /* a damaged character now and then */
        c = (char)(c ^ 1);
        next_change += stride;
      }
      if (c == ',') {
        ++ends[now];
        now = kStart;
      } else {
        now = step(now, c);
        ++steps[now];
      }
    }
  }
  for (int i = 0; i < kStates; ++i) {
    crc = crc16_word(crc, (uint32_t)ends[i] << 16 | steps[i]);
  }
  return crc;
}

uint32_t bench_round(void) {
  uint32_t seed = 0x1234567u;
  uint32_t result = 0;
  uint16_t crc = 0xffff;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    crc = run_lists(crc, draw(&seed));
    crc = run_matrices(crc, draw(&seed));
    crc = run_text(crc, draw(&seed));
    result = result * 31 + crc;
  }
  return result;
}
