// What a waveform was told, into the order of time and into the file.
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <tuple>
#include <utility>

#include "models/base/error.h"
#include "platform/trace/waveform.h"

namespace leyden::trace {
namespace {

/// Changes kept before those that the kernel has passed are written.
constexpr std::size_t kKept = 1 << 16;

}  // namespace

void Waveform::set(Signal signal, std::uint64_t cycle, std::uint64_t value) {
  if (signal == kNone || state_ == State::kClosed) return;
  changes_.push_back(
      {std::max(cycle, flushed_), signal, false, static_cast<std::int64_t>(value), 0, 0});
}

void Waveform::add(Signal signal, std::uint64_t cycle, std::int64_t value) {
  if (signal == kNone || state_ == State::kClosed) return;
  changes_.push_back({std::max(cycle, flushed_), signal, true, value, 0, 0});
}

/// A value from `start` to `end`, then 0.
void Waveform::span(Signal signal, std::uint64_t start, std::uint64_t end, std::uint64_t value) {
  if (end <= start) return;
  set(signal, start, value);
  set(signal, end, 0);
}

void Waveform::pass(std::uint64_t cycle) {
  if (changes_.size() > kKept) flush(cycle);
}

void Waveform::flush(std::uint64_t before) {
  before = std::min(before, chip_.trace_cycle());  // pins may still change there
  if (before <= flushed_ || state_ == State::kClosed) return;
  const auto later = [before](const Change& change) { return change.cycle >= before; };
  std::vector<Change> kept;
  std::copy_if(changes_.begin(), changes_.end(), std::back_inserter(kept), later);
  changes_.erase(std::remove_if(changes_.begin(), changes_.end(), later), changes_.end());
  // Of two changes of a signal at one time the one told later counts.
  std::stable_sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    return std::tie(a.cycle, a.offset_ps) < std::tie(b.cycle, b.offset_ps);
  });
  for (std::size_t i = 0; i < changes_.size() && state_ != State::kClosed;) {
    const std::uint64_t cycle = changes_[i].cycle;
    if (state_ == State::kBefore && cycle > window_.from()) open(window_.from());
    if (state_ == State::kOpen && cycle >= window_.to()) close(window_.to());
    const std::uint64_t offset_ps = changes_[i].offset_ps;
    for (; i < changes_.size() && changes_[i].cycle == cycle && changes_[i].offset_ps == offset_ps;
         ++i) {
      const Change& change = changes_[i];
      std::int64_t& value = values_[static_cast<std::size_t>(change.signal)];
      value = change.adds ? value + change.value : change.value;
      highs_[static_cast<std::size_t>(change.signal)] = change.high;
      touched_.push_back(change.signal);
    }
    write_group(cycle, offset_ps);
  }
  changes_ = std::move(kept);
  flushed_ = before;
  if (state_ == State::kBefore && before > window_.from()) open(window_.from());
  if (state_ == State::kOpen && before >= window_.to()) close(window_.to());
  if (state_ == State::kClosed) changes_.clear();
}

void Waveform::write_group(std::uint64_t cycle, std::uint64_t offset_ps) {
  if (state_ == State::kOpen) {
    const std::uint64_t now_ps = clock_.picoseconds(cycle) + offset_ps;
    for (const Signal signal : touched_) {
      const auto i = static_cast<std::size_t>(signal);
      if (values_[i] == written_[i] && highs_[i] == written_highs_[i]) continue;
      if (written_changes_ == most_) {
        full_ = true;
        close(cycle);
        break;
      }
      if (now_ps != last_ps_) writer_->time(now_ps);
      last_ps_ = now_ps;
      write_value(i);
      ++written_changes_;
    }
  }
  touched_.clear();
}

void Waveform::write_value(std::size_t signal) {
  const auto low = static_cast<std::uint64_t>(values_[signal]);
  if (highs_[signal] == 0 && written_highs_[signal] == 0) {
    writer_->change(signal, low);
  } else {
    writer_->change_wide(signal, {low, highs_[signal]});
  }
  written_[signal] = values_[signal];
  written_highs_[signal] = highs_[signal];
}

void Waveform::open(std::uint64_t cycle) {
  state_ = State::kOpen;
  last_ps_ = clock_.picoseconds(cycle);
  writer_->start(last_ps_, values_);
  written_ = values_;
  written_highs_.assign(highs_.size(), 0);
  for (std::size_t i = 0; i < highs_.size(); ++i) {
    if (highs_[i] != 0) write_value(i);
  }
}

void Waveform::close(std::uint64_t cycle) {
  const std::uint64_t now_ps = clock_.picoseconds(cycle);
  if (now_ps > last_ps_) {
    writer_->time(now_ps);
    last_ps_ = now_ps;
  }
  state_ = State::kClosed;
}

std::string Waveform::finish(std::uint64_t cycle) {
  flush(cycle);
  if (state_ == State::kOpen) close(cycle);
  std::string told;
  if (full_) {
    char time[32];
    std::snprintf(time, sizeof time, "%.3f", static_cast<double>(last_ps_) * 1e-6);
    told = "The waveform ends at " + std::string(time) + " us of the chip: it has " +
           std::to_string(most_) + " changes; --trace-window chooses other images or cycles.";
    writer_->note(told);
    told += '\n';
  }
  writer_->finish();
  if (wanted_.kind == TraceWindow::Kind::kCycles && wanted_.first >= cycle) {
    throw base::UsageError("--trace-window begins at cycle " + std::to_string(wanted_.first) +
                           ", but the run ended at cycle " + std::to_string(cycle) + ".");
  }
  return told;
}

}  // namespace leyden::trace
