#include "models/base/payload_pool.h"

namespace leyden::base {

PayloadPool::~PayloadPool() {
  // Of a simulation that ended amid transactions some are still referred to.
  for (const auto& payload : all_) payload->reset();
}

tlm::tlm_generic_payload& PayloadPool::allocate() {
  if (free_.empty()) {
    all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
    free_.push_back(all_.back().get());
  }
  tlm::tlm_generic_payload& payload = *free_.back();
  free_.pop_back();
  return payload;
}

void PayloadPool::free(tlm::tlm_generic_payload* payload) {
  payload->reset();
  free_.push_back(payload);
}

}  // namespace leyden::base
