#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/base/random.h"
#include "models/cim/conversion_pass.h"
#include "models/cim/conversions.h"
#include "models/cim/die.h"
#include "models/cim/effects.h"
#include "models/cim/macro_faults.h"
#include "models/cim/product.h"
#include "models/cim/tile.h"

namespace leyden::cim {

/// q of a level, by the curve of the converter of a physical column where there are any.
/// @param conversion  its number, for draws
double conversion_value(const ConversionStep& step, const Effects& effects, unsigned column,
                        double level, std::uint64_t conversion, bool temporal);

/// q of a level by the converter as designed: a user's where there is one.
double nominal_value(const ConversionStep& step, const ConvertParameters& convert, double level);

/// Digital combining: a conversion for every segment, input group and column group of an output,
/// then shift and add,
///   D^ = sum_(s,g,h) significance_g significance_h step q,
/// less the dummy column's conversions (docs/models/cim-stages.md). prepare() sets up a job, run()
/// computes it; memory grows to the largest job and stays.
class DigitalPath {
 public:
  /// @param array  with the ranges of its columns
  /// @param die  with the analog terms of a die, or nullptr: fidelity quantised
  void prepare(const Job& job, const MacroParameters& macro, const WeightArray& array,
               const Die* die);

  /// Converters that are stuck, for all that follow; nullptr: none.
  void set_faults(const MacroFaults* faults) { faults_ = faults; }

  /// D^ of all outputs, positions x padded(outputs), valid until the next call.
  /// @param tile   of the job, column groups apart as in conversions(); folded where `folded`
  /// @param rows   im2col of the job: positions x window_count codes
  /// @param live   positions x segments masks of the digits that are driven, or nullptr: all
  /// @param effects  that the passes do not know, prepared for the job, or nullptr
  /// @param noise  draws: element ((s G + g) H + h) positions outputs + position outputs + output
  ///               of conversion (s, g, h), behind them the dummy's; or nullptr: none
  const double* run(const Job& job, Tile& tile, bool folded, const std::uint8_t* rows,
                    const std::uint8_t* live, const base::RandomStream* noise, Effects* effects,
                    IntegerProduct& product);

  const Conversions& conversions() const { return conversions_; }
  /// @param s, g, h  segment, input group, column group
  const ConversionStep& step(std::size_t s, std::size_t g, std::size_t h) const {
    return steps_[(s * conversions_.inputs.size() + g) * conversions_.columns.size() + h];
  }
  /// Dummy column d's conversion; its coefficient is that of what is taken off D^.
  const ConversionStep& dummy_step(std::size_t s, std::size_t g, std::size_t d) const {
    return dummy_steps_[(s * conversions_.inputs.size() + g) * conversions_.dummies + d];
  }
  const ConverterErrors& errors(std::size_t h) const { return errors_[h]; }
  const ConverterErrors& dummy_errors() const { return dummy_errors_; }  ///< an element a dummy
  /// Most bits behind the binary point of D^, and a bound of |D^|.
  int fraction_bits() const { return fraction_bits_; }
  double most() const { return most_; }

 private:
  struct Block;
  void force_codes(const Job& job, std::size_t group, std::size_t positions, std::size_t stride);
  void prepare_ranges(const Job& job, const MacroParameters& macro, const WeightArray& array);
  void prepare_errors(const Job& job, const MacroParameters& macro, const Die& die);
  void extract(const Block& block, const RowSegment& segment, const InputGroup& inputs);
  /// Conversions of column group h with the effects; sums_ are there.
  void convert_effects(const Block& block, std::size_t s, std::size_t g, std::size_t h,
                       const ConversionStep& step, bool folded, std::size_t count,
                       const base::RandomStream* noise, Effects& effects, IntegerProduct& product);
  /// The same with a user's converter as designed.
  void convert_own(const Block& block, std::size_t h, const ConversionStep& step,
                   std::size_t count);
  void convert_dummy(const Block& block, const Tile& tile, std::size_t s, std::size_t g, unsigned d,
                     const base::RandomStream* noise, Effects* effects);

  const ConvertParameters* convert_ = nullptr;
  bool nominal_ = true;  // fidelity quantised
  const MacroFaults* faults_ = nullptr;
  Conversions conversions_;
  std::vector<ConversionStep> steps_;
  std::vector<ConversionStep> dummy_steps_;
  std::vector<ConverterErrors> errors_;
  unsigned width_ = 0;         // columns of an output
  unsigned dummy_column_ = 0;  // first one, behind the others
  ConverterErrors dummy_errors_;
  int fraction_bits_ = 0;
  double most_ = 0;
  std::vector<double> bounds_;  // scratch: of |D^| of each output
  // Scratch of a block of positions.
  std::vector<std::uint8_t> plane_;  // positions x rows of a segment: one digit
  std::vector<std::int32_t> sums_;   // positions x stride of the tile
  std::vector<std::uint8_t> live_;   // positions
  std::vector<float> draws_;
  std::vector<double> totals_;  // all positions x padded(outputs)
};

}  // namespace leyden::cim
