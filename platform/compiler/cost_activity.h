#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/parameters.h"
#include "platform/compiler/calibration.h"
#include "platform/compiler/cost_chip.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// What was seen of the values of a macro layer: enough to tell its activity for any drive,
/// representation and cells of the chip.
struct ActivityStatistics {
  std::uint64_t windows = 0;         ///< sampled; 0: the layer was not measured
  std::vector<std::int8_t> weights;  ///< the integers that occur, ascending
  /// [code][weight]: sum over the rows of the layer's matrix of how often a window has the code at
  /// the row times how often an output has the weight there.
  std::vector<std::uint64_t> pairs;
  std::vector<std::uint64_t> codes;          ///< [code], how often windows have it
  std::vector<std::uint64_t> weight_counts;  ///< [weight], how often the layer has it
};

/// Counts windows sampled evenly over the first calibration images, run through the host reference:
/// networks trained for few bits differ from their float form by more than the cost may.
/// @param plan wholly made: mapping, ABN
/// @param weights the network with the weights to be counted: those of the plan, or those before
///        they were fitted to its chip
/// @return [layer] of macro layers; no windows without images
std::vector<ActivityStatistics> sample_activity(const Plan& plan,
                                                const std::vector<Image>& calibration,
                                                const QuantNetwork& weights);

/// The activity of a layer whose values were counted, as far as no mapping decides it; all -1 when
/// it was not measured.
/// @param weights as `seen` has them, as far as the chip's representation holds them
/// @param digit_bits driven at a time
LayerActivity own_activity(const ActivityStatistics& seen, const std::vector<std::int8_t>& weights,
                           unsigned input_bits, unsigned digit_bits,
                           const cim::WeightLayout& layout);

/// The same of all cells of a layer's tiles: those whose row belongs to another group than their
/// output hold a weight of 0.
LayerActivity mapped_activity(const LayerActivity& own, const LayerMapping& mapping,
                              const cim::WeightLayout& layout);

/// Mean driven levels and digits of a code, and mean levels of a weight's cells where these are
/// driven, of every macro layer: sample_activity(), own_activity() and mapped_activity() in one go.
/// @return [layer]; all -1 without images
std::vector<LayerActivity> measure_activity(const Plan& plan, const std::vector<Image>& calibration,
                                            const cim::MacroParameters& macro);

}  // namespace leyden::compiler
