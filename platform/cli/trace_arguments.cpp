#include "platform/cli/trace_arguments.h"

#include "models/base/error.h"
#include "platform/trace/trace_window.h"
#include "platform/trace/wave_signals.h"

namespace leyden::cli {

void add_unit_traces(CLI::App* command, Arguments& arguments) {
  command->add_option("--trace", arguments.trace.units,
                      "Write what each unit does over time to a file for Perfetto");
  command->add_option("--trace-window", arguments.trace.window,
                      "Images (7 or 3:5) or cycles (1000c:5000c) that --trace and --wave show");
  command->add_option("--wave", arguments.trace.wave,
                      "Write signals over time to a .vcd or .fst file for GTKWave");
  command->add_option("--wave-signals", arguments.trace.signals,
                      "Which: names or patterns with commas between them (leyden list signals), or "
                      "all");
  command->add_option("--wave-layout", arguments.trace.layout,
                      "Write a GTKWave save file for --wave: signals in groups, with formats");
  command->add_option("--functional-coverage", arguments.trace.functional,
                      "Write which register fields, job parameters and overlaps were seen "
                      "(leyden coverage)");
}

void check_unit_traces(const Arguments& arguments) {
  const trace::Options& trace = arguments.trace;
  const trace::TraceWindow window = trace::TraceWindow::parse(trace.window);
  if (!trace.window.empty() && trace.units.empty() && trace.wave.empty()) {
    throw base::UsageError("--trace-window is of a trace; give --trace FILE or --wave FILE too.");
  }
  if (!trace.signals.empty() && trace.wave.empty()) {
    throw base::UsageError("--wave-signals are of a waveform; give --wave FILE too.");
  }
  if (!trace.layout.empty() && trace.wave.empty()) {
    throw base::UsageError("--wave-layout is of a waveform; give --wave FILE too.");
  }
  if (!trace.wave.empty()) trace::check_wave_path(trace.wave);
  if (arguments.command == Command::kExec && window.kind == trace::TraceWindow::Kind::kImages) {
    throw base::UsageError("--trace-window " + trace.window +
                           " means images, which exec has none of; give cycles, as 1000c:5000c.");
  }
}

}  // namespace leyden::cli
