#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "platform/cli/commands.h"
#include "platform/cli/terminal.h"
#include "platform/coverage/coverage_table.h"

namespace leyden::cli {
namespace {

coverage::Coverage read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) {
    throw base::UsageError("The functional coverage " + path + " cannot be read.");
  }
  return coverage::Coverage::parse({std::istreambuf_iterator<char>(file), {}}, path);
}

}  // namespace

base::ExitStatus coverage_command(const Arguments& arguments) {
  const CoverageArguments& asked = arguments.coverage;
  coverage::Coverage all;
  for (const std::string& path : asked.files) all.merge(read(path));
  if (!asked.output.empty()) {
    const bool page = std::filesystem::path(asked.output).extension() == ".md";
    write_file(asked.output, page ? coverage::coverage_page(all) : all.json());
  }
  if (arguments.json) {
    std::cout << all.json();
  } else if (!arguments.quiet) {
    std::cout << coverage::coverage_table(all, terminal_width(), asked.holes);
  }
  const bool enough = !asked.at_least_percent || all.percent() >= *asked.at_least_percent;
  return enough ? base::ExitStatus::kGood : base::ExitStatus::kLimit;
}

}  // namespace leyden::cli
