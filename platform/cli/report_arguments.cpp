#include "platform/cli/report_arguments.h"

#include "models/base/error.h"

namespace leyden::cli {

CLI::App* add_report(CLI::App& app, Arguments& arguments) {
  CLI::App* report =
      app.add_subcommand("report", "Make one HTML page of runs (several: compared) or of a sweep");
  report
      ->add_option("inputs", arguments.report_inputs,
                   "Folders that run --report wrote, or the results of one sweep")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  report->add_option("-o,--output", arguments.output, "The page to write");
  report->add_flag("-q,--quiet", arguments.quiet, "Print nothing but errors");
  return report;
}

void check_report_arguments(const Arguments& arguments) {
  if (arguments.report_inputs.empty()) {
    throw base::UsageError(
        "leyden report needs a folder that leyden run --report wrote, or the results of a sweep; "
        "see leyden report --help.");
  }
  if (arguments.output.empty()) {
    throw base::UsageError("leyden report needs -o FILE; see leyden report --help.");
  }
}

}  // namespace leyden::cli
