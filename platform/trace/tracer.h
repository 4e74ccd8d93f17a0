#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/chip/chip.h"
#include "platform/trace/options.h"

namespace leyden::trace {

class ActivityFanOut;
class ActivityTimeline;
class DebugInfo;
class FunctionalCoverage;
class StackUse;
class Tool;
class Waveform;

/// All that watches one run of a program on a chip: made before the run, finished after it.
class Tracer {
 public:
  /// Attaches what the options ask for; without any the chip runs as fast as ever.
  /// @param program path of the ELF file the chip has loaded, for its debug information
  /// @throws base::UsageError when a file cannot be written or the program has not what it takes
  Tracer(const Options& options, chip::Chip& chip, const std::string& program);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// Writes the files. @return text for the terminal, "" when there is none
  /// @throws base::UsageError when a file did not take all
  std::string finish();
  /// Where a trap came that nobody handles, or that firmware failed in handling, with the calls
  /// that led there; "" when there was none.
  std::string trap(const chip::RunEnd& end);

 private:
  class FanOut;
  void watch_units(const Options& options);

  chip::Chip& chip_;
  std::string program_;
  std::unique_ptr<DebugInfo> debug_;
  std::unique_ptr<StackUse> stack_;
  std::vector<std::unique_ptr<Tool>> tools_;
  std::unique_ptr<FanOut> fan_out_;
  std::unique_ptr<ActivityTimeline> units_;
  std::unique_ptr<Waveform> wave_;
  std::string functional_path_;
  std::unique_ptr<FunctionalCoverage> functional_;
  std::vector<std::unique_ptr<ActivityFanOut>> activity_;
};

}  // namespace leyden::trace
