#include "models/cim/die.h"

#include <algorithm>

#include "models/base/random.h"
#include "models/cim/streams.h"

namespace leyden::cim {

Die::Die(const MacroParameters& macro, std::uint32_t seed, unsigned instance)
    : seed_(seed), columns_(macro.columns) {
  const auto stream = [&](std::uint32_t purpose) {
    return base::RandomStream({seed, 0, 0, 0, stream_purpose(purpose, instance)});
  };
  mismatch_.resize(static_cast<std::size_t>(macro.rows) * macro.columns);
  stream(kMismatchStream).fill_gaussian(0, mismatch_.size(), mismatch_.data());
  const auto sigma = static_cast<float>(macro.dot_product.mismatch_sigma());
  // A capacitor cannot be negative, however large a mismatch is asked for.
  for (float& delta : mismatch_) delta = std::max(delta * sigma, -1.0f);

  const base::RandomStream offset = stream(kOffsetStream);
  const base::RandomStream gain = stream(kGainStream);
  const base::RandomStream inl = stream(kInlStream);
  for (unsigned c = 0; c < macro.columns + macro.dummy_columns(); ++c) {
    const unsigned converter = c / macro.convert.sharing;
    offset_v_.push_back(macro.convert.offset_mv * 1e-3 * offset.gaussian(converter));
    gain_.push_back(1.0 + macro.convert.gain_percent * 1e-2 * gain.gaussian(converter));
    inl_bow_.push_back(macro.convert.inl_lsb * (inl.uniform(2 * converter) - 0.5));
    inl_curve_.push_back(macro.convert.inl_lsb * (inl.uniform(2 * converter + 1) - 0.5));
  }
}

}  // namespace leyden::cim
