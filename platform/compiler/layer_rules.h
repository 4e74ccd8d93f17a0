#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/compiler/ranges.h"
#include "platform/compiler/weight_codes.h"

namespace leyden::compiler {

/// What the quantisation options mean for one layer: a bridge from keys to the rules of activations
/// (ranges.h) and weights (weight_codes.h).

/// @throws base::UsageError when `layers` names a node that is not there, with "did you mean"
void check_layer_keys(const QuantisationOptions& options, const Graph& graph);

/// @param rectified the layer ends in a Relu
/// @param output    it is the network's output and its range is calibrated
CodeRule make_code_rule(const QuantisationOptions& options, const std::string& node, bool rectified,
                        bool output);

WeightOptions make_weight_options(const QuantisationOptions& options, const Graph& graph,
                                  const std::string& node);

/// Ranges of tensors from calibration images, by their rules.
std::map<std::string, Range> calibrate_ranges(const Graph& graph,
                                              const std::map<std::string, CodeRule>& tensors,
                                              const std::vector<Image>& images,
                                              const NetworkFile& file);

}  // namespace leyden::compiler
