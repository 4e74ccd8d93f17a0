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

/// The activity of a layer whose values were counted; all -1 when it was not measured.
/// @param weight_bits of the layer on this chip
/// @param mapping of the layer: cells whose row belongs to another group than their output's hold 0
/// @param weights as `seen` has them, as far as the chip's representation holds them
LayerActivity activity_of(const ActivityStatistics& seen, const std::vector<std::int8_t>& weights,
                          unsigned input_bits, unsigned weight_bits, const LayerMapping& mapping,
                          const cim::MacroParameters& macro);

/// Mean driven levels and digits of a code, and mean levels of a weight's cells where these are
/// driven, of every macro layer: sample_activity() and activity_of() in one go.
/// @return [layer]; all -1 without images
std::vector<LayerActivity> measure_activity(const Plan& plan, const std::vector<Image>& calibration,
                                            const cim::MacroParameters& macro);

}  // namespace leyden::compiler
