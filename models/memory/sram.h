#pragma once

#include <string>
#include <utility>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>

#include "models/base/context.h"
#include "models/memory/protected_words.h"
#include "models/memory/storage.h"

namespace leyden::memory {

/// On-chip SRAM with a core port and a bus port that do not disturb each other.
///
/// Direct memory access is granted on the core port only, to pages (4 KiB) that have been written
/// before; a page granted counts as wholly written. Pages next to it are granted with it as far as
/// all their bytes are written, so when and in what order a core asks changes nothing that is
/// reported. Other pages go through b_transport, which reports reads of bytes never written. A
/// write sets the payload's DMI hint, so a core asks again as soon as there is more to have.
/// Accesses by DMI are not seen here: who uses it counts `core_read_event`, `core_write_event`.
class Sram : public sc_core::sc_module {
 public:
  /// Scope `sram`.
  static std::vector<base::ParameterSpec> parameters();

  tlm_utils::simple_target_socket<Sram, 128> core_socket{"core_socket"};
  tlm_utils::simple_target_socket<Sram, 128> bus_socket{"bus_socket"};

  Sram(sc_core::sc_module_name name, base::Context& context);

  std::uint64_t size() const { return storage_.size(); }
  base::EventId core_read_event() const { return core_.read; }    ///< one access of up to 16 bytes
  base::EventId core_write_event() const { return core_.write; }  ///< one access of up to 16 bytes
  const ErrorCodeCost& error_code() const { return ecc_; }
  /// The words its error code looks after; nullptr without one.
  ProtectedWords* protected_words() const { return storage_.protected_words(); }
  /// Calls back after each write but those by DMI. Offsets.
  void set_write_observer(Storage::WriteObserver observer) {
    storage_.set_write_observer(std::move(observer));
  }
  /// Grants no direct access to the lines (64 bytes) of a range, so that the observer sees each of
  /// their writes; the rest of their pages is granted as ever. Before the simulation starts.
  void withhold(std::uint64_t offset, std::uint64_t bytes);
  /// A fault: flips one bit, for the core too, whatever it has decoded. Until somebody reads or
  /// writes the byte there is no direct access to its line, so flip_fate() knows of it.
  /// @return number of the flip
  std::size_t flip(std::uint64_t offset, unsigned bit);
  FlipFate flip_fate(std::size_t number) const { return storage_.flipped()->fate(number); }
  void archive(base::Archive& a) {
    a(storage_);
    a.fixed(written_pages_);
  }
  /// Takes all direct access back (a watchpoint was set, a trace was switched on).
  void invalidate_dmi();

 private:
  struct Port {
    unsigned latency_cycles;
    base::EventId read;
    base::EventId write;
  };
  Port make_port(const std::string& port);
  void transport(const Port& port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void core_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void bus_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);
  bool grant_dmi(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  bool grantable(std::uint64_t page) const;
  bool withheld(std::uint64_t offset) const;
  bool wholly_written(std::uint64_t page) const;

  base::Context& context_;
  Storage storage_;
  Port core_;
  Port bus_;
  ErrorCodeCost ecc_;
  std::vector<bool> written_pages_;  ///< pages some byte of which was written
  std::vector<std::uint64_t> withheld_lines_;
};

}  // namespace leyden::memory
