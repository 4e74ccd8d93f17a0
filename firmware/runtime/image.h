/* A network image as firmware sees it: checked once, then trusted. */
#ifndef LEYDEN_RUNTIME_IMAGE_H
#define LEYDEN_RUNTIME_IMAGE_H

#include <stdint.h>

#include "leyden/failure.h"
#include "leyden/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the chip is, read from its registers, and where the image lies. */
struct image_chip {
  uint32_t image_address;
  uint32_t image_bytes;
  uint32_t rows;
  uint32_t columns;
  uint32_t macros;
  uint32_t lmem_bytes;
};

void image_read_chip(struct image_chip* chip);

/* Checks everything later code relies on. @return LEYDEN_FAIL_NONE, or why the image is refused */
enum leyden_failure image_check(const struct image_chip* chip,
                                const struct leyden_image_header* header);

/* One sentence about a refused image. */
const char* image_refusal(enum leyden_failure failure);

static inline const struct leyden_step* image_steps(const struct leyden_image_header* header) {
  return (const struct leyden_step*)((const char*)header + header->step_offset);
}
static inline const struct leyden_layer* image_layers(const struct leyden_image_header* header) {
  return (const struct leyden_layer*)((const char*)header + header->layer_offset);
}
static inline const char* image_text(const struct leyden_image_header* header, uint32_t offset) {
  return (const char*)header + offset;
}

#ifdef __cplusplus
}
#endif
#endif
