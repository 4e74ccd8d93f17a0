#pragma once

#include <cstdint>
#include <functional>

#include "platform/cosim/pin_adapter.h"

namespace leyden::cosim {

/// Ready and valid patterns of tests: each a function of channel and edge.
struct TestFlow {
  /// Of 8 edges how many flow; 8: all.
  unsigned of_eight = 8;
  std::uint64_t seed = 0;
  /// Called at each look at the pattern: for what a test does in the middle of a transfer.
  std::function<void(std::uint64_t edge)> on_look;

  FlowPattern pattern() {
    return [this](AxiChannel channel, std::uint64_t edge) {
      if (on_look) on_look(edge);
      std::uint64_t x = edge * 8 + static_cast<std::uint64_t>(channel) + seed * 0x9e3779b97f4a7c15u;
      x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
      x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
      return ((x ^ (x >> 31)) & 7) < of_eight;
    };
  }
};

}  // namespace leyden::cosim
