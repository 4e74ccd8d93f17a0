#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "platform/cosim/axi_burst.h"
#include "platform/cosim/pin_checker.h"
#include "platform/cosim/pins.h"

namespace leyden::cosim {

/// AXI4: what is valid stays until it is taken; bursts are legal (type, length, size, alignment of
/// WRAP, 4 KiB); LAST in the last beat and in no other; strobes within the beat; a response only
/// after its request, with its ID, in order among equal IDs; nothing valid in reset.
template <unsigned kBits>
class Axi4Checker : public PinChecker {
 public:
  Axi4Checker(const sc_core::sc_module_name& name, const Axi4Pins<kBits>& pins, GatedClock& clock,
              const std::string& block, const ViolationHandler& handler = nullptr);

 private:
  static constexpr unsigned kBytes = kBits / 8;
  using AddressPins = typename Axi4Pins<kBits>::Address;

  struct Burst {
    AxiBurst shape;
    std::uint32_t id;
    bool exclusive;
    unsigned beat;  ///< next one
  };
  struct Beat {
    std::uint64_t strobes;
    bool last;
  };

  void check() override;
  void check_reset() override;
  void check_burst(const AddressPins& pins) const;
  static Burst burst_of(const AddressPins& pins);
  void check_read();
  void check_write_response();
  void check_response(const std::string& names, std::uint32_t response, const Burst& burst) const;
  void match_data();
  void check_beat(const Burst& burst, const Beat& beat) const;

  const Axi4Pins<kBits>& pins_;
  ChannelWatch aw_, w_, b_, ar_, r_;
  std::deque<Burst> writes_;   ///< addresses whose data is not complete
  std::deque<Beat> beats_;     ///< data that is ahead of its address
  std::deque<Burst> answers_;  ///< writes that wait for their response
  std::deque<Burst> reads_;    ///< addresses whose data is not complete
};

extern template class Axi4Checker<32>;
extern template class Axi4Checker<64>;
extern template class Axi4Checker<128>;

}  // namespace leyden::cosim
