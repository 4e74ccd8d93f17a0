#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "platform/cli/commands.h"
#include "platform/run/run.h"
#include "platform/vectors/record.h"

namespace leyden::cli {
namespace {

using Json = nlohmann::ordered_json;

vectors::RecordOptions options_of(const Arguments& arguments) {
  vectors::RecordOptions options;
  options.chip = arguments.chip;
  options.set = arguments.set;
  options.network = arguments.network;
  options.data = arguments.data;
  options.firmware = run::inference_firmware(arguments.calibrate, false);
  options.image = arguments.vectors.image;
  options.calibration_images = arguments.calibration_images;
  options.quantise = arguments.quantise;
  options.input_codes = {arguments.input_scale, arguments.input_zero_point};
  options.mapping = {arguments.objective, arguments.mapping};
  options.fidelity = run::parse_fidelity(arguments.fidelity);
  options.die = arguments.die;
  options.quantum_ns = arguments.quantum_ns;
  options.interpreter = arguments.interpreter;
  options.quiet = arguments.quiet;
  options.layer = arguments.vectors.layer;
  options.job = arguments.vectors.job;
  options.unit = arguments.vectors.unit;
  options.folder = arguments.vectors.folder;
  return options;
}

Json jobs_json(const std::vector<vectors::JobVectors>& jobs) {
  Json list = Json::array();
  for (const vectors::JobVectors& job : jobs) {
    Json entry = {{"job", job.number}, {"unit", job.unit}, {"unit_job", job.unit_job}};
    if (job.layer) entry["layer"] = *job.layer;
    entry["layer_name"] = job.layer_name;
    if (job.is_cim()) entry["tile"] = job.tile;
    entry["start_cycle"] = job.start_cycle;
    entry["cycles"] = job.cycles;
    list.push_back(entry);
  }
  return list;
}

void print_jobs(const std::vector<vectors::JobVectors>& jobs) {
  std::printf("%6s  %-7s %8s  %5s  %5s  %12s  %9s  %s\n", "job", "unit", "unit job", "layer",
              "tile", "start cycle", "cycles", "name");
  for (const vectors::JobVectors& job : jobs) {
    std::printf("%6llu  %-7s %8llu  %5s  %5s  %12llu  %9llu  %s\n",
                static_cast<unsigned long long>(job.number), job.unit.c_str(),
                static_cast<unsigned long long>(job.unit_job),
                job.layer ? std::to_string(*job.layer).c_str() : "-",
                job.is_cim() ? std::to_string(job.tile).c_str() : "-",
                static_cast<unsigned long long>(job.start_cycle),
                static_cast<unsigned long long>(job.cycles), job.layer_name.c_str());
  }
}

}  // namespace

base::ExitStatus vectors_command(const Arguments& arguments, const run::Resources& resources) {
  const vectors::RecordOutcome outcome = vectors::record(options_of(arguments), resources);
  const std::string& folder = arguments.vectors.folder;
  if (arguments.json) {
    Json told = {{"jobs", jobs_json(outcome.jobs)}};
    if (!folder.empty()) {
      told["folder"] = folder;
      told["files"] = outcome.files;
      told["bytes"] = outcome.bytes;
      told["events"] = outcome.events;
    }
    std::cout << told.dump(2) << "\n";
  } else if (folder.empty() && !arguments.quiet) {
    print_jobs(outcome.jobs);
  } else if (!arguments.quiet) {
    std::cout << "recorded    " << folder << "/manifest.json, " << outcome.files << " files, "
              << outcome.bytes << " bytes";
    if (outcome.events != 0) std::cout << ", " << outcome.events << " events";
    std::cout << "\n";
  }
  return base::ExitStatus::kGood;
}

}  // namespace leyden::cli
