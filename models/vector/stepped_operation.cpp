#include "models/vector/stepped_operation.h"

#include <algorithm>
#include <utility>

namespace leyden::vector {

SteppedOperation::SteppedOperation(const sc_core::sc_module_name& name, base::Context& context,
                                   const TimingParameters& parameters,
                                   std::function<void(std::uint64_t)> done)
    : sc_module(name), context_(context), parameters_(parameters), done_(std::move(done)) {
  SC_HAS_PROCESS(SteppedOperation);
  SC_METHOD(advance);
  sensitive << wake_;
  dont_initialize();
}

void SteppedOperation::start(const std::vector<BeatStream>& streams, const VectorTiming& timing,
                             const sc_core::sc_time& begin, memory::BeatPortIf& port,
                             std::function<void(std::uint64_t)> began) {
  streams_.clear();
  beats_ = 0;
  for (const BeatStream& stream : streams) {
    beats_ += stream.beats;
    if (stream.beats != 0) streams_.push_back({stream, 0, 0, 0});
  }
  timing_ = timing;
  port_ = &port;
  began_ = std::move(began);
  running_ = true;
  begun_ = asked_ = served_ = false;
  next_ = 0;
  wake(begin);
}

void SteppedOperation::wake(const sc_core::sc_time& edge) {
  wake_.notify(edge - sc_core::sc_time_stamp());
}

void SteppedOperation::beat_served() {
  served_ = true;
  wake(context_.clock.next_edge(sc_core::sc_time_stamp()));
}

std::uint64_t SteppedOperation::take_address(Progress& progress) const {
  const memory::Region& region = progress.stream.region;
  const std::uint64_t run = region.address + std::uint64_t{progress.run} * region.stride;
  // Lanes are fixed by address: the first beat of a run begins where the run does.
  const std::uint64_t at =
      (run / parameters_.port_bytes + progress.in_run) * parameters_.port_bytes;
  ++progress.next;
  if (++progress.in_run == beats(run, region.length, parameters_.port_bytes)) {
    progress.in_run = 0;
    ++progress.run;
  }
  return std::max(run, at);
}

/// The next beat of the stream that is behind its share most, the write last of those alike.
void SteppedOperation::ask() {
  const auto behind = [](const Progress& a, const Progress& b) {
    return (a.next + 1) * b.stream.beats < (b.next + 1) * a.stream.beats;
  };
  Progress& progress = *std::min_element(streams_.begin(), streams_.end(), behind);
  const bool write = progress.stream.write;
  asked_ = true;
  port_->request_beat(*this, take_address(progress), write, memory::kVectorRank);
}

void SteppedOperation::advance() {
  if (!running_) return;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (context_.clock.next_edge(now) > now) return wake(context_.clock.next_edge(now));
  const std::uint64_t cycle = context_.clock.cycles_at(now);
  if (!begun_) {
    begun_ = true;
    first_cycle_ = last_served_ = cycle;
    began_(cycle);
  }
  if (served_) {
    asked_ = served_ = false;
    ++next_;
    last_served_ = cycle;
  }
  if (asked_) return;
  if (next_ < beats_) {
    // Not before the lanes have come to it.
    const std::uint64_t due =
        first_cycle_ +
        (timing_.compute_cycles > beats_ ? next_ * timing_.compute_cycles / beats_ : 0);
    if (cycle >= due) {
      ask();
    } else {
      wake(now + context_.clock.cycles(due - cycle));
    }
    return;
  }
  const std::uint64_t end =
      std::max(last_served_, first_cycle_ + timing_.compute_cycles) + parameters_.start_up_cycles;
  if (cycle < end) return wake(now + context_.clock.cycles(end - cycle));
  running_ = false;
  done_(cycle - first_cycle_);
}

}  // namespace leyden::vector
