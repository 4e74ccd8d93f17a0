#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmware/include/leyden/image.h"
#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/layer_memory.h"
#include "platform/compiler/mapping.h"
#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// Gain and offset of one output, as its ABN entry holds them.
struct AbnCode {
  std::uint16_t gamma = 256;  ///< 8 fraction bits, not 0
  std::int16_t beta = 0;      ///< 4 fraction bits, in codes
};

inline constexpr std::uint32_t kPartialBytes = 4;  ///< of a partial sum, an output and part

/// Ranges of a macro layer's converters, as codes m of m / 2^n of the whole range.
struct ConverterRanges {
  std::vector<std::vector<unsigned>> codes;  ///< [part][0 or output]; none: the whole range
  bool by_output = false;                    ///< entries of columns, else of the jobs

  /// Of the jobs of a row part; 0: the whole range. Dummy columns have it too.
  unsigned job(unsigned part) const { return codes.empty() || by_output ? 0 : codes[part][0]; }
  /// Of an output's conversions; 0: the whole range.
  unsigned of(unsigned part, std::size_t output) const {
    return codes.empty() ? 0 : codes[part][by_output ? output : 0];
  }
};

/// What a layer became on the chip.
struct LayerPlan {
  LayerMapping mapping;         ///< tiles; none for vector layers
  unsigned converter_bits = 8;  ///< of the jobs
  bool rescaled = false;        ///< gain and offset are given digitally, after a fixed gain
  ConverterRanges ranges;       ///< of its converters
  std::vector<AbnCode> abn;     ///< [output]; the same in all parts of a row split
  // Row splits (mapping.parts > 1): partial sums are accumulated by the vector unit.
  vector::PartialFormat format;
  vector::Result accumulate;
  std::vector<vector::TableEntry> table;  ///< of accumulate, or of a scale layer; [channel]
  std::uint32_t part_stride = 0;          ///< bytes from one part's sums to the next
  std::uint32_t table_address = 0;        ///< LMEM bus address of `table`
  /// Table of a lookup layer; tables and weights of a layer on the core. In LMEM at
  /// `table_address`, or, for the core and where LMEM has no room (address 0), in the image.
  std::vector<std::uint8_t> constants;
  LayerMemory memory;  ///< stripes, slices and buffers

  std::uint64_t macs = 0;            ///< multiply-accumulates, padded taps included
  std::uint64_t mvms = 0;            ///< matrix-vector products: positions x tiles
  std::uint64_t cells_used = 0;      ///< cells that hold a weight bit
  std::uint64_t cells_occupied = 0;  ///< cells of the units x columns taken

  /// Bytes at table_address.
  std::size_t table_bytes() const;

  /// Its dot products are partial sums: of rows, or of a fixed gain, which the table undoes.
  bool split() const { return mapping.parts > 1 || rescaled; }
};

/// Where a tensor lies: an address within a space.
struct TensorPlace {
  leyden_space space = LEYDEN_SPACE_BUS;
  std::uint32_t address = 0;

  bool in_lmem() const { return space == LEYDEN_SPACE_BUS; }
};

/// A tensor that lives off chip may stay in LMEM for its first readers.
struct LmemCopy {
  bool used = false;
  std::uint32_t address = 0;  ///< LMEM bus address
  std::size_t until = 0;      ///< the last layer that reads it there
};

/// A network placed on a chip: everything that is decided, before it is written as an image.
struct Plan {
  ChipGeometry geometry;
  QuantNetwork network;
  std::vector<LayerPlan> layers;         ///< as network.layers
  std::vector<std::uint32_t> addresses;  ///< of each tensor in its space; a bus address in LMEM
  std::vector<leyden_space> homes;       ///< of each tensor: BUS (LMEM), INPUT, OUTPUT or SCRATCH
  std::vector<LmemCopy> copies;          ///< of tensors that live off chip
  std::uint32_t scratch_bytes = 0;       ///< of off-chip memory behind the image
  std::uint32_t lmem_peak_bytes = 0;     ///< most bytes of LMEM in use at once
  std::vector<std::string> notes;        ///< what a person should know, one sentence each
  bool for_cost = false;  ///< schedules hold no weights: their steps are all that is wanted

  /// Share of a layer's occupied cells that hold a weight bit, 0 for vector layers.
  double fill(std::size_t layer) const;
  /// Share of the cells of all arrays that the layer's tiles occupy.
  double occupancy(std::size_t layer) const;
  bool in_lmem(std::size_t tensor) const { return homes[tensor] == LEYDEN_SPACE_BUS; }
  /// Where layer `layer`, its writer or a reader, finds a tensor.
  TensorPlace place(std::size_t tensor, std::size_t layer) const;
};

/// Sets what the layers count: multiply-accumulates, matrix-vector products, cells.
void count_work(Plan& plan);

}  // namespace leyden::compiler
