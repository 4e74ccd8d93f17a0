/* CRC-32/ISO-HDLC, the one zlib computes. */
#ifndef LEYDEN_RUNTIME_CRC32_H
#define LEYDEN_RUNTIME_CRC32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
/* @param words little-endian data, 4-byte aligned, `count` words of it */
uint32_t crc32_words(const uint32_t* words, uint32_t count);
#ifdef __cplusplus
}
#endif

#endif
