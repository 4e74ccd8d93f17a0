#include "platform/chip/network_image.h"

#include <zlib.h>

#include <cstring>

#include "firmware/include/leyden/image.h"
#include "models/base/error.h"

namespace leyden::chip {
namespace {

using base::UsageError;

/// The host is little-endian as the format is; structures are 32-bit words without padding.
template <typename Structure>
Structure read_at(const std::vector<std::uint8_t>& image, std::uint64_t offset,
                  const std::string& what) {
  Structure structure;
  if (offset + sizeof structure > image.size()) {
    throw UsageError("The network image " + what + " is truncated: it has " +
                     std::to_string(image.size()) + " bytes.");
  }
  std::memcpy(&structure, image.data() + offset, sizeof structure);
  return structure;
}

std::string text_at(const std::vector<std::uint8_t>& image, std::uint32_t offset) {
  std::string text;
  for (std::size_t i = offset; i < image.size() && image[i] != 0; ++i) {
    text += static_cast<char>(image[i]);
  }
  return text;
}

}  // namespace

ImageFacts check_network_image(const std::vector<std::uint8_t>& image, const std::string& what) {
  const auto header = read_at<leyden_image_header>(image, 0, what);
  if (header.magic != LEYDEN_IMAGE_MAGIC) {
    throw UsageError(what + " is no network image: it does not start with LYDN.");
  }
  if (header.version != LEYDEN_IMAGE_VERSION) {
    throw UsageError("The network image " + what + " has version " +
                     std::to_string(header.version) + ", but " +
                     std::to_string(LEYDEN_IMAGE_VERSION) + " is right; compile it again.");
  }
  if (header.total_bytes != image.size()) {
    throw UsageError("The network image " + what + " has " + std::to_string(image.size()) +
                     " bytes, but its header tells " + std::to_string(header.total_bytes) + ".");
  }
  const auto crc = static_cast<std::uint32_t>(
      crc32(0, image.data() + sizeof header, static_cast<uInt>(image.size() - sizeof header)));
  if (crc != header.crc32) {
    throw UsageError("The network image " + what + " is damaged: its checksum is wrong.");
  }
  ImageFacts facts{{}, header.scratch_bytes, header.output_bytes};
  for (std::uint32_t i = 0; i < header.layer_count; ++i) {
    const auto layer = read_at<leyden_layer>(
        image, header.layer_offset + std::uint64_t{i} * sizeof(leyden_layer), what);
    facts.layers.push_back({text_at(image, layer.name_offset), layer.out_space, layer.out_addr,
                            layer.out_width * layer.out_height * layer.out_channels});
  }
  return facts;
}

}  // namespace leyden::chip
