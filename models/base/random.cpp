#include "models/base/random.h"

#include <Random123/philox.h>

#include "models/base/gaussian_blocks.h"
#include "models/base/inverse_normal.h"

namespace leyden::base {
namespace {

/// The 192 bits of key and block number fill Philox's key (64) and counter (128) without overlap.
PhiloxStream philox_stream(const StreamKey& key) {
  constexpr std::uint32_t kLowHalf = 0xffffu;
  return {{key.die, key.purpose}, key.image, (key.layer & kLowHalf) << 16 | (key.tile & kLowHalf)};
}

}  // namespace

std::array<std::uint32_t, 4> RandomStream::block(std::uint64_t index) const {
  const PhiloxStream stream = philox_stream(key_);
  const r123::Philox4x32::ctr_type counter = {{static_cast<std::uint32_t>(index),
                                               static_cast<std::uint32_t>(index >> 32),
                                               stream.counter2, stream.counter3}};
  const r123::Philox4x32::key_type key = {{stream.key[0], stream.key[1]}};
  const r123::Philox4x32::ctr_type bits = r123::Philox4x32()(counter, key);
  return {bits[0], bits[1], bits[2], bits[3]};
}

double RandomStream::uniform(std::uint64_t index) const {
  return static_cast<double>(block(index / 4)[index % 4]) * 0x1p-32;
}

double RandomStream::gaussian(std::uint64_t index) const {
  return static_cast<double>(InverseNormal::instance()(block(index / 4)[index % 4]));
}

void RandomStream::fill_gaussian(std::uint64_t first, std::size_t count, float* out) const {
  const InverseNormal& inverse = InverseNormal::instance();
  std::uint64_t index = first;
  const std::uint64_t end = first + count;
  bool whole_blocks_tried = false;
  while (index < end) {
    if (index % 4 == 0 && !whole_blocks_tried) {
      whole_blocks_tried = true;
      const std::size_t done =
          4 * fill_gaussian_blocks(philox_stream(key_), index / 4, (end - index) / 4, out);
      index += done;
      out += done;
      continue;
    }
    const auto bits = block(index / 4);
    do {
      *out++ = inverse(bits[index % 4]);
      ++index;
    } while (index < end && index % 4 != 0);
  }
}

}  // namespace leyden::base
