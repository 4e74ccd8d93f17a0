#pragma once

#include <cstdint>
#include <string>

#include "models/base/context.h"

namespace leyden::memory {

inline constexpr std::uint64_t kBeatBytes = 16;  ///< one transfer over a 128-bit port

/// Beats that [offset, offset + length) takes over a 128-bit port: lanes are fixed by address, so
/// a range that does not start on a beat costs what it touches.
inline std::uint64_t beats(std::uint64_t offset, std::uint64_t length) {
  return length == 0 ? 0 : (offset + length - 1) / kBeatBytes - offset / kBeatBytes + 1;
}

/// Declares an event whose energy in pJ is the parameter `key`, with that parameter's provenance.
/// @param own_supply  of a part that the chip's digital supply does not feed
inline base::EventId declare_event(base::Context& context, const std::string& event,
                                   base::Component component, const std::string& key,
                                   bool own_supply = false) {
  const base::Parameter& energy = context.parameters.at(key);
  return context.ledger.declare(
      {event, component, energy.value * 1000.0, energy.source, own_supply});
}

}  // namespace leyden::memory
