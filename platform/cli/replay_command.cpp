#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "platform/cli/commands.h"
#include "platform/vectors/replay.h"

namespace leyden::cli {
namespace {

using Json = nlohmann::ordered_json;

double percent(std::uint64_t recorded, std::uint64_t found) {
  if (recorded == 0) return 0;
  return 100.0 * (static_cast<double>(found) - static_cast<double>(recorded)) /
         static_cast<double>(recorded);
}

Json difference_json(const cosim::Difference& difference) {
  Json json = {{"time_ps", difference.time_ps}, {"cycle", difference.cycle}};
  if (difference.layer) json["layer"] = *difference.layer;
  json["layer_name"] = difference.layer_name;
  if (difference.job) json["job"] = *difference.job;
  json["unit"] = difference.unit;
  json["where"] = difference.where;
  json["expected"] = difference.expected;
  json["found"] = difference.found;
  return json;
}

Json to_json(const vectors::ReplayOutcome& outcome, const std::string& on) {
  Json jobs = Json::array();
  for (const vectors::ReplayedJob& job : outcome.jobs) {
    Json entry = {{"unit", job.unit}, {"job", job.job}};
    if (job.layer) entry["layer"] = *job.layer;
    entry["layer_name"] = job.layer_name;
    entry["recorded_cycles"] = job.recorded_cycles;
    entry["found_cycles"] = job.found_cycles;
    jobs.push_back(entry);
  }
  return {{"on", on},
          {"equal", !outcome.difference},
          {"difference", outcome.difference ? difference_json(*outcome.difference) : Json()},
          {"accesses", outcome.accesses},
          {"responses", outcome.responses},
          {"jobs", jobs}};
}

void print(const vectors::ReplayOutcome& outcome, const std::string& on) {
  std::printf("%-7s %6s  %-20s %12s %12s %9s\n", "unit", "job", "layer", "recorded", on.c_str(),
              "cycles");
  std::uint64_t recorded = 0;
  std::uint64_t found = 0;
  for (const vectors::ReplayedJob& job : outcome.jobs) {
    std::printf("%-7s %6llu  %-20s %12llu %12llu %+8.2f%%\n", job.unit.c_str(),
                static_cast<unsigned long long>(job.job), job.layer_name.c_str(),
                static_cast<unsigned long long>(job.recorded_cycles),
                static_cast<unsigned long long>(job.found_cycles),
                percent(job.recorded_cycles, job.found_cycles));
    recorded += job.recorded_cycles;
    found += job.found_cycles;
  }
  std::printf("%-7s %6s  %-20s %12llu %12llu %+8.2f%%\n", "all", "", "",
              static_cast<unsigned long long>(recorded), static_cast<unsigned long long>(found),
              percent(recorded, found));
  std::printf("equal       %llu accesses given, %llu responses as recorded\n",
              static_cast<unsigned long long>(outcome.accesses),
              static_cast<unsigned long long>(outcome.responses));
}

}  // namespace

base::ExitStatus replay_command(const Arguments& arguments) {
  vectors::ReplayOptions options;
  options.folder = arguments.replay.folder;
  options.on = arguments.replay.on;
  options.fast = arguments.replay.fast;
  options.ignore_checksums = arguments.replay.ignore_checksums;
  options.timeout_cycles = arguments.replay.timeout_cycles;
  options.quiet = arguments.quiet;
  const vectors::ReplayOutcome outcome = vectors::replay(options);
  if (arguments.json) std::cout << to_json(outcome, options.on).dump(2) << "\n";
  if (outcome.difference) throw base::ModelError(outcome.difference->sentence());
  if (!arguments.json && !arguments.quiet) print(outcome, options.on);
  return base::ExitStatus::kGood;
}

}  // namespace leyden::cli
