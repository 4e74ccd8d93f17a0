#include <algorithm>

#include "platform/cosim/axi4_to_tlm.h"

// The beats of a burst are taken on the data path when its address is shown.
namespace leyden::cosim {
namespace {

/// From an edge until outputs of registers are there, and what hangs on them. (AXI has no paths
/// without a register from a master's inputs to its outputs.)
constexpr unsigned kSettleDeltas = 2;

}  // namespace

/// After an edge, when pins have settled: what is valid and ready now is taken at the next one.
template <unsigned kBits>
void Axi4ToTlm<kBits>::claim_shown() {
  if (path_ == nullptr || gate().edges() == 0 || gate().in_reset()) return;
  if (claim_deltas_++ < kSettleDeltas + master_.order) {
    next_trigger(sc_core::SC_ZERO_TIME);
    return;
  }
  claim_deltas_ = 0;
  if (pins_.ar.valid.read() && pins_.ar.ready.read()) {
    const AxiBurst shape = shape_of(pins_.ar);
    if (shape.type == BurstType::kIncr && shape.beat_bytes() <= kBytes) {
      read_claim_ = path_->claim(shape.tlm_address(), wanted_of(shape), gate().last_rise());
    }
  }
  if (!pins_.w.valid.read() || !pins_.w.ready.read() || !beats_.empty()) return;
  const auto burst =
      std::find_if(writes_.begin(), writes_.end(), [](const Burst& b) { return !b.complete; });
  if (burst != writes_.end()) {
    if (burst->beat == 0) burst->claim = claim_write(burst->shape);
  } else if (pins_.aw.valid.read() && pins_.aw.ready.read()) {
    write_claim_ = claim_write(shape_of(pins_.aw));
  }
}

/// Only where a beat of the pins is one of the path: others are gathered before.
template <unsigned kBits>
std::optional<base::PathClaim> Axi4ToTlm<kBits>::claim_write(const AxiBurst& shape) {
  if (shape.type != BurstType::kIncr || shape.beat_bytes() != kBytes ||
      path_->width_bytes() != kBytes) {
    return std::nullopt;
  }
  return path_->claim(shape.tlm_address(), shape.tlm_length(), gate().last_rise());
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::attach(std::optional<base::PathClaim>& claim, Burst& burst) {
  if (claim && claim->address == burst.shape.tlm_address()) std::swap(claim, burst.claim);
}

template <unsigned kBits>
void Axi4ToTlm<kBits>::end_claim(std::optional<base::PathClaim>& claim) {
  if (claim) path_->end(claim->number);
  claim.reset();
}

/// Claims whose cycles have passed without their transaction: others would wait for it for ever.
template <unsigned kBits>
void Axi4ToTlm<kBits>::give_up_late(std::deque<Burst>& queue) {
  for (Burst& burst : queue) {
    if (!burst.claim || burst.asked) continue;
    const sc_core::sc_time end = burst.claim->start + gate().clock().cycles(burst.claim->beats);
    if (sc_core::sc_time_stamp() > end) end_claim(burst.claim);
  }
}

#define LEYDEN_CLAIMS(bits)                                                                    \
  template void Axi4ToTlm<bits>::claim_shown();                                                \
  template std::optional<base::PathClaim> Axi4ToTlm<bits>::claim_write(const AxiBurst& shape); \
  template void Axi4ToTlm<bits>::attach(std::optional<base::PathClaim>& claim, Burst& burst);  \
  template void Axi4ToTlm<bits>::end_claim(std::optional<base::PathClaim>& claim);             \
  template void Axi4ToTlm<bits>::give_up_late(std::deque<Burst>& queue)

LEYDEN_CLAIMS(32);
LEYDEN_CLAIMS(64);
LEYDEN_CLAIMS(128);

#undef LEYDEN_CLAIMS

}  // namespace leyden::cosim
