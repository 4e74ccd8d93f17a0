#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/base/fidelity.h"
#include "platform/run/network.h"
#include "platform/run/resources.h"
#include "platform/vectors/job_vectors.h"

namespace leyden::vectors {

/// What a person asks `leyden vectors` for; see docs/vectors.md.
struct RecordOptions {
  std::string chip;
  std::vector<std::string> set;
  std::string network;
  std::string data;
  std::string firmware = "infer";
  std::uint64_t image = 0;
  std::uint64_t calibration_images = 256;
  std::vector<std::string> quantise;
  run::InputCodes input_codes;
  run::MappingRequest mapping;
  base::Fidelity fidelity = base::Fidelity::kAnalog;
  std::uint32_t die = 1;
  double quantum_ns = 1e6;
  bool interpreter = false;
  std::uint64_t max_cycles = 100'000'000;
  bool quiet = false;
  // One of these, or none: then jobs are listed and nothing is written.
  std::string layer;  ///< a name or a number
  std::optional<std::uint64_t> job;
  std::string unit;  ///< its stream
  std::string folder;
};

/// What was recorded, for the terminal.
struct RecordOutcome {
  std::vector<JobVectors> jobs;  ///< all of the run, those of the recording with their data
  std::uint64_t events = 0;      ///< of the stream
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// Runs the chip with its firmware over one image and writes what was asked for.
/// @throws base::Error with the exit status of what went wrong
RecordOutcome record(const RecordOptions& options, const run::Resources& resources);

}  // namespace leyden::vectors
