#include <utility>

#include "models/cpu/core.h"

// How faults reach the hart: between two instructions only.
namespace leyden::cpu {

void Core::before_next_instruction(std::function<void()> change) {
  if (!sleeping_) {
    changes_.push_back(std::move(change));
    return;
  }
  change();
  wake_event_.notify(sc_core::SC_ZERO_TIME);  // an interrupt may be enabled now
}

void Core::apply_changes() {
  for (const std::function<void()>& change : std::exchange(changes_, {})) change();
}

}  // namespace leyden::cpu
