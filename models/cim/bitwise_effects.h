#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/conversions.h"
#include "models/cim/effects.h"

namespace leyden::cim {

/// Effects of single conversions for the bit-by-bit path: the same rounded terms as
/// Effects::terms() takes from products, walked over digit by digit, cell by cell and line by line.
class BitwiseEffects {
 public:
  /// @param effects  prepared for the job's tile
  BitwiseEffects(const Job& job, const MacroParameters& macro, const Tile& tile,
                 const WeightArray& array, const Die& die, Effects& effects);

  /// What is added to the sum of output j in column group h.
  double extra(const RowSegment& segment, const InputGroup& inputs, const std::uint8_t* x,
               unsigned j, unsigned h);
  /// The same of dummy column d.
  double dummy_extra(const RowSegment& segment, const InputGroup& inputs, const std::uint8_t* x,
                     unsigned d);
  const Effects& effects() const { return effects_; }

 private:
  /// Digits of a code that are driven one after the other before a conversion.
  unsigned steps(const InputGroup& inputs) const;
  unsigned digit(const InputGroup& inputs, std::uint8_t code, unsigned step) const;
  template <typename Cell>
  double wire_drop(const RowSegment& segment, const InputGroup& inputs, const std::uint8_t* x,
                   const Cell& cell);

  const Job& job_;
  const MacroParameters& macro_;
  const Tile& tile_;
  const WeightArray& array_;
  const Die& die_;
  Effects& effects_;
  WireLadder ladder_;
  std::vector<double> conductance_;
  std::vector<std::uint8_t> inputs_;
};

}  // namespace leyden::cim
