#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "platform/chip/chip_file.h"
#include "platform/compiler/workload.h"
#include "platform/sweep/point_settings.h"

namespace leyden::sweep {

/// Points of depth cost: time, energy and area without values and without a simulation. Parsed chip
/// files and the workloads of networks are kept; points are not.
class CostEvaluator {
 public:
  /// @param base, resources must outlive it
  CostEvaluator(const Base& base, const run::Resources& resources);

  /// Fills metrics and, where the base asks for them, layers.
  /// @throws base::Error what is wrong with the point
  void evaluate(const Point& point, PointResult& result);

 private:
  /// A network with its own quantisation, counted on the chip of the base.
  struct Counted {
    compiler::Workload workload;
    std::unique_ptr<compiler::WorkloadEvaluator> evaluator;
  };

  chip::ChipDescription& chip(const std::string& name);
  /// What is told of a network on the chip as the base has it, so that it is the same for all
  /// points; nullptr where that chip cannot hold the network.
  Counted* counted(const PointSettings& settings, const base::ParameterSet& of_base);
  Counted& counted_on(const std::string& key, const PointSettings& settings,
                      const base::ParameterSet& parameters);
  void cost(const PointSettings& settings, const base::ParameterSet& parameters, Counted* network,
            PointResult& result);

  const Base& base_;
  const run::Resources& resources_;
  std::vector<chip::Scope> scopes_;
  std::map<std::string, chip::ChipDescription> chips_;  ///< by name or path, with the base's keys
  std::map<std::string, std::unique_ptr<Counted>> counted_;
  std::set<std::string> refused_;  ///< keys of networks that the base's chip cannot hold
};

}  // namespace leyden::sweep
