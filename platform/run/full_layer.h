#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "platform/chip/chip_file.h"
#include "platform/run/resources.h"

namespace leyden::run {

/// A convolution that fills one macro of a chip: what the system's peak figures are measured on.
struct FullLayer {
  unsigned side = 16;        ///< pixels of the square input and output
  unsigned input_bits = 8;   ///< of the input codes
  unsigned weight_bits = 8;  ///< 2 to 8
  std::uint64_t images = 4;
  std::uint32_t seed = 1;  ///< of random weights and input codes, uniform
};

/// Compiles the layer (3 x 3 where the rows are a multiple of 9, else 1 x 1; all rows, all columns)
/// and runs it on the chip through firmware, fidelity quantised.
/// @return the report's row of the layer (docs/report.md): MACs, cycles, latency, energy by
///         component, TOPS/W; input transfer and control are rows of their own and not in it
/// @throws base::UsageError when the chip cannot hold such a layer
nlohmann::ordered_json run_full_layer(const chip::ChipDescription& chip, const Resources& resources,
                                      const FullLayer& layer);

}  // namespace leyden::run
