#include "runtime/image.h"

#include "hal/cim.h"
#include "hal/sysctl.h"
#include "runtime/core_kernels.h"
#include "runtime/crc32.h"

void image_read_chip(struct image_chip* chip) {
  chip->image_address = sysctl_image_address();
  chip->image_bytes = sysctl_image_bytes();
  chip->rows = cim_rows(0);
  chip->columns = cim_columns(0);
  chip->macros = sysctl_macros();
  chip->lmem_bytes = sysctl_lmem_bytes();
}

/* Whether `count` elements of `element_bytes` lie inside the image behind its header. */
static int table_inside(const struct leyden_image_header* header, uint32_t offset, uint32_t count,
                        uint32_t element_bytes) {
  if (offset % 4 != 0 || offset < sizeof *header || offset > header->total_bytes) return 0;
  return count <= (header->total_bytes - offset) / element_bytes;
}

static int text_inside(const struct leyden_image_header* header, uint32_t offset) {
  if (offset < sizeof *header) return 0;
  for (; offset < header->total_bytes; ++offset) {
    if (*image_text(header, offset) == '\0') return 1;
  }
  return 0;
}

static int range_inside(uint32_t first, uint32_t count, uint32_t size) {
  return first <= size && count <= size - first;
}

static int in_lmem(const struct leyden_image_header* header, uint32_t address, uint32_t bytes) {
  return address >= LEYDEN_LMEM_BASE &&
         range_inside(address - LEYDEN_LMEM_BASE, bytes, header->lmem_bytes);
}

static int step_is_good(const struct leyden_image_header* header, const struct leyden_step* step) {
  const uint32_t unit = step->unit & 0xffu;
  const uint32_t instance = step->unit >> 8;
  const uint32_t macros_mask = header->chip_macros >= 32 ? ~0u : (1u << header->chip_macros) - 1;
  const uint32_t units = macros_mask | LEYDEN_WAIT_VECTOR | ((1u << LEYDEN_DMA_BLOCKS) - 1) << 24;
  if (step->wait_mask & ~units) return 0;
  if (step->unit == LEYDEN_UNIT_CORE) {
    return core_step_is_good(step, header->lmem_bytes, header->total_bytes);
  }
  uint32_t instances, words;
  switch (unit) {
    case LEYDEN_UNIT_CIM:
      instances = header->chip_macros;
      words = LEYDEN_CIM_JOB_WORDS;
      break;
    case LEYDEN_UNIT_VECTOR:
      instances = 1;
      words = LEYDEN_VECTOR_JOB_WORDS;
      break;
    case LEYDEN_UNIT_DMA:
      instances = LEYDEN_DMA_BLOCKS;
      words = LEYDEN_DMA_JOB_WORDS;
      break;
    default:
      return 0;
  }
  if (instance >= instances || step->word_count < 2 || step->word_count > words) return 0;
  if (unit != LEYDEN_UNIT_DMA) return step->spaces == 0;
  return (step->spaces & 0xffu) <= LEYDEN_SPACE_SCRATCH &&
         step->spaces >> 8 <= LEYDEN_SPACE_SCRATCH;
}

static enum leyden_failure check_header(const struct image_chip* chip,
                                        const struct leyden_image_header* header) {
  if (header->magic != LEYDEN_IMAGE_MAGIC) return LEYDEN_FAIL_MAGIC;
  if (header->version != LEYDEN_IMAGE_VERSION) return LEYDEN_FAIL_VERSION;
  if (header->total_bytes < sizeof *header || header->total_bytes % 16 != 0 ||
      header->scratch_bytes % 16 != 0 ||
      !range_inside(header->total_bytes, header->scratch_bytes, chip->image_bytes)) {
    return LEYDEN_FAIL_SIZE;
  }
  if (header->chip_rows != chip->rows || header->chip_columns != chip->columns) {
    return LEYDEN_FAIL_GEOMETRY;
  }
  if (header->chip_macros != chip->macros || chip->macros > LEYDEN_CIM_INSTANCES) {
    return LEYDEN_FAIL_MACROS;
  }
  if (header->lmem_bytes != chip->lmem_bytes) return LEYDEN_FAIL_LMEM;
  return LEYDEN_FAIL_NONE;
}

