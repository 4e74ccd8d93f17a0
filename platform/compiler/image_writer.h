#pragma once

#include <cstdint>
#include <vector>

#include "platform/compiler/plan.h"
#include "platform/compiler/schedule.h"

namespace leyden::compiler {

/// Lays out a network image (firmware/include/leyden/image.h): header, layers, steps, names, data;
/// the total is a multiple of 16 bytes, closed with its CRC-32.
std::vector<std::uint8_t> write_image(const Plan& plan, const Schedule& schedule);

/// CRC-32 of an image's bytes after its header, as header.crc32 holds it.
std::uint32_t image_crc(const std::vector<std::uint8_t>& image);

}  // namespace leyden::compiler
