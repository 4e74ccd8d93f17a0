#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leyden::chip {

/// What the host must know of a compiled network (firmware/include/leyden/image.h).
struct ImageLayer {
  std::string name;
  std::uint32_t address = 0;  ///< LMEM bus address of its output tensor
  std::uint32_t bytes = 0;
};

/// Checks magic, version, sizes and CRC as firmware does, so that a bad file is told before the
/// run.
/// @param what the file, for messages
/// @return the layers @throws base::UsageError
std::vector<ImageLayer> check_network_image(const std::vector<std::uint8_t>& image,
                                            const std::string& what);

}  // namespace leyden::chip
