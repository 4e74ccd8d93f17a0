#pragma once

#include <cstdint>
#include <vector>

namespace leyden::cim {

/// What is broken in one macro of a die beyond mismatch, at every fidelity (docs/faults.md). An
/// empty one is a good macro.
struct MacroFaults {
  struct StuckCell {
    unsigned row = 0;
    unsigned column = 0;
    unsigned level = 0;  ///< it holds, whatever is written
  };
  enum class Converter : std::uint8_t { kGood, kLowest, kHighest };

  std::vector<StuckCell> cells;
  // Columns are physical: spares come behind the others.
  std::vector<bool> dead_columns;     ///< index = column; empty: none. They add nothing to a sum
  std::vector<Converter> converters;  ///< index = column; empty: all good. Stuck at a code

  bool is_dead(unsigned column) const {
    return column < dead_columns.size() && dead_columns[column];
  }
  Converter converter(unsigned column) const {
    return column < converters.size() ? converters[column] : Converter::kGood;
  }
};

/// A sum far beyond every converter's range on the side of the code it is stuck at; 0: it is good.
/// Gains and errors of converters do not bring it back.
constexpr std::int32_t forced_sum(MacroFaults::Converter converter) {
  constexpr std::int32_t kFar = std::int32_t{1} << 30;
  return converter == MacroFaults::Converter::kGood     ? 0
         : converter == MacroFaults::Converter::kLowest ? -kFar
                                                        : kFar;
}

}  // namespace leyden::cim
