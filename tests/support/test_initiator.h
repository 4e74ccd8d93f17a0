#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include "models/base/tlm_helpers.h"

namespace leyden::test {

/// A master that tests drive by hand: blocking transport, DMI, debug. The delay of all calls adds
/// up in `delay`; nothing waits. May be called from sc_main between slices of the simulation, from
/// a thread, or in run().
class TestInitiator : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<TestInitiator, base::kBusBits> socket;

  explicit TestInitiator(const sc_core::sc_module_name& name);

  tlm::tlm_response_status read(std::uint64_t address, void* data, unsigned length);
  tlm::tlm_response_status write(std::uint64_t address, const void* data, unsigned length);
  /// Reads or writes one value of 1, 2, 4 or 8 bytes. A failed access fails the test.
  template <typename T>
  T get(std::uint64_t address) {
    T value{};
    const auto status = read(address, &value, sizeof value);
    EXPECT_EQ(status, tlm::TLM_OK_RESPONSE) << base::response_name(status) << " at " << address;
    return value;
  }
  template <typename T>
  void put(std::uint64_t address, T value) {
    const auto status = write(address, &value, sizeof value);
    EXPECT_EQ(status, tlm::TLM_OK_RESPONSE) << base::response_name(status) << " at " << address;
  }
  std::uint32_t get32(std::uint64_t address) { return get<std::uint32_t>(address); }
  void put32(std::uint64_t address, std::uint32_t value) { put<std::uint32_t>(address, value); }

  /// Sends a payload that the test has filled in itself.
  tlm::tlm_response_status send(tlm::tlm_generic_payload& payload);
  unsigned debug_read(std::uint64_t address, void* data, unsigned length);
  unsigned debug_write(std::uint64_t address, const void* data, unsigned length);
  /// @return whether granted; the descriptor is reset first
  bool request_dmi(tlm::tlm_command command, std::uint64_t address, tlm::tlm_dmi& dmi);

  /// Runs `body` in this module's thread, where it may wait, and the simulation until it ends.
  /// @param limit of simulated time; a body that has not ended by then fails the test
  void run(std::function<void()> body,
           const sc_core::sc_time& limit = sc_core::sc_time(1, sc_core::SC_SEC));

  sc_core::sc_time delay;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> invalidated;  ///< inclusive ranges
  bool dmi_hint = false;  ///< DMI flag of the last read, write or send

 private:
  void thread();
  void on_invalidate(sc_dt::uint64 first, sc_dt::uint64 last);

  base::Payload payload_;
  sc_core::sc_event go_;
  std::function<void()> body_;
};

}  // namespace leyden::test

#define LEYDEN_ASSERT_RESPONSE(status, expression)                                        \
  do {                                                                                    \
    const tlm::tlm_response_status leyden_got = (expression);                             \
    ASSERT_EQ(leyden_got, status) << "got " << ::leyden::base::response_name(leyden_got); \
  } while (false)
/// The access is answered OK.
#define ASSERT_OK(expression) LEYDEN_ASSERT_RESPONSE(tlm::TLM_OK_RESPONSE, expression)
/// The access is answered with an address error.
#define ASSERT_AE(expression) LEYDEN_ASSERT_RESPONSE(tlm::TLM_ADDRESS_ERROR_RESPONSE, expression)
/// The access is answered with a burst error.
#define ASSERT_BE(expression) LEYDEN_ASSERT_RESPONSE(tlm::TLM_BURST_ERROR_RESPONSE, expression)
