#pragma once

#include <cstdint>
#include <vector>

#include "platform/compiler/quantised.h"
#include "platform/compiler/row_window.h"
#include "platform/compiler/tile.h"

namespace leyden::compiler {

/// A piece of LMEM that only one layer uses.
struct LmemBuffer {
  std::uint32_t address = 0;  ///< LMEM bus address, 16-byte aligned
  std::uint32_t bytes = 0;    ///< of one copy, a multiple of 16; 0: there is none
};

/// How a layer goes through LMEM. A pass computes some output channels (a slice: the tiles that
/// share them) of some output rows (a stripe).
struct LayerMemory {
  bool slices_outer = false;  ///< all stripes of a slice before the next slice, so that each weight
                              ///< tile is loaded once; else all slices of a stripe together
  std::uint32_t stripe_rows = 0;   ///< output rows of a stripe; the height: one stripe
  std::uint32_t copies = 1;        ///< of every buffer: 2 where the next stripe is brought early
  std::vector<LmemBuffer> inputs;  ///< one an input: rows of an input that lies off chip
  LmemBuffer output;               ///< rows of an output that lies off chip, or of one slice
  LmemBuffer partials;             ///< partial sums of one pass, one copy

  std::uint64_t read_bytes = 0;     ///< brought from off-chip memory for the layer's inputs
  std::uint64_t written_bytes = 0;  ///< brought to off-chip memory for its output
};

/// Some tiles of a layer for some output rows.
struct Pass {
  RowRange rows;                  ///< of the output
  std::vector<InputRows> inputs;  ///< what they need, one an input
  std::vector<const Tile*> tiles;
  std::uint32_t output_first = 0;  ///< first output channel
  std::uint32_t output_count = 0;
};

/// The passes of a layer in their order. @param tiles none for layers off the macro
std::vector<Pass> make_passes(const QuantNetwork& network, const QuantLayer& layer,
                              const std::vector<Tile>& tiles, bool slices_outer,
                              std::uint32_t stripe_rows);

/// Whether a pass must bring rows of input `k`: its copy of the buffer may still hold them.
bool needs_fetch(const std::vector<Pass>& passes, std::size_t pass, std::size_t k,
                 std::size_t copies);

}  // namespace leyden::compiler
