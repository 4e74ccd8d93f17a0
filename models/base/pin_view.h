#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include <systemc>

namespace leyden::base {

/// The value of a pin of up to 128 bits, low word first.
using PinWords = std::array<std::uint64_t, 2>;

/// A pin of a block that has some (RTL behind adapters), its type forgotten, for who shows it. It
/// is valid as long as the block.
struct PinView {
  std::string name;  ///< as the block has it: "m_axi0_awaddr"
  unsigned bits = 1;
  std::function<PinWords()> read;
  const sc_core::sc_event* changed = nullptr;
};

using PinVisitor = std::function<void(const PinView& pin)>;

}  // namespace leyden::base
