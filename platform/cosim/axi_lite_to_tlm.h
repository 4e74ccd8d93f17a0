#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>

#include "models/base/tlm_helpers.h"
#include "platform/cosim/axi_burst.h"
#include "platform/cosim/axi_lite_checker.h"
#include "platform/cosim/pin_adapter.h"
#include "platform/cosim/pins.h"

namespace leyden::cosim {

/// The slave of an RTL master's AXI4-Lite pins: each access is one TLM transaction of the bytes its
/// strobes enable (a read: of all lanes). One access of each direction at a time. Errors and time
/// as in Axi4ToTlm.
template <unsigned kBits = 32>
class AxiLiteToTlm : public PinAdapter {
 public:
  tlm_utils::simple_initiator_socket<AxiLiteToTlm, base::kBusBits> socket{"socket"};

  AxiLiteToTlm(const sc_core::sc_module_name& name, AxiLitePins<kBits>& pins, GatedClock& clock,
               const AdapterOptions& options = {});

 private:
  static constexpr unsigned kBytes = kBits / 8;

  /// The access of one direction.
  struct Access {
    explicit Access(const char* initiator) : payload(initiator) {}
    void clear();

    base::Payload payload;
    sc_core::sc_event ask_event;
    bool has_address = false;
    bool has_data = false;  ///< of a write
    bool answered = false;
    bool valid = false;  ///< response as driven
    std::uint32_t address = 0;
    std::vector<std::uint8_t> data;
    std::vector<std::uint8_t> enables;
    std::uint64_t due = 0;
    std::uint64_t since = 0;  ///< edge of the last progress
    AxiResponse response = AxiResponse::kOkay;
  };

  void on_edge() override;
  void on_kick() override;
  void on_reset() override;
  void take_write();
  void take_read();
  void check_waits() const;
  bool may_answer(const Access& access, AxiChannel channel) const;
  void write_thread();
  void read_thread();
  void ask_write();
  void ask_read();

  AxiLitePins<kBits>& pins_;
  std::unique_ptr<AxiLiteChecker<kBits>> checker_;
  Access write_;
  Access read_;
  std::uint64_t resets_ = 0;
};

extern template class AxiLiteToTlm<32>;
extern template class AxiLiteToTlm<64>;

}  // namespace leyden::cosim
