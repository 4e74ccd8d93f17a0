#include "platform/chip/chip_parts.h"

#include <algorithm>

// How the kernel is run, with and without a debugger.
namespace leyden::chip {
namespace {

/// Simulated time after which a debugger's wishes are asked for while the core sleeps. Where the
/// kernel's run is cut is not seen in results.
const double kSliceUs = 100;

}  // namespace

void Chip::Parts::simulate(const sc_core::sc_time& limit) {
  try {
    if (debugger != nullptr) {
      simulate_with_debugger(limit);
    } else {
      sc_core::sc_start(limit, sc_core::SC_EXIT_ON_STARVATION);
    }
  } catch (const sc_core::sc_report& report) {
    throw base::ModelError(report.get_msg());
  }
}

void Chip::Parts::simulate_with_debugger(const sc_core::sc_time& limit) {
  const sc_core::sc_time end_time = sc_core::sc_time_stamp() + limit;
  sc_core::sc_time slice(kSliceUs, sc_core::SC_US);
  while (!ended) {
    const sc_core::sc_time left = end_time - sc_core::sc_time_stamp();
    sc_core::sc_start(std::min(slice, left), sc_core::SC_EXIT_ON_STARVATION);
    if (ended || slice >= left) return;
    core.attend_asleep();
    while (!sc_core::sc_pending_activity()) {
      if (ended || !core.sleeping() || !debugger->await_request()) return;
      core.attend_asleep();
    }
    // Without anything within the slice, time would not pass.
    slice = std::max(sc_core::sc_time(kSliceUs, sc_core::SC_US),
                     sc_core::sc_time_to_pending_activity());
  }
}

void Chip::Parts::end_after_look(const RunEnd& reason_of_end) {
  if (!ended && debugger != nullptr && reason_of_end.status != base::ExitStatus::kGood) {
    debugger->ending(reason_of_end);
  }
  end(reason_of_end);
}

}  // namespace leyden::chip