static enum leyden_failure check_tables(const struct leyden_image_header* header) {
  const uint32_t steps = header->step_count;
  if (!table_inside(header, header->step_offset, steps, sizeof(struct leyden_step)) ||
      !table_inside(header, header->layer_offset, header->layer_count,
                    sizeof(struct leyden_layer)) ||
      !text_inside(header, header->name_offset) ||
      !range_inside(header->load_first_step, header->load_step_count, steps) ||
      !range_inside(header->input_first_step, header->input_step_count, steps) ||
      !range_inside(header->output_first_step, header->output_step_count, steps)) {
    return LEYDEN_FAIL_LAYOUT;
  }
  if (header->result > LEYDEN_RESULT_NONE) return LEYDEN_FAIL_LAYOUT;
  for (uint32_t i = 0; i < sizeof header->reserved / sizeof header->reserved[0]; ++i) {
    if (header->reserved[i] != 0) return LEYDEN_FAIL_LAYOUT;
  }
  const struct leyden_layer* layer = image_layers(header);
  for (uint32_t i = 0; i < header->layer_count; ++i, ++layer) {
    if (!range_inside(layer->first_step, layer->step_count, steps) ||
        !text_inside(header, layer->name_offset)) {
      return LEYDEN_FAIL_LAYOUT;
    }
  }
  const struct leyden_step* step = image_steps(header);
  for (uint32_t i = 0; i < steps; ++i, ++step) {
    if (!step_is_good(header, step)) return LEYDEN_FAIL_STEP;
  }
  if (header->output_bytes == 0) return LEYDEN_FAIL_LAYOUT;
  if (header->output_addr != 0 && !in_lmem(header, header->output_addr, header->output_bytes)) {
    return LEYDEN_FAIL_LMEM;
  }
  return LEYDEN_FAIL_NONE;
}

enum leyden_failure image_check(const struct image_chip* chip,
                                const struct leyden_image_header* header) {
  if (chip->image_address == 0) return LEYDEN_FAIL_NO_IMAGE;
  if (chip->image_address % 16 != 0) return LEYDEN_FAIL_ALIGNMENT;
  if (chip->image_bytes < sizeof *header) return LEYDEN_FAIL_SIZE;
  const enum leyden_failure failure = check_header(chip, header);
  if (failure != LEYDEN_FAIL_NONE) return failure;
  const uint32_t words = (header->total_bytes - (uint32_t)sizeof *header) / 4;
  if (crc32_words((const uint32_t*)(header + 1), words) != header->crc32) return LEYDEN_FAIL_CRC;
  return check_tables(header);
}

const char* image_refusal(enum leyden_failure failure) {
  switch (failure) {
    case LEYDEN_FAIL_NO_IMAGE:
      return "there is none (SYSCTL.IMAGE_ADDR is 0)";
    case LEYDEN_FAIL_ALIGNMENT:
      return "its address is not a multiple of 16";
    case LEYDEN_FAIL_MAGIC:
      return "it does not start with the magic number of an image";
    case LEYDEN_FAIL_VERSION:
      return "its format has another version than this firmware";
    case LEYDEN_FAIL_SIZE:
      return "its size does not fit the size the chip was given";
    case LEYDEN_FAIL_CRC:
      return "its checksum is wrong, so it is damaged";
    case LEYDEN_FAIL_GEOMETRY:
      return "it was compiled for another array size";
    case LEYDEN_FAIL_MACROS:
      return "it was compiled for another number of macros";
    case LEYDEN_FAIL_LMEM:
      return "it was compiled for another LMEM size, or its output lies outside LMEM";
    case LEYDEN_FAIL_LAYOUT:
      return "a table or a name lies outside it";
    case LEYDEN_FAIL_STEP:
      return "a step names a unit, a space, a word count or a region that does not exist";
    default:
      return "of an unknown reason";
  }
}
