#include <algorithm>
#include <chrono>

#include "platform/chip/chip_parts.h"

// How the kernel is run, with and without a debugger. Where its run is cut is not seen in results.
namespace leyden::chip {
namespace {

using HostClock = std::chrono::steady_clock;

/// How often the host looks, about.
constexpr std::chrono::milliseconds kLookEvery(10);
/// Simulated time after which a debugger's wishes are asked for while the core sleeps.
const double kSliceUs = 100;

}  // namespace

/// One call of the kernel.
void Chip::Parts::run_kernel(const sc_core::sc_time& duration) {
  try {
    sc_core::sc_start(duration, sc_core::SC_EXIT_ON_STARVATION);
    if (error) std::rethrow_exception(error);
  } catch (const sc_core::sc_report& report) {
    throw base::ModelError(report.get_msg());
  }
}

// The kernel stands at the last event before the limit: one of the core's, which depends on the
// quantum.
void Chip::Parts::pass_until(const sc_core::sc_time& end) {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (sc_core::sc_time_to_pending_activity() <= end - now) return;
  sc_core::sc_start(end - now, sc_core::SC_RUN_TO_TIME);
}

void Chip::Parts::simulate(const sc_core::sc_time& limit) {
  if (debugger != nullptr) {
    simulate_with_debugger(limit);
    return;
  }
  if (!options.look) {
    run_kernel(limit);
    return;
  }
  const sc_core::sc_time shortest(10, sc_core::SC_US);
  const sc_core::sc_time longest(1, sc_core::SC_SEC);
  const sc_core::sc_time end_time = sc_core::sc_time_stamp() + limit;
  sc_core::sc_time slice = shortest;
  for (;;) {
    const HostClock::time_point before = HostClock::now();
    const sc_core::sc_time left = end_time - sc_core::sc_time_stamp();
    // Without anything within the slice, time would not pass.
    const sc_core::sc_time next = sc_core::sc_pending_activity()
                                      ? std::max(slice, sc_core::sc_time_to_pending_activity())
                                      : slice;  // the first time
    run_kernel(std::min(next, left));
    if (ended || next >= left || !sc_core::sc_pending_activity()) return;
    options.look();
    const auto took = HostClock::now() - before;
    if (took < kLookEvery / 2) slice = std::min(slice * 2, longest);
    if (took > kLookEvery * 2) slice = std::max(slice / 2, shortest);
  }
}

void Chip::Parts::simulate_with_debugger(const sc_core::sc_time& limit) {
  const sc_core::sc_time end_time = sc_core::sc_time_stamp() + limit;
  sc_core::sc_time slice(kSliceUs, sc_core::SC_US);
  while (!ended) {
    const sc_core::sc_time left = end_time - sc_core::sc_time_stamp();
    run_kernel(std::min(slice, left));
    if (ended || slice >= left) return;
    core.attend_asleep();
    while (!sc_core::sc_pending_activity()) {
      if (ended || !core.sleeping() || !debugger->await_request()) return;
      core.attend_asleep();
    }
    if (options.look) options.look();
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
