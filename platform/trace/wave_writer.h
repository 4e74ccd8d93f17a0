#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "platform/trace/wave_signals.h"

namespace leyden::trace {

/// A waveform file. Times are picoseconds and do not go back.
class WaveWriter {
 public:
  virtual ~WaveWriter() = default;
  /// The values of all signals at the first time of the file.
  virtual void start(std::uint64_t picoseconds, const std::vector<std::int64_t>& values) {
    time(picoseconds);
    for (std::size_t i = 0; i < values.size(); ++i) {
      change(i, static_cast<std::uint64_t>(values[i]));
    }
  }
  /// Changes from here on are at that time, which is later than the one before.
  virtual void time(std::uint64_t picoseconds) = 0;
  /// @param signal index into the signals of the file
  virtual void change(std::size_t signal, std::uint64_t value) = 0;
  /// The same for a signal of up to 128 bits, low word first.
  virtual void change_wide(std::size_t signal, const std::array<std::uint64_t, 2>& value) = 0;
  /// A note for whoever reads the file.
  virtual void note(const std::string& text) = 0;
  /// Ends the file at the time of the last time(). @throws base::UsageError when it did not take
  /// all
  virtual void finish() = 0;
};

/// By the ending of the path: .vcd or .fst. Signals of one scope are beside each other.
/// @throws base::UsageError when it is neither, or cannot be written
std::unique_ptr<WaveWriter> make_wave_writer(const std::string& path,
                                             const std::vector<WaveSignal>& signals);
}  // namespace leyden::trace
