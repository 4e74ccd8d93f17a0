#include "platform/cli/diff_arguments.h"

#include <charconv>

#include "models/base/error.h"

namespace leyden::cli {
namespace {

/// None where the text is no number from 0 to 1e6.
std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !(value >= 0 && value <= 1e6)) return std::nullopt;
  return value;
}

/// A bound that was written as "2%", "2 %" or "2".
std::optional<double> percent_of(std::string text) {
  if (!text.empty() && text.back() == '%') text.pop_back();
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return number_of(text);
}

}  // namespace

void add_diff(CLI::App* command, DiffArguments& arguments) {
  const CLI::Validator points(
      [](const std::string& text) {
        const std::optional<double> value = text.empty() ? std::nullopt : number_of(text);
        return value && *value <= 100 ? std::string()
                                      : "'" + text + "' is not a number from 0 to 100";
      },
      "");
  command->add_option("a", arguments.a, "A report: folder of run --report, or a report.json");
  command->add_option("b", arguments.b, "The report that is compared with it");
  command->add_option("--fail-above", arguments.fail_above,
                      "Exit with 3 when cycles, energy or latency differ by more: 2% or 2");
  command
      ->add_option("--fail-above-accuracy", arguments.accuracy_points,
                   "Exit with 3 when the accuracy differs by more percentage points")
      ->check(points);
  command->add_flag("--all", arguments.all, "Tell equal figures too");
}

void check_diff(DiffArguments& arguments) {
  if (arguments.a.empty() || arguments.b.empty()) {
    throw base::UsageError(
        "leyden diff needs two reports, folders that leyden run --report wrote; see leyden diff "
        "--help.");
  }
  if (arguments.fail_above.empty()) return;
  arguments.bound_percent = percent_of(arguments.fail_above);
  if (!arguments.bound_percent) {
    throw base::UsageError("--fail-above is " + arguments.fail_above +
                           ", but a percentage from 0 to 1000000 as 2% or 2 is right.");
  }
}

}  // namespace leyden::cli
