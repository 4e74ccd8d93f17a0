#include "platform/compiler/fake_quantise.h"

#include <algorithm>
#include <cmath>

namespace leyden::compiler {

void fake_quantise(const Graph& graph, const std::string& tensor, std::vector<float>& values) {
  const auto found = graph.encodings.find(tensor);
  if (found == graph.encodings.end()) return;
  const auto scale = static_cast<float>(found->second.scale);
  const auto zero = static_cast<float>(found->second.zero_point);
  const auto highest = static_cast<float>((1 << found->second.bits) - 1);
  for (float& value : values) {
    const float code = std::clamp(std::nearbyint(value / scale) + zero, 0.0f, highest);
    value = scale * (code - zero);
  }
}

}  // namespace leyden::compiler
