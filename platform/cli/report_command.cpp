#include <filesystem>
#include <fstream>
#include <iostream>

#include "platform/cli/commands.h"
#include "platform/cli/terminal.h"
#include "platform/report/page.h"
#include "platform/sweep/sweep_json.h"

namespace leyden::cli {
namespace {

namespace fs = std::filesystem;

bool begins_with(const std::string& path, const std::string& magic) {
  std::ifstream file(path, std::ios::binary);
  std::string text(magic.size(), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  return file && text == magic;
}

/// The page of a sweep's results. @param path a file
std::string page_of_sweep(const std::string& path) {
  if (begins_with(path, "SQLite format 3")) {
    return report::sweep_page(sweep::sweep_json(sweep::Store::read(path)));
  }
  return report::sweep_page(report::load_sweep_file(path));
}

std::string make_page(const std::vector<std::string>& inputs) {
  std::vector<report::RunFolder> runs;
  for (const std::string& input : inputs) {
    std::error_code error;
    if (!fs::is_regular_file(input, error)) {
      runs.push_back(report::load_run_folder(input));
      continue;
    }
    if (inputs.size() != 1) {
      throw base::UsageError(input +
                             " is a file, the results of a sweep; a page is of one sweep, "
                             "or of folders that leyden run --report wrote.");
    }
    return page_of_sweep(input);
  }
  return report::run_page(runs);
}

}  // namespace

base::ExitStatus report_command(const Arguments& arguments) {
  const std::string page = make_page(arguments.report_inputs);
  write_file(arguments.output, page);
  if (!arguments.quiet) {
    std::cout << "page        " << arguments.output << ", " << page.size() / 1000 << " kB\n";
  }
  return base::ExitStatus::kGood;
}

}  // namespace leyden::cli
