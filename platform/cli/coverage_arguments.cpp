#include "platform/cli/coverage_arguments.h"

#include <filesystem>

#include "models/base/error.h"

namespace leyden::cli {

void add_coverage(CLI::App* command, CoverageArguments& arguments) {
  command
      ->add_option("files", arguments.files,
                   "Functional coverage of runs (run or exec --functional-coverage)")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("-o,--output", arguments.output,
                      "Write them merged to a .json file, or as a page to a .md file");
  command->add_flag("--holes", arguments.holes, "Tell what was never seen");
  command
      ->add_option("--at-least", arguments.at_least_percent,
                   "Exit with 3 when fewer bins were seen, in percent")
      ->check(CLI::Range(0.0, 100.0));
}

void check_coverage(const CoverageArguments& arguments) {
  if (arguments.files.empty()) {
    throw base::UsageError(
        "leyden coverage needs files that --functional-coverage wrote; see leyden coverage "
        "--help.");
  }
  const std::string ending = std::filesystem::path(arguments.output).extension().string();
  if (!arguments.output.empty() && ending != ".json" && ending != ".md") {
    throw base::UsageError("The output " + arguments.output +
                           " ends in neither .json (merged) nor .md (a page).");
  }
}

}  // namespace leyden::cli
