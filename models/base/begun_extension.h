#pragma once

#include <cstdint>
#include <optional>

#include <tlm>

#include "models/base/data_path.h"

namespace leyden::base {

/// Tells that the data of a transaction has begun to pass some cycles before the call: an RTL
/// master's write is known when its last beat was taken. Who models a data path takes it from then
/// on, as far as it was free, and tells how many of the cycles it counted so. Ignorable. It belongs
/// to the initiator, which keeps it as long as its payload.
/// A claim that was made on the data path before stands for all of this.
class BegunExtension : public tlm::tlm_extension<BegunExtension> {
 public:
  tlm::tlm_extension_base* clone() const override {
    auto* copy = new BegunExtension;
    copy->copy_from(*this);
    copy->cloned_ = true;
    return copy;
  }
  void copy_from(const tlm::tlm_extension_base& other) override {
    const auto& begun = static_cast<const BegunExtension&>(other);
    cycles = begun.cycles;
    counted = begun.counted;
    claim = begun.claim;
  }
  void free() override {
    if (cloned_) delete this;
  }

  std::uint64_t cycles = 0;   ///< before the call
  std::uint64_t counted = 0;  ///< of them, by the data path; of a claim, since it was asked for
  std::optional<PathClaim> claim;

 private:
  bool cloned_ = false;
};

/// Cycles that a data path of `beats` may count as passed already, and tells so.
inline std::uint64_t count_begun(const tlm::tlm_generic_payload& payload, std::uint64_t beats) {
  auto* begun = payload.get_extension<BegunExtension>();
  if (begun == nullptr) return 0;
  begun->counted = begun->cycles < beats ? begun->cycles : beats;
  return begun->counted;
}

/// The claim that a transaction stands on.
inline std::optional<PathClaim> claim_of(const tlm::tlm_generic_payload& payload) {
  const auto* begun = payload.get_extension<BegunExtension>();
  return begun == nullptr ? std::nullopt : begun->claim;
}

}  // namespace leyden::base
