#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/cli/coverage_arguments.h"
#include "platform/cli/diff_arguments.h"
#include "platform/cli/sweep_arguments.h"
#include "platform/cli/vectors_arguments.h"
#include "platform/trace/options.h"

namespace leyden::cli {

enum class Command {
  kRun,
  kExec,
  kCompile,
  kReport,
  kSweep,
  kCoverage,
  kDiff,
  kList,
  kValidate,
  kVectors,
  kReplay,
  kWorker,
  kSweepWorker,
  kNone,
};

/// What the command line says, checked for form but not for meaning. Defaults are the documented
/// ones (docs/cli.md).
struct Arguments {
  Command command = Command::kNone;
  // What several commands share.
  std::string chip;
  std::vector<std::string> set;  ///< key=value each
  std::string fidelity = "analog";
  double quantum_ns = 1e6;
  bool interpreter = false;
  bool quiet = false;
  bool json = false;
  // exec, and part of it run
  trace::Options trace;
  // run and exec
  std::optional<std::uint16_t> gdb_port;  ///< debugger on this port of the loopback interface
  bool gdb_wait = true;
  // run and compile
  std::string network;
  std::string data;
  std::uint64_t calibration_images = 256;
  std::vector<std::string> quantise;             ///< key=value each, over those of network.yaml
  std::optional<double> input_scale;             ///< of an ONNX file alone
  std::optional<std::int64_t> input_zero_point;  ///< of an ONNX file alone
  std::string objective = "latency";
  std::string mapping;  ///< mapping file to be used
  // run
  std::uint64_t images = 100;
  std::uint64_t first_image = 0;
  std::uint32_t die = 1;
  std::uint32_t dies = 0;  ///< 0: not asked for
  std::optional<double> accuracy_limit_percent;
  unsigned jobs = 1;
  std::string report_folder;
  std::string csv;  ///< file for the table of layers
  std::string firmware = "infer";
  bool calibrate = false;
  bool guarded = false;
  std::uint64_t max_cycles_per_image = 100'000'000;
  double max_seconds = 0;  ///< 0: none
  bool check_reference = false;
  // exec
  std::string program;
  std::uint64_t max_cycles = 100'000'000'000;
  std::string signature;
  std::string uart = "-";
  std::vector<std::string> load;  ///< FILE@ADDRESS each
  std::vector<std::string> dump;  ///< FILE@ADDRESS:BYTES each
  std::string semihosting;        ///< folder; "" for none
  std::string program_arguments;
  // run and exec
  std::string faults;           ///< list of faults
  std::string snapshot;         ///< file to be written
  std::string snapshot_at;      ///< [image:]layer
  std::string restore;          ///< file to go on from
  std::set<std::string> given;  ///< options on the command line, as "--die"
  // compile
  bool errors = false;
  std::string output;
  std::string write_mapping;
  std::string picture;
  bool explain = false;
  std::vector<std::string> search;      ///< KEY=V1,V2,... each
  std::string search_bits;              ///< MIN:MAX, "": none
  std::optional<double> least_sqnr_db;  ///< with search_bits
  // list, validate
  std::string subject;
  // report
  std::vector<std::string> report_inputs;  ///< folders of runs, or the results of a sweep
  // validate
  bool leave_one_out = false;
  CoverageArguments coverage;
  DiffArguments diff;
  SweepArguments sweep;
  VectorsArguments vectors;
  ReplayArguments replay;
};

/// The version of this program.
std::string version();

/// Parses the command line. Help and version are printed and end the program with status 0.
/// @param[out] help_shown true when help or version was printed and nothing is left to do
/// @throws base::UsageError with "did you mean"
Arguments parse_arguments(int argc, const char* const* argv, bool& help_shown);

}  // namespace leyden::cli
