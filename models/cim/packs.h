#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/cim/product.h"

namespace leyden::cim {

/// Packed weights of several parts of the same matrices, found by where they begin.
class Packs {
 public:
  PackedWeights& at(const std::int8_t* first, std::size_t stride) {
    const auto found = std::find_if(packs_.begin(), packs_.end(),
                                    [&](const Pack& pack) { return pack.first == first; });
    if (found != packs_.end()) return found->weights;
    packs_.push_back({first, {first, stride}});
    return packs_.back().weights;
  }
  /// The matrices changed or are gone.
  void clear() { packs_.clear(); }

 private:
  struct Pack {
    const std::int8_t* first;
    PackedWeights weights;
  };

  std::vector<Pack> packs_;
};

}  // namespace leyden::cim
