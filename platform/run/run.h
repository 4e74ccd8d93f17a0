#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/base/fidelity.h"
#include "platform/chip/chip_file.h"
#include "platform/compiler/code_histograms.h"
#include "platform/report/report.h"
#include "platform/run/network.h"
#include "platform/run/resources.h"
#include "platform/trace/options.h"

namespace leyden::run {

/// What a person asks of one run; see docs/cli.md.
struct RunOptions {
  std::string chip;
  std::vector<std::string> set;
  std::string network;
  std::string data;
  std::string firmware = "infer";
  std::uint64_t first_image = 0;
  std::uint64_t images = 100;
  std::uint64_t calibration_images = 256;
  std::vector<std::string> quantise;  ///< key=value each, over the network's own
  InputCodes input_codes;             ///< of an ONNX file without a network file
  MappingRequest mapping;
  base::Fidelity fidelity = base::Fidelity::kAnalog;
  std::uint32_t die = 1;
  std::uint32_t dies = 0;  ///< Monte-Carlo over so many dies from `die` on; 0: none, the one die
  std::optional<double> accuracy_limit_percent;  ///< of a good die, for the yield
  unsigned jobs = 1;
  double quantum_ns = 10000;
  bool interpreter = false;  ///< do not translate firmware to host code
  std::uint64_t max_cycles_per_image = 100'000'000;
  double max_seconds = 0;  ///< 0: no limit of host time
  /// Images whose conversions are counted, by the host reference; 0: none.
  std::uint64_t histogram_images = 0;
  bool check_reference = false;
  bool quiet = false;
  std::optional<std::uint16_t> gdb_port;  ///< let a debugger connect; jobs must be 1
  bool gdb_wait = true;
  trace::Options trace;         ///< profile and coverage, over the images of the first worker
  std::string snapshot;         ///< file to be written, "": none
  std::string snapshot_at;      ///< IMAGE:LAYER
  std::string faults;           ///< list of faults, "": none
  std::string restore;          ///< snapshot to go on from, "": none
  std::set<std::string> given;  ///< options that were asked for, as "--die": they must fit
};

/// What the compiler tells of the network as it was placed.
struct PlanFacts {
  std::uint64_t streamed_tiles = 0;  ///< loaded for every image
  std::uint64_t image_bytes = 0;     ///< of the compiled network in off-chip memory
  std::uint64_t lmem_peak_bytes = 0;
};

/// What a run gives back. Equal options give equal facts, whatever the jobs and the quantum.
struct RunOutcome {
  report::RunFacts facts;
  PlanFacts plan;
  std::vector<std::uint32_t> classes;              ///< of each image
  std::vector<std::vector<std::uint8_t>> outputs;  ///< codes of each image, where there is no class
  std::string config;                              ///< effective chip file, can be run again
  std::string picture;                             ///< of what the arrays hold, SVG
  std::vector<compiler::CodeHistogram> code_histograms;  ///< with histogram_images
  std::string traced;                                    ///< what tracing has for the terminal
  // Host side; kept apart from the report.
  std::string snapshot;  ///< where the snapshot was taken, in words
  bool reference_checked = false;
  double compile_seconds = 0;
  double run_seconds = 0;
};

/// Called as images finish.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// Compiles the network, runs the images in worker processes and merges their results in order.
/// @throws base::Error with the exit status of what went wrong, telling which images
RunOutcome run(const RunOptions& options, const Resources& resources, const Progress& progress);

base::Fidelity parse_fidelity(const std::string& word);
std::string to_string(base::Fidelity fidelity);

}  // namespace leyden::run
