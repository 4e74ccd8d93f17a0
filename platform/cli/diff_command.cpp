#include <iostream>
#include <nlohmann/json.hpp>

#include "platform/cli/commands.h"
#include "platform/cli/terminal.h"
#include "platform/report/diff.h"

namespace leyden::cli {

base::ExitStatus diff_command(const Arguments& arguments) {
  const DiffArguments& asked = arguments.diff;
  const report::ReportFile a = report::read_report_file(asked.a);
  const report::ReportFile b = report::read_report_file(asked.b);
  const nlohmann::ordered_json diff =
      report::compare(a, b, {asked.bound_percent, asked.accuracy_points, asked.all});
  if (arguments.json) {
    std::cout << diff.dump(2) << "\n";
  } else if (!arguments.quiet) {
    std::cout << report::diff_table(diff, terminal_width());
  }
  return diff["above"].get<int>() == 0 ? base::ExitStatus::kGood : base::ExitStatus::kLimit;
}

}  // namespace leyden::cli
