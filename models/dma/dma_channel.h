#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>

#include "models/base/context.h"
#include "models/base/phased_master.h"
#include "models/base/register_block.h"
#include "models/base/tlm_helpers.h"

namespace leyden::dma {

/// ERROR_CODE register.
enum class ErrorCode : std::uint32_t {
  kNone = 0,
  kStartedWhileBusy = 1,
  kReadError = 2,
  kWriteError = 3,
  kDescriptor = 4,
  kEmptyTransfer = 5,
  kChainTooLong = 6,
};

/// What a transfer needs to know; the first seven words of a descriptor in memory.
struct Job {
  std::uint32_t source;
  std::uint32_t destination;
  std::uint32_t row_bytes;
  std::uint32_t rows;
  std::uint32_t source_stride;
  std::uint32_t destination_stride;
  std::uint32_t next;
};

/// One DMA channel: registers, one buffer of a burst, one bus port. It reads a burst, waits for it,
/// writes it, waits for that; the other channel's bursts fill the gaps. Addresses are modulo 2^32,
/// so a stride may be negative. Energy: one event a byte moved.
class DmaChannel : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<DmaChannel, base::kBusBits> bus{"bus"};
  sc_core::sc_out<bool> irq{"irq"};

  /// @param base bus address of the channel's registers, for messages
  /// @param number of the channel: of bursts at the same time, the lower one's comes first
  DmaChannel(sc_core::sc_module_name name, base::Context& context, std::uint64_t base,
             unsigned number = 0);

  /// A register access whose address is an offset into the channel's block.
  void transport(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);
  bool busy() const;
  void archive(base::Archive& a);  ///< while not busy()

 private:
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay) {
    return master_.backward(payload, phase, delay);
  }
  void on_control(std::uint32_t value);
  void thread();
  void drive_irq();

  bool run_chain();
  bool run_job(const Job& job);
  bool load(std::uint32_t address, Job& job);
  bool move(std::uint32_t source, std::uint32_t destination, std::uint32_t bytes,
            std::uint64_t left);
  /// Cut at the boundaries that no access may cross.
  bool access(bool write, std::uint32_t address, void* data, std::uint32_t bytes, ErrorCode code);
  void wait_cycles(std::uint64_t count);
  bool fail(ErrorCode code, std::uint32_t address);
  void record(std::uint32_t destination);
  void tell_busy(bool busy) const;
  bool move_rows(const Job& job);
  void set_status(base::Field field, bool value);

  base::Context& context_;
  base::RegisterBlock registers_;
  const unsigned number_;
  const std::uint32_t burst_bytes_;
  const std::uint64_t prepare_cycles_;
  const std::uint64_t access_cycles_;
  const std::uint32_t boundary_bytes_;  ///< 0: none
  const base::EventId byte_event_;      ///< one byte moved
  base::Payload payload_;
  const bool phased_;  ///< approximately timed
  base::PhasedMaster master_;
  std::vector<std::uint8_t> buffer_;  ///< one burst
  sc_core::sc_event start_event_;
  sc_core::sc_event irq_event_;
  sc_core::sc_time access_delay_;  ///< of the register access under way
  std::uint64_t recorded_to_ = 0;  ///< cycle up to which the activity log knows of this transfer
  bool linked_ = false;
  bool stop_ = false;
};

}  // namespace leyden::dma
