// What a macro does with its faults (docs/faults.md).
#include "models/cim/macro_faults.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/base/error.h"
#include "models/cim/macro.h"

namespace leyden::cim {

void Macro::set_faults(const MacroFaults& faults) {
  const std::string name = "macro " + std::to_string(instance_);
  for (const MacroFaults::StuckCell& cell : faults.cells) {
    if (cell.row >= parameters_.rows || cell.column >= parameters_.physical_columns() ||
        cell.level > parameters_.cells.highest_level()) {
      throw base::UsageError(
          "a cell of " + name + " at row " + std::to_string(cell.row) + ", column " +
          std::to_string(cell.column) + " stuck at level " + std::to_string(cell.level) +
          " is outside its " + std::to_string(parameters_.rows) + " rows, " +
          std::to_string(parameters_.physical_columns()) + " columns and levels 0 to " +
          std::to_string(parameters_.cells.highest_level()));
    }
  }
  array_.set_faults(faults);
  physical_faults_ = faults;
  place_converter_faults();
}

void Macro::place_converter_faults() {
  MacroFaults here;
  for (unsigned column = 0; column < parameters_.columns; ++column) {
    const MacroFaults::Converter converter =
        physical_faults_.converter(array_.repairs().physical(column));
    if (converter == MacroFaults::Converter::kGood) continue;
    here.converters.resize(parameters_.columns);
    here.converters[column] = converter;
  }
  faults_ = here.converters.empty() ? nullptr : std::make_unique<MacroFaults>(std::move(here));
  digital_.set_faults(faults_.get());
}

void Macro::follow_repairs() {
  if (repairs_ == array_.repairs().words()) return;
  repairs_ = array_.repairs().words();
  place_converter_faults();
  die_.reset();
  tiles_.clear();  // deviations of replaced columns are folded into them
}

bool Macro::converts_beside_stuck(base::Fidelity fidelity) const {
  if (fidelity != base::Fidelity::kIdeal) return true;
  throw base::UsageError(
      "a macro that combines conversions digitally has none at fidelity ideal, so a stuck "
      "converter has no meaning there; take quantised or analog");
}

void Macro::force_codes(const Job& job, std::size_t count, std::size_t stride, bool exact) {
  const unsigned columns = parameters_.columns_per_output(job.weight_bits);
  if (exact) prepare_codes(job, parameters_, array_, codes_);
  for (unsigned j = 0; j < job.outputs; ++j) {
    const MacroFaults::Converter converter = faults_->converter(job.column_first + j * columns);
    std::int32_t sum = forced_sum(converter);
    if (sum == 0) continue;
    if (exact) {  // nothing is converted: the value that the code stands for
      const double code = converter == MacroFaults::Converter::kLowest ? 0.5 : codes_.top + 0.5;
      sum = static_cast<std::int32_t>(
          std::floor((code * codes_.denominator - codes_.base[j]) / codes_.slope[j]));
    }
    for (std::size_t m = 0; m < count; ++m) sums_[m * stride + j] = sum;
  }
}

}  // namespace leyden::cim
