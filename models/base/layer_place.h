#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace leyden::base {

/// Where in a network's work a chip is, for messages.
struct LayerPlace {
  std::optional<std::uint32_t> number;  ///< the layer that firmware has marked (PERF)
  std::string name;                     ///< "" where it is not known
};

using LayerSource = std::function<LayerPlace()>;

}  // namespace leyden::base
