#pragma once

#include <cstdint>
#include <vector>

#include "firmware/include/leyden/image.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// The steps of an image before they are laid out. Sources in space IMAGE are offsets in `data`.
struct Schedule {
  std::vector<leyden_step> load;                 ///< once after boot
  std::vector<leyden_step> input;                ///< per image
  std::vector<std::vector<leyden_step>> layers;  ///< per image
  std::vector<leyden_step> output;               ///< per image
  std::vector<std::uint8_t> data;  ///< weights, ABN tables, accumulate tables; none for the cost
  std::size_t data_bytes = 0;      ///< of `data`, known for the cost as well
};

/// Turns a plan into commands. Weights travel on DMA channel 1, everything else on channel 0.
/// Tiles that are not resident are loaded right after the job before theirs has started, when
/// their cells and ABN entries are not in use, else once it has ended.
Schedule make_schedule(const Plan& plan);

/// Bytes of a tile for the weight window: rows of columns * cell_bits / 8 bytes, the level of
/// column c in bits c * cell_bits on, little endian; output j has columns j * width + k of its
/// layout.
std::vector<std::uint8_t> weight_bytes(const QuantLayer& layer, std::size_t rows, const Tile& tile,
                                       const ChipGeometry& geometry);

}  // namespace leyden::compiler
