#include "runtime/crc32.h"

#define POLYNOMIAL 0xedb88320u /* reflected */
void crc32_fill_table(uint32_t* table) {
  for (uint32_t byte = 0; byte < CRC32_ENTRIES; ++byte) {
    uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder >> 1 ^ (remainder & 1 ? POLYNOMIAL : 0);
    }
    table[byte] = remainder;
  }
}

uint32_t crc32_update(const uint32_t* table, uint32_t crc, const uint32_t* words, uint32_t count) {
  while (count--) {
    crc ^= *words++; /* whole words: memory outside the chip is read as seldom as can be */
    crc = crc >> 8 ^ table[crc & 0xff];
    crc = crc >> 8 ^ table[crc & 0xff];
    crc = crc >> 8 ^ table[crc & 0xff];
    crc = crc >> 8 ^ table[crc & 0xff];
  }
  return crc;
}

uint32_t crc32_words(const uint32_t* words, uint32_t count) {
  /* Filled at each call: it is called once, and a constant table would be 1 KiB to load. */
  uint32_t table[CRC32_ENTRIES];
  crc32_fill_table(table);
  return ~crc32_update(table, CRC32_START, words, count);
}
