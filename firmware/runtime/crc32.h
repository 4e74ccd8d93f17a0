/* CRC-32/ISO-HDLC, the one zlib computes. */
#ifndef LEYDEN_RUNTIME_CRC32_H
#define LEYDEN_RUNTIME_CRC32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
/* @param words little-endian data, 4-byte aligned, `count` words of it */
uint32_t crc32_words(const uint32_t* words, uint32_t count);

/* The same in parts: CRC32_START, then crc32_update() for each part; the complement of what the
 * last one gives is the checksum. */
#define CRC32_ENTRIES 256
#define CRC32_START 0xffffffffu
void crc32_fill_table(uint32_t* table);
uint32_t crc32_update(const uint32_t* table, uint32_t crc, const uint32_t* words, uint32_t count);
#ifdef __cplusplus
}
#endif

#endif
