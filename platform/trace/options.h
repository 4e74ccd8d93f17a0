#pragma once

#include <string>

namespace leyden::trace {

/// What is to be told of a program's run; an empty path is not wanted (docs/profiling.md).
struct Options {
  std::string commits;     ///< --log-commits
  bool symbols = false;    ///< --log-symbols: names in the commit log
  std::string profile;     ///< --profile: callgrind file, or - for a table alone
  std::string coverage;    ///< --coverage: lcov file
  std::string timeline;    ///< --timeline: trace events of functions and layers
  std::string units;       ///< --trace: trace events of what each unit does
  std::string window;      ///< --trace-window: images or cycles that --trace and --wave show
  std::string wave;        ///< --wave: waveform of signals, VCD or FST
  std::string signals;     ///< --wave-signals: which; "": all that cost nothing more
  std::string layout;      ///< --wave-layout: GTKWave save file for the waveform
  std::string functional;  ///< --functional-coverage: what of the chip's behaviour was seen
  std::string about;       ///< what is run, one line, for files that are merged
  bool stack = false;      ///< --stack: how much of the stack was used

  /// Whether something was asked for that is told on the terminal alone, even with --quiet.
  bool is_for_terminal() const { return profile == "-" || stack; }
};

}  // namespace leyden::trace
