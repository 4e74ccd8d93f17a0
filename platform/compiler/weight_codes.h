#pragma once

#include <optional>
#include <vector>

#include "platform/compiler/graph.h"
#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// How the weights of one layer become integers.
struct WeightOptions {
  unsigned bits = 4;        ///< 1 to 8
  bool per_tensor = false;  ///< one scale for all outputs, else one an output
  /// Integers code - zero point with codes 0 .. 2^bits - 1, which may need a bit more on the macro;
  /// else -(2^(bits-1) - 1) .. 2^(bits-1) - 1.
  bool asymmetric = false;
  bool power_of_two = false;
  bool least_square_error =
      false;  ///< the scale with the least squared error, else one that clips none
  std::optional<int> fraction;  ///< fixed point: the scale is 2^-fraction
};

/// Greatest integer of symmetric weights; 1 for 1 bit, which knows -1 and +1 only.
int highest_code(unsigned bits);

/// Rounds weights to integers. Weights of a quantised graph (`encoding.bits` not 0) keep the
/// integers and scales that it gives them. Symmetric weights of 1 b are -s or +s with s the mean
/// magnitude (the least squared error), or the least power of two above it.
/// @param weights [output][row], rows in the order of QuantLayer::weights
/// @param layer its `bias` is set, one an output; weight_bits (what the integers need), weights and
///        weight_scale are filled
/// @throws base::UsageError when the integers of asymmetric weights need more than 8 b
void quantise_weights(const std::vector<float>& weights, const WeightEncoding& encoding,
                      const WeightOptions& options, QuantLayer& layer);

/// Least bits of two's complement that hold integers from `least` to `most`; 1 only for 0 and 1,
/// which is what a macro's single column counts.
unsigned bits_needed(int least, int most);

}  // namespace leyden::compiler
