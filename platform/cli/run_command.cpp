#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "platform/cli/commands.h"
#include "platform/cli/terminal.h"
#include "platform/report/text_table.h"
#include "platform/run/run.h"

namespace leyden::cli {
namespace {

constexpr std::uint64_t kHistogramImages = 4;  ///< a code's share hardly changes with more

run::RunOptions options_of(const Arguments& arguments) {
  run::RunOptions options;
  options.chip = arguments.chip;
  options.set = arguments.set;
  options.network = arguments.network;
  options.data = arguments.data;
  options.firmware = arguments.firmware;
  options.first_image = arguments.first_image;
  options.images = arguments.images;
  options.calibration_images = arguments.calibration_images;
  options.quantise = arguments.quantise;
  options.input_codes = {arguments.input_scale, arguments.input_zero_point};
  options.mapping = {arguments.objective, arguments.mapping};
  options.fidelity = run::parse_fidelity(arguments.fidelity);
  options.die = arguments.die;
  options.dies = arguments.dies;
  options.accuracy_limit_percent = arguments.accuracy_limit_percent;
  options.jobs = arguments.jobs;
  options.quantum_ns = arguments.quantum_ns;
  options.interpreter = arguments.interpreter;
  options.max_cycles_per_image = arguments.max_cycles_per_image;
  options.max_seconds = arguments.max_seconds;
  if (!arguments.report_folder.empty()) options.histogram_images = kHistogramImages;
  options.check_reference = arguments.check_reference;
  options.quiet = arguments.quiet;
  options.gdb_port = arguments.gdb_port;
  options.gdb_wait = arguments.gdb_wait;
  options.trace = arguments.trace;
  options.trace.about = "run: chip " + arguments.chip + ", network " + arguments.network + ", " +
                        std::to_string(arguments.images) + " images, fidelity " +
                        arguments.fidelity;
  options.faults = arguments.faults;
  options.snapshot = arguments.snapshot;
  options.snapshot_at = arguments.snapshot_at;
  options.restore = arguments.restore;
  options.given = arguments.given;
  if (arguments.calibrate || arguments.guarded) {
    options.firmware = run::inference_firmware(arguments.calibrate, arguments.guarded);
    options.given.insert("--firmware");
  }
  return options;
}

std::string iso_time() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::string classes_csv(const run::RunOutcome& outcome) {
  std::string text = "image,class\n";
  for (std::size_t i = 0; i < outcome.classes.size(); ++i) {
    text += std::to_string(outcome.facts.first_image + i) + "," +
            std::to_string(outcome.classes[i]) + "\n";
  }
  return text;
}

/// Output codes of a network that is no classifier, NHWC.
std::string outputs_csv(const run::RunOutcome& outcome) {
  std::string text = "image,codes\n";
  for (std::size_t i = 0; i < outcome.outputs.size(); ++i) {
    text += std::to_string(outcome.facts.first_image + i);
    for (const std::uint8_t code : outcome.outputs[i]) text += "," + std::to_string(code);
    text += "\n";
  }
  return text;
}

/// Codes of the converters, on the first images (docs/report.md).
nlohmann::ordered_json histograms_json(const run::RunOutcome& outcome) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const compiler::CodeHistogram& histogram : outcome.code_histograms) {
    layers.push_back({{"name", histogram.name},
                      {"bits", histogram.bits},
                      {"fixed", histogram.fixed},
                      {"reshaped", histogram.reshaped}});
  }
  return {{"schema_version", report::kSchemaVersion},
          {"images", std::min(outcome.facts.images, kHistogramImages)},
          {"layers", layers}};
}

/// Before the run: nobody wants to be told after it.
void make_report_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw base::UsageError("The report folder " + folder + " cannot be made: " + error.message() +
                           ".");
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    throw base::UsageError("The report folder " + folder + " cannot be written to.");
  }
}

/// Images run, over all dies.
std::uint64_t all_images(const run::RunOutcome& outcome) {
  return outcome.facts.images * (outcome.facts.dies ? outcome.facts.dies->dies.size() : 1);
}

void write_report(const std::string& folder, const nlohmann::ordered_json& report,
                  const run::RunOutcome& outcome, const Arguments& arguments) {
  write_file(folder + "/report.json", report.dump(2) + "\n");
  write_file(folder + "/report.csv", report::csv(report));
  if (outcome.facts.classifier) {
    write_file(folder + "/classes.csv", classes_csv(outcome));
  } else {
    write_file(folder + "/outputs.csv", outputs_csv(outcome));
  }
  write_file(folder + "/config.yaml", outcome.config);
  write_file(folder + "/histograms.json", histograms_json(outcome).dump() + "\n");
  write_file(folder + "/occupancy.svg", outcome.picture);
  const nlohmann::ordered_json host = {
      {"finished_utc", iso_time()},
      {"jobs", arguments.jobs},
      {"quantum_ns", arguments.quantum_ns},
      {"compile_time_s", outcome.compile_seconds},
      {"run_time_s", outcome.run_seconds},
      {"throughput_images_per_s", static_cast<double>(all_images(outcome)) / outcome.run_seconds}};
  write_file(folder + "/host.json", host.dump(2) + "\n");
}

}  // namespace

base::ExitStatus run_command(const Arguments& arguments, const run::Resources& resources) {
  if (!arguments.report_folder.empty()) make_report_folder(arguments.report_folder);
  if (!arguments.csv.empty()) check_writable(arguments.csv);
  run::RunOutcome outcome;
  {
    ProgressBar bar(arguments.quiet);
    outcome = run::run(options_of(arguments), resources,
                       [&](std::uint64_t done, std::uint64_t all) { bar.update(done, all); });
  }
  const nlohmann::ordered_json report = report::make_report(outcome.facts);
  if (!arguments.report_folder.empty()) {
    write_report(arguments.report_folder, report, outcome, arguments);
  }
  if (!arguments.csv.empty()) write_file(arguments.csv, report::csv(report));
  (arguments.json ? std::cerr : std::cout)
      << (arguments.quiet && !arguments.trace.is_for_terminal()
              ? ""
              : report::fitted(outcome.traced, terminal_width(), 4));
  if (arguments.json) {
    std::cout << report.dump(2) << "\n";
  } else if (!arguments.quiet) {
    std::cout << report::table(report, terminal_width());
    std::printf("host        %.2f s for %llu images (%.0f images/s), compiled in %.2f s\n",
                outcome.run_seconds, static_cast<unsigned long long>(all_images(outcome)),
                static_cast<double>(all_images(outcome)) / outcome.run_seconds,
                outcome.compile_seconds);
    if (outcome.reference_checked) {
      std::cout << "reference   every layer output equals the host reference bit for bit\n";
    }
    if (!arguments.snapshot.empty()) {
      std::cout << "snapshot    " << arguments.snapshot << ", " << outcome.snapshot << "\n";
    }
    if (!arguments.report_folder.empty()) {
      std::cout << "report      " << arguments.report_folder << "/report.json\n";
    }
  }
  return base::ExitStatus::kGood;
}

}  // namespace leyden::cli
