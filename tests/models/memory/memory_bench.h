#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/base/protocol_checker.h"
#include "models/memory/storage.h"
#include "tests/support/test_context.h"
#include "tests/support/test_initiator.h"

namespace leyden::memory {

inline constexpr double kPeriodNs = 10;
inline sc_core::sc_time cycles(std::uint64_t count) {
  return {kPeriodNs * static_cast<double>(count), sc_core::SC_NS};
}

/// A master behind a protocol checker.
struct CheckedMaster {
  explicit CheckedMaster(const std::string& name)
      : initiator(name.c_str()), checker((name + "_checker").c_str()) {
    initiator.socket.bind(checker.target_socket);
  }
  template <typename Socket>
  void bind(Socket& socket) {
    checker.initiator_socket.bind(socket);
  }
  /// Delay a read of `bytes` bytes adds, from a local time of 0.
  sc_core::sc_time time_of_read(std::uint64_t address, unsigned bytes) {
    std::vector<std::uint8_t> data(bytes);
    initiator.delay = sc_core::SC_ZERO_TIME;
    EXPECT_EQ(initiator.read(address, data.data(), bytes), tlm::TLM_OK_RESPONSE);
    return initiator.delay;
  }
  sc_core::sc_time time_of_write(std::uint64_t address, unsigned bytes) {
    const std::vector<std::uint8_t> data(bytes);
    initiator.delay = sc_core::SC_ZERO_TIME;
    EXPECT_EQ(initiator.write(address, data.data(), bytes), tlm::TLM_OK_RESPONSE);
    return initiator.delay;
  }

  test::TestInitiator initiator;
  base::ProtocolChecker checker;
};

/// Energy of one component since `before`, in fJ.
inline double energy_since(const base::EnergyLedger& ledger, const base::EventCounts& before,
                           base::Component component) {
  base::EventCounts counts = ledger.snapshot();
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] -= before[i];
  return ledger.energy_fj(counts)[static_cast<std::size_t>(component)];
}

}  // namespace leyden::memory
