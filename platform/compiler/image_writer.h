#pragma once

#include <cstdint>
#include <vector>

#include "platform/compiler/plan.h"
#include "platform/compiler/schedule.h"

namespace leyden::compiler {

/// Where the parts of an image lie, in bytes from its start.
struct ImageOffsets {
  std::uint32_t layers = 0;
  std::uint32_t steps = 0;
  std::vector<std::uint32_t> layer_names;
  std::uint32_t name = 0;
  std::uint32_t data = 0;   ///< what sources of steps in space IMAGE count from
  std::uint32_t total = 0;  ///< bytes of the image
};
/// @throws base::UsageError when the image is larger than 4 GiB
ImageOffsets image_offsets(const QuantNetwork& network, const Schedule& schedule);

/// Lays out a network image (firmware/include/leyden/image.h): header, layers, steps, names, data;
/// the total is a multiple of 16 bytes, closed with its CRC-32.
std::vector<std::uint8_t> write_image(const Plan& plan, const Schedule& schedule);

/// How the class of an image is told: enum leyden_result.
std::uint32_t result_kind(const QuantNetwork& network);

/// CRC-32 of an image's bytes after its header, as header.crc32 holds it.
std::uint32_t image_crc(const std::vector<std::uint8_t>& image);

}  // namespace leyden::compiler
