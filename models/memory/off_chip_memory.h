#pragma once

#include <utility>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/base/archive_time.h"
#include "models/base/context.h"
#include "models/memory/storage.h"

namespace leyden::memory {

/// Off-chip memory behind one channel: accesses are served in order of arrival, each holds the
/// channel for ceil(bytes / bytes_per_cycle) cycles and returns `latency_ns` (rounded up to cycles)
/// after its last byte. Host memory is taken as pages are touched.
class OffChipMemory : public sc_core::sc_module {
 public:
  /// Scope `off_chip`.
  static std::vector<base::ParameterSpec> parameters();

  tlm_utils::simple_target_socket<OffChipMemory, 128> socket{"socket"};

  OffChipMemory(sc_core::sc_module_name name, base::Context& context);

  std::uint64_t size() const { return storage_.size(); }
  /// Calls back after each write. Offsets.
  void set_write_observer(Storage::WriteObserver observer) {
    storage_.set_write_observer(std::move(observer));
  }
  /// Host access without a payload, for loaders and the host's side of the mailbox: as a debug
  /// access. @throws ModelError when the range leaves the memory
  void host_write(std::uint64_t offset, const void* data, std::uint64_t length);
  void host_read(std::uint64_t offset, void* data, std::uint64_t length);
  /// A fault: flips one bit. @return number of the flip
  std::size_t flip(std::uint64_t offset, unsigned bit) { return storage_.flip(offset, bit); }
  FlipFate flip_fate(std::size_t number) const { return storage_.flipped()->fate(number); }
  void archive(base::Archive& a) { a(storage_, busy_until_); }

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);
  std::uint8_t* host_range(std::uint64_t offset, std::uint64_t length);

  base::Context& context_;
  Storage storage_;
  const double latency_ns_;
  const std::uint64_t bytes_per_cycle_;
  const base::EventId read_event_;   ///< one byte read
  const base::EventId write_event_;  ///< one byte written
  sc_core::sc_time busy_until_;      ///< when the channel is free again
};

}  // namespace leyden::memory
