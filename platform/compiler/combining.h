#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "platform/compiler/chip_geometry.h"
#include "platform/compiler/plan.h"
#include "platform/compiler/quantised.h"
#include "platform/compiler/tile.h"

namespace leyden::compiler {

/// A tile whose outputs take several conversions each, in exact integers: every row segment, input
/// digit and group of weight columns is rounded to the converter's steps, and the results are added
/// with their significance (docs/models/cim.md). Written from the equations; of the models it uses
/// the layout of weights alone.
class CombinedTile {
 public:
  /// @param rows elements of the layer's im2col row, of one group of its channels
  CombinedTile(const QuantLayer& layer, const Tile& tile, std::size_t rows, unsigned in_bits,
               const ChipGeometry& geometry, const ConverterRanges& ranges = {});

  /// @param window input codes of the tile, tile.window_count elements
  /// @param sums   D^ * 2^scale_shift() of each of the tile's outputs
  void run(const std::uint8_t* window, std::int64_t* sums) const;

  /// What converts the sums of one segment, digit and column group.
  struct Conversion {
    double significance = 1;  ///< of a step in D^
    double full_scale = 1;    ///< F
    bool is_signed = false;
    bool has_dummy = false;
  };
  /// In the order of conversion_sums().
  std::vector<Conversion> conversions() const;
  /// Sums u before conversion: [conversion][output, and behind them that of the dummy column].
  void conversion_sums(const std::uint8_t* window, std::vector<std::int64_t>& sums) const;

  /// Greatest magnitude of D^ that the conversions of each output can give, whatever the window.
  std::vector<double> reach() const;

 private:
  /// What one conversion takes of a weight.
  struct ColumnGroup {
    std::int64_t significance = 1;
    bool is_signed = false;
    std::int64_t span = 1;  ///< values of an input of 1: highest level, twice that with a sign
    std::vector<std::int8_t> weights;  ///< [output][row]
    std::int64_t dummy_level = 0;
  };
  /// What one conversion takes of an input code.
  struct Digit {
    unsigned first = 0;
    unsigned bits = 8;
  };
  /// Rows that are on together.
  struct Segment {
    std::size_t first = 0;
    std::size_t count = 0;       ///< that hold weights
    std::int64_t line_rows = 0;  ///< that load the line
  };

  /// Calls visit(segment, digit, group, u of the dummy column, output, u) of all conversions.
  template <typename Visit>
  void each_sum(const std::uint8_t* window, Visit visit) const;
  std::int64_t full_scale(const ColumnGroup& group, const Digit& digit,
                          const Segment& segment) const;
  void add_groups(const QuantLayer& layer, const Tile& tile, std::size_t rows,
                  const cim::WeightLayout& layout);
  void add_group(ColumnGroup group, const QuantLayer& layer, const Tile& tile, std::size_t rows,
                 const cim::WeightLayout& layout, unsigned number);
  /// step * q of a sum u, times 2^shift, where the converter has m / 2^n of its range.
  std::int64_t converted(std::int64_t u, const ColumnGroup& group, const Digit& digit,
                         const Segment& segment, unsigned m) const;

  DigitalCombining combining_;
  std::shared_ptr<const cim::OwnConverter> own_;
  unsigned shift_;
  unsigned job_range_;                   ///< m of the dummy columns
  std::vector<unsigned> output_ranges_;  ///< m of each output
  std::size_t rows_;
  std::size_t outputs_;
  std::vector<ColumnGroup> groups_;
  std::vector<Digit> digits_;
  std::vector<Segment> segments_;
};

}  // namespace leyden::compiler
