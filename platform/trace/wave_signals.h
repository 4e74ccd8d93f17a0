#pragma once

#include <string>
#include <vector>

namespace leyden::trace {

/// One signal of a waveform. Its full name is leyden.chip.<scope>.<name>.
struct WaveSignal {
  std::string scope;
  std::string name;
  unsigned bits = 1;
  std::string text;     ///< what it tells
  bool costly = false;  ///< seen only when the core has no direct access to its SRAM

  std::string path() const { return scope + "." + name; }
};

/// What a chip can show, by scope.
/// @param interrupts names of the PLIC's sources, "" where there is none
std::vector<WaveSignal> wave_signals(unsigned macros, unsigned dma_channels,
                                     const std::vector<std::string>& interrupts);

/// Which of them are meant. @param list  names or patterns (`*`, `?`) with commas between them,
/// with or without leyden.chip before them; "all"; "": all but costly ones
/// @throws base::UsageError when one is no signal
std::vector<bool> choose_signals(const std::vector<WaveSignal>& signals, const std::string& list);

/// Whether one of the chosen signals is a costly one.
bool any_costly(const std::vector<WaveSignal>& signals, const std::vector<bool>& chosen);

/// A waveform's path ends in .vcd or .fst. @throws base::UsageError when it does not
void check_wave_path(const std::string& path);

/// Whether a text matches a pattern in which * stands for any characters and ? for one.
bool matches(const std::string& pattern, const std::string& text);

}  // namespace leyden::trace
