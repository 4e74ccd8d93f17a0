#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include "models/memory/lmem_port.h"

namespace leyden::cosim {

/// LMEM as the model of a CIM unit beside another one sees it: the input of a job as the chip's
/// LMEM holds it when the model claims it, and memory of its own for the output. Nothing is claimed
/// and no bank is loaded.
class ModelLmem : public memory::LmemPortIf {
 public:
  /// @param chip  the chip's LMEM
  explicit ModelLmem(std::function<memory::LmemPortIf&()> chip) : chip_(std::move(chip)) {}

  std::uint8_t* data(const memory::Region& region) override;
  memory::ClaimId claim(const std::string& owner, memory::ClaimMode mode,
                        const memory::Region& region) override;
  void release(memory::ClaimId) override {}
  std::uint64_t occupy(const memory::Region&, std::uint64_t, std::uint64_t,
                       std::uint64_t) override {
    return 0;
  }
  void mark_written(const memory::Region&) override {}

  /// Output of the job that runs, count 0 without one.
  const memory::Region& output() const { return output_; }
  /// The job has ended.
  void end() { output_ = {0, 0, 0, 0}; }
  /// What the job puts at an address; none when that is not of its output.
  std::optional<std::uint8_t> expected(std::uint64_t address) const;

 private:
  std::function<memory::LmemPortIf&()> chip_;
  std::vector<std::uint8_t> bytes_;  ///< from LMEM's first address on, as far as it was needed
  memory::Region output_{0, 0, 0, 0};
};

}  // namespace leyden::cosim
