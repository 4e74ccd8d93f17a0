#include "platform/cli/vectors_arguments.h"

#include <charconv>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::cli {
namespace {

using base::UsageError;

/// (The library would wrap a negative or a huge number.)
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  return CLI::Validator(
      [least, most](const std::string& text) {
        std::uint64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        if (error == std::errc() && stop == end && value >= least && value <= most) {
          return std::string();
        }
        return "'" + text + "' is not a whole number from " + std::to_string(least) + " to " +
               std::to_string(most);
      },
      "");
}

}  // namespace

void add_vectors(CLI::App* command, VectorsArguments& arguments) {
  command->add_option("--image", arguments.image, "The test image that the chip works on")
      ->check(whole_number(0, UINT32_MAX))
      ->capture_default_str();
  command->add_option("--layer", arguments.layer,
                      "Record all jobs of a layer and its tensors: a name or a number");
  command->add_option("--job", arguments.job, "Record one job; its number is in the list")
      ->check(whole_number(0, UINT32_MAX));
  command->add_option("--unit", arguments.unit,
                      "Record all at the edge of a unit: dma0, dma1, cim0, ..., vector");
  command->add_option("-o,--output", arguments.folder,
                      "The folder to write; without it the jobs of the run are listed");
}

void add_replay(CLI::App* command, ReplayArguments& arguments) {
  command->add_option("folder", arguments.folder, "A folder that leyden vectors wrote");
  command
      ->add_option("--on", arguments.on,
                   "What it is played to: tlm, the models; rtl, the Verilated blocks")
      ->capture_default_str();
  command->add_flag("--as-fast-as-possible", arguments.fast,
                    "Do not keep the recorded times, only the order");
  command->add_flag("--ignore-checksums", arguments.ignore_checksums,
                    "Take files as they are, for vectors that were changed by hand");
  command
      ->add_option("--timeout-cycles", arguments.timeout_cycles,
                   "Give up when the block does not do what was recorded for so long")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str();
}

void check_vectors(const VectorsArguments& arguments) {
  const int asked = (arguments.layer.empty() ? 0 : 1) + (arguments.job ? 1 : 0) +
                    (arguments.unit.empty() ? 0 : 1);
  if (asked > 1) {
    throw UsageError("One of --layer, --job and --unit can be recorded at a time.");
  }
  if (asked == 1 && arguments.folder.empty()) {
    throw UsageError("leyden vectors needs -o FOLDER to record to; see leyden vectors --help.");
  }
  if (asked == 0 && !arguments.folder.empty()) {
    throw UsageError(
        "leyden vectors needs --layer, --job or --unit to record; without -o it lists the jobs.");
  }
}

void check_replay(const ReplayArguments& arguments) {
  if (arguments.folder.empty()) {
    throw UsageError(
        "leyden replay needs a folder that leyden vectors wrote; see leyden replay --help.");
  }
  if (arguments.on == "tlm" || arguments.on == "rtl") return;
  throw UsageError("--on is " + arguments.on + ", but tlm or rtl is right.");
}

}  // namespace leyden::cli
