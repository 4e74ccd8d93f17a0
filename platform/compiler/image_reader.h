#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmware/include/leyden/image.h"

namespace leyden::compiler {

/// An image taken apart again. Offsets in it have been checked.
struct ImageContents {
  leyden_image_header header{};
  std::vector<leyden_layer> layers;
  std::vector<std::string> layer_names;
  std::vector<leyden_step> steps;
  std::string name;
};

/// Checks an image wholly: magic, version, size, CRC, all offsets and counts, units and word counts
/// of steps, and that transfers out of the image stay inside it.
/// @param where names the image in messages
/// @throws base::UsageError with the first thing that is wrong
ImageContents read_image(const std::vector<std::uint8_t>& bytes, const std::string& where);

}  // namespace leyden::compiler
