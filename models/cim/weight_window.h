#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <systemc>
#include <tlm>

#include "models/base/context.h"
#include "models/cim/counts.h"
#include "models/cim/job.h"
#include "models/cim/macro.h"

namespace leyden::cim {

/// The weight window of a unit (configs/registers/cim.yaml) over TLM, whatever the unit is made of:
/// cells from 0, ABN table from kAbnTableWindow, trim table from kTrimTableWindow,
/// repair table from kRepairTableWindow, range table from kRangeTableWindow. Rows touched
/// cost `weight_row_cycles` each, and of writes energy.
class WeightWindow {
 public:
  /// @param name  the unit's, for messages
  /// @param base  bus address of the window, for messages
  WeightWindow(base::Context& context, Macro& macro, MacroEvents& events, std::string name,
               std::uint64_t base)
      : context_(context), macro_(macro), events_(events), name_(std::move(name)), base_(base) {}

  /// @param running  the job under way, whose weights are not to be written, or nullptr
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, const Job* running);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);
  std::uint64_t base() const { return base_; }

 private:
  /// Moves one payload's bytes; time and energy are the caller's. @return false: outside the window
  bool access(tlm::tlm_generic_payload& payload, std::uint64_t& rows);
  void warn_if_in_use(const Job& job, std::uint64_t offset, unsigned length);

  base::Context& context_;
  Macro& macro_;
  MacroEvents& events_;
  std::string name_;
  std::uint64_t base_;
};

}  // namespace leyden::cim
