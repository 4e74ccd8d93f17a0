#pragma once

#include <cstdint>
#include <string>

#include <systemc>

#include "models/base/context.h"
#include "models/base/register_block.h"
#include "platform/cosim/axi4_to_tlm.h"
#include "platform/cosim/gated_clock.h"
#include "platform/cosim/pins.h"
#include "platform/cosim/rtl_dma.h"

namespace leyden::cosim {

/// One channel's pins, its way to the bus, and what it tells of its work.
class RtlDma::Channel : public sc_core::sc_module {
 public:
  /// @param number  as DmaChannel has it
  Channel(const sc_core::sc_module_name& name, base::Context& context, GatedClock& clock,
          unsigned number);

  bool busy() const;
  /// At a rising edge, with the pins as they were before it.
  void on_edge();
  void on_status();  ///< the pin may have changed
  /// An access that the RTL has just answered, for the shadow of the registers and for warnings.
  void follow_access(tlm::tlm_generic_payload& payload);
  unsigned debug_access(tlm::tlm_generic_payload& payload);

  Axi4Pins<128> axi;
  PinSignal<13> aruser;
  PinSignal<3> status{"obs_status"};
  PinSignal<3> error_code{"obs_error_code"};
  PinSignal<32> error_addr{"obs_error_addr"};
  PinSignal<32> moved{"obs_moved"};
  PinSignal<1> job{"obs_job"};
  PinSignal<1> burst{"obs_burst"};
  PinSignal<1> burst_done{"obs_burst_done"};
  PinSignal<32> source{"obs_source"};
  PinSignal<32> destination{"obs_destination"};
  PinSignal<13> bytes{"obs_bytes"};
  PinSignal<64> left{"obs_left"};
  sc_core::sc_out<bool> irq{"irq"};
  Axi4ToTlm<128> bus;

 private:
  void end_job();
  void copy_registers();

  base::Context& context_;
  GatedClock& clock_;
  const unsigned number_;
  const base::EventId byte_event_;
  base::RegisterBlock shadow_;
  bool was_busy_ = false;
  std::uint64_t recorded_to_ = 0;  ///< cycle up to which the activity log knows of this transfer
  // The job under way.
  std::uint64_t job_start_ = 0;
  std::uint32_t job_source_ = 0;
  std::uint32_t job_destination_ = 0;
  std::uint32_t job_moved_ = 0;  ///< MOVED when it began
  bool job_known_ = false;
};

}  // namespace leyden::cosim
