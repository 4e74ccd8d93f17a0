#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/chip/chip_file.h"
#include "platform/report/faults.h"
#include "platform/run/worker_protocol.h"

namespace leyden::run {

/// The faults a run is asked for.
struct FaultPlan {
  std::string list;    ///< text of the list, "": none
  std::string origin;  ///< its file
};

/// Whether a chip file or a list asks for faults. Reads the list.
/// @param path  of the list, "": none
/// @throws base::UsageError when the list is wrong
std::optional<FaultPlan> plan_faults(const base::ParameterSet& parameters, const std::string& path);

/// What the runs with faults are compared with.
struct FaultFree {
  std::vector<ImageResult> images;  ///< with the outputs of all layers and the latency
  std::vector<std::uint8_t> labels;
  std::vector<std::string> layers;  ///< names, by number
  std::uint32_t last_layer = 0;     ///< the one with the network's output
  bool classifier = true;
};

/// Runs every image again with its faults, each on a chip of its own, and tells what became of it.
/// @param whole  the request of all images, without faults
/// @param done   called after each image
report::FaultFacts run_faults(const WorkerRequest& whole, const FaultPlan& plan,
                              const base::ParameterSet& parameters, const FaultFree& free,
                              unsigned jobs,
                              std::optional<std::chrono::steady_clock::time_point> deadline,
                              const std::function<void()>& done);

/// What became of an image. @param result  nothing: it has none
report::FaultOutcome classify(const ImageResult& expected, const std::optional<ImageResult>& result,
                              const FaultTrial& trial, std::uint32_t last_layer);

}  // namespace leyden::run
