#include "platform/chip/faults/fault_draws.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace leyden::chip {
namespace {

/// Later than any run.
constexpr double kNever = 1e18;

}  // namespace

std::uint64_t FaultDraws::below(std::uint64_t limit, std::uint64_t index) const {
  const auto words = stream_.block(index);
  const std::uint64_t bits = std::uint64_t{words[0]} << 32 | words[1];
  // The upper half of the 128-bit product.
  const std::uint64_t low =
      (bits & 0xffffffffu) * (limit >> 32) + ((bits & 0xffffffffu) * (limit & 0xffffffffu) >> 32);
  const std::uint64_t mid = (bits >> 32) * (limit & 0xffffffffu) + (low & 0xffffffffu);
  return (bits >> 32) * (limit >> 32) + (low >> 32) + (mid >> 32);
}

double FaultDraws::interval(std::uint64_t index) const {
  const auto words = stream_.block(index);
  const std::uint64_t bits = (std::uint64_t{words[2]} << 32 | words[3]) >> 11;
  return -std::log(static_cast<double>(bits + 1) * 0x1p-53);  // of (0, 1]
}

std::vector<std::uint64_t> FaultDraws::distinct(std::uint64_t count, std::uint64_t limit) const {
  // Floyd's sampling.
  std::set<std::uint64_t> chosen;
  const std::uint64_t first = limit - std::min(count, limit);
  for (std::uint64_t i = first; i < limit; ++i) {
    const std::uint64_t one = below(i + 1, i - first);
    if (!chosen.insert(one).second) chosen.insert(i);
  }
  return {chosen.begin(), chosen.end()};
}

std::vector<std::uint64_t> FaultDraws::each(double p, std::uint64_t limit) const {
  std::vector<std::uint64_t> chosen;
  if (p <= 0) return chosen;
  // Gaps between them are geometric.
  const double scale = p < 1 ? -1.0 / std::log1p(-p) : 0.0;
  double at = -1;
  for (std::uint64_t index = 0;; ++index) {
    at += 1 + std::floor(interval(index) * scale);
    if (at >= static_cast<double>(limit)) return chosen;
    chosen.push_back(static_cast<std::uint64_t>(at));
  }
}

FlipProcess::Flip FlipProcess::next() {
  cycle_ = std::min(cycle_ + draws_.interval(index_) / per_cycle_, kNever);
  const Flip flip{static_cast<std::uint64_t>(cycle_), draws_.below(bits_, index_)};
  ++index_;
  return flip;
}

}  // namespace leyden::chip
