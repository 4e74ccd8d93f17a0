#pragma once

#include <zlib.h>

#include <cstring>
#include <string>
#include <vector>

#include "leyden/image.h"
#include "leyden/registers.h"

namespace leyden::firmware {

/// A network image written field by field, as docs/abi.md describes it.
struct ImageBuilder {
  leyden_image_header header{};
  std::vector<leyden_layer> layers;
  std::vector<leyden_step> steps;
  std::string names{"net"};

  ImageBuilder() {
    names.push_back('\0');
    header.magic = LEYDEN_IMAGE_MAGIC;
    header.version = LEYDEN_IMAGE_VERSION;
    header.chip_rows = 1152;
    header.chip_columns = 256;
    header.chip_macros = 2;
    header.lmem_bytes = 65536;
    header.input_bytes = 784;
    header.output_addr = LEYDEN_LMEM_BASE + 0x102;
    header.output_bytes = 10;
  }

  static leyden_step step(std::uint32_t unit, std::uint32_t instance, std::uint32_t wait_mask,
                          std::uint32_t seed, std::uint32_t spaces = 0) {
    leyden_step result{};
    result.unit = unit | instance << 8;
    result.wait_mask = wait_mask;
    result.spaces = spaces;
    result.word_count = unit == LEYDEN_UNIT_CIM      ? LEYDEN_CIM_JOB_WORDS
                        : unit == LEYDEN_UNIT_VECTOR ? LEYDEN_VECTOR_JOB_WORDS
                                                     : LEYDEN_DMA_JOB_WORDS;
    for (std::uint32_t i = 0; i < result.word_count; ++i)
      result.words[i] = seed * 0x10001 + i * 257;
    return result;
  }

  /// The core copies `bytes` bytes of LMEM. Offsets into LMEM.
  static leyden_step core_copy(std::uint32_t source, std::uint32_t destination, std::uint32_t bytes,
                               std::uint32_t wait_mask) {
    leyden_step result{};
    result.unit = LEYDEN_UNIT_CORE;
    result.wait_mask = wait_mask;
    result.word_count = LEYDEN_CORE_WORDS;
    result.words[LEYDEN_CORE_WORD_KERNEL] = LEYDEN_CORE_COPY | 255u << 16;
    result.words[LEYDEN_CORE_WORD_SRC] = LEYDEN_LMEM_BASE + source;
    result.words[LEYDEN_CORE_WORD_DST] = LEYDEN_LMEM_BASE + destination;
    result.words[LEYDEN_CORE_WORD_IN_SIZE] = 1u << 16 | 1u;
    result.words[LEYDEN_CORE_WORD_OUT_SIZE] = 1u << 16 | 1u;
    result.words[LEYDEN_CORE_WORD_CHANNELS] = bytes << 16 | bytes;
    return result;
  }

  /// Appends a layer that owns the steps [first, first + count).
  void add_layer(const std::string& name, std::uint32_t first, std::uint32_t count) {
    leyden_layer layer{};
    layer.first_step = first;
    layer.step_count = count;
    layer.name_offset = static_cast<std::uint32_t>(names.size());  // moved by build()
    names += name;
    names.push_back('\0');
    layers.push_back(layer);
  }

  /// Lays out header, layers, steps, names; fills in offsets, size and checksum.
  std::vector<std::uint8_t> build() const {
    leyden_image_header head = header;
    std::vector<leyden_layer> placed = layers;
    head.layer_count = static_cast<std::uint32_t>(layers.size());
    head.step_count = static_cast<std::uint32_t>(steps.size());
    head.layer_offset = sizeof head;
    head.step_offset = head.layer_offset + head.layer_count * sizeof(leyden_layer);
    head.name_offset = head.step_offset + head.step_count * sizeof(leyden_step);
    for (auto& layer : placed) layer.name_offset += head.name_offset;
    const auto end = head.name_offset + static_cast<std::uint32_t>(names.size());
    head.total_bytes = (end + 15) / 16 * 16;
    std::vector<std::uint8_t> image(head.total_bytes);
    if (!placed.empty()) {
      std::memcpy(image.data() + head.layer_offset, placed.data(),
                  placed.size() * sizeof placed[0]);
    }
    if (!steps.empty()) {
      std::memcpy(image.data() + head.step_offset, steps.data(), steps.size() * sizeof steps[0]);
    }
    std::memcpy(image.data() + head.name_offset, names.data(), names.size());
    std::memcpy(image.data(), &head, sizeof head);
    seal(image);
    return image;
  }

  static leyden_image_header& head(std::vector<std::uint8_t>& image) {
    return *reinterpret_cast<leyden_image_header*>(image.data());
  }
  static std::uint32_t checksum(const std::vector<std::uint8_t>& image) {
    return static_cast<std::uint32_t>(
        crc32(0, image.data() + sizeof(leyden_image_header),
              static_cast<unsigned>(image.size() - sizeof(leyden_image_header))));
  }
  /// Puts the right checksum of the whole vector into the header.
  static void seal(std::vector<std::uint8_t>& image) { head(image).crc32 = checksum(image); }
};

}  // namespace leyden::firmware
