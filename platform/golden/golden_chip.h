#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "models/base/fidelity.h"
#include "models/cim/macro.h"
#include "models/vector/vector_timing.h"
#include "platform/chip/chip_file.h"

namespace leyden::golden {

/// The arithmetic of a chip: its macros, LMEM and what the vector unit takes from the chip file.
/// Not thread-safe; callers hold mutex().
class GoldenChip {
 public:
  /// @throws base::UsageError: a macro that cannot exist
  GoldenChip(const chip::ChipDescription& chip, base::Fidelity fidelity, std::uint32_t die);

  std::mutex& mutex() { return mutex_; }
  const base::ParameterSet& parameters() const { return parameters_; }
  base::Fidelity fidelity() const { return fidelity_; }
  const cim::JobDraws& draws() const { return draws_; }
  void set_draws(const cim::JobDraws& draws) { draws_ = draws; }
  double clock_hz() const { return clock_hz_; }

  /// @throws Failure LEYDEN_BAD_VALUE: the chip has fewer
  cim::Macro& macro(std::uint32_t number);
  /// What all macros of the chip are.
  const cim::MacroParameters& macro_parameters() const { return macros_.front()->parameters(); }

  /// Host memory of [address, end) of the bus, or nullptr when it is not wholly in LMEM.
  std::uint8_t* lmem(std::uint64_t address, std::uint64_t end);
  /// The same. @throws Failure LEYDEN_OUTSIDE
  std::uint8_t* lmem_bytes(std::uint64_t address, std::uint64_t count);

  const vector::TimingParameters& vector_timing() const { return vector_timing_; }

 private:
  std::mutex mutex_;
  base::ParameterSet parameters_;
  base::Fidelity fidelity_;
  cim::JobDraws draws_;
  double clock_hz_;
  vector::TimingParameters vector_timing_;
  std::vector<std::unique_ptr<cim::Macro>> macros_;
  std::vector<std::uint8_t> lmem_;
};

}  // namespace leyden::golden
