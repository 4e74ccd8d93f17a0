#pragma once

#include <cstdint>
#include <vector>

namespace leyden::trace {

/// Simulated time of the cycles of a clock whose frequency changes.
class ClockMap {
 public:
  /// From `cycle`, which is at `picoseconds`, a cycle takes `period_ps`.
  void change(std::uint64_t cycle, std::uint64_t picoseconds, std::uint64_t period_ps) {
    pieces_.push_back({cycle, picoseconds, period_ps});
  }
  /// Time of a cycle by what is known so far, in ps. After the first change().
  std::uint64_t picoseconds(std::uint64_t cycle) const {
    std::size_t i = pieces_.size() - 1;
    while (i > 0 && cycle < pieces_[i].cycle) --i;
    const Piece& piece = pieces_[i];
    return piece.picoseconds + (cycle - piece.cycle) * piece.period_ps;
  }

 private:
  struct Piece {
    std::uint64_t cycle;
    std::uint64_t picoseconds;
    std::uint64_t period_ps;
  };
  std::vector<Piece> pieces_;
};

}  // namespace leyden::trace
