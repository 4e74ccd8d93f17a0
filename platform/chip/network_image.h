#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leyden::chip {

/// What the host must know of a compiled network (firmware/include/leyden/image.h).
struct ImageLayer {
  std::string name;
  std::uint32_t space = 0;    ///< leyden_space its output tensor lies in
  std::uint32_t address = 0;  ///< of the tensor in that space; a bus address in LMEM
  std::uint32_t bytes = 0;
};
struct ImageFacts {
  std::vector<ImageLayer> layers;
  std::uint32_t scratch_bytes = 0;  ///< kept free behind the image
  std::uint32_t output_bytes = 0;
};

/// Checks magic, version, sizes and CRC as firmware does, so that a bad file is told before the
/// run.
/// @param what the file, for messages
/// @throws base::UsageError
ImageFacts check_network_image(const std::vector<std::uint8_t>& image, const std::string& what);

}  // namespace leyden::chip
