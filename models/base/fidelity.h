#pragma once

#include <cstdint>

namespace leyden::base {

/// How exactly the analog part is modelled (design section 3).
enum class Fidelity { kIdeal, kQuantised, kAnalog };

/// Which draw of the random streams the chip is at: set by the platform at each image and layer.
struct DrawPosition {
  std::uint32_t die = 0;
  std::uint32_t image = 0;
};

}  // namespace leyden::base
