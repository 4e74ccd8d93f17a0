#include "platform/cli/check_dies.h"

#include <limits>

#include "models/base/error.h"

namespace leyden::cli {

using base::UsageError;

constexpr std::uint64_t kLastSeed = std::numeric_limits<std::uint32_t>::max();

void check_dies(const Arguments& arguments) {
  if (arguments.dies == 0) {
    if (!arguments.accuracy_limit_percent) return;
    throw UsageError("--accuracy-limit tells the yield over dies; give --dies too.");
  }
  if (arguments.fidelity != "analog") {
    throw UsageError("--dies needs --fidelity analog, not " + arguments.fidelity +
                     ": only there dies differ.");
  }
  if (arguments.dies - 1 > kLastSeed - arguments.die) {
    throw UsageError("--dies is " + std::to_string(arguments.dies) + " from --die " +
                     std::to_string(arguments.die) + " on, but the last seed there is " +
                     std::to_string(kLastSeed) + ".");
  }
  if (arguments.gdb_port || !arguments.snapshot.empty() || !arguments.restore.empty()) {
    throw UsageError("--dies runs many chips: it does not go with --gdb, --snapshot or --restore.");
  }
}

}  // namespace leyden::cli
