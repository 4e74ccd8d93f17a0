#include "models/cim/column_error.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/cim/figures.h"
#include "models/cim/macro.h"

namespace leyden::cim {
namespace {

constexpr unsigned kSide = 6;  // 36 positions
constexpr std::uint32_t kSeed = 2;

/// One kind of effects and the keys that are 0 without it.
struct Term {
  double ColumnError::*error;
  std::vector<double*> (*keys)(MacroParameters& m);
};

using Keys = std::vector<double*>;

constexpr Term kTerms[] = {
    {&ColumnError::temporal,
     [](MacroParameters& m) {
       return Keys{&m.convert.noise_mv, &m.temperature_k, &m.supply_noise_mv};
     }},
    {&ColumnError::offset, [](MacroParameters& m) { return Keys{&m.convert.offset_mv}; }},
    {&ColumnError::gain, [](MacroParameters& m) { return Keys{&m.convert.gain_percent}; }},
    {&ColumnError::mismatch,
     [](MacroParameters& m) {
       return Keys{&m.dot_product.mismatch_percent_sqrt_ff, &m.cells.variation_percent};
     }},
    {&ColumnError::inl, [](MacroParameters& m) { return Keys{&m.convert.inl_lsb}; }},
    {&ColumnError::transfer,
     [](MacroParameters& m) {
       return Keys{&m.convert.unit_mismatch_percent, &m.convert.comparator_offset_mv};
     }},
    {&ColumnError::read, [](MacroParameters& m) { return Keys{&m.cells.read_noise_percent}; }},
    {&ColumnError::on_off, [](MacroParameters& m) { return Keys{&m.cells.on_off_ratio}; }},
    {&ColumnError::stuck,
     [](MacroParameters& m) {
       return Keys{&m.cells.stuck_on_ppm, &m.cells.stuck_off_ppm};
     }},
    {&ColumnError::columns,
     [](MacroParameters& m) { return Keys{&m.combine.column_mismatch_percent}; }},
    {&ColumnError::inputs,
     [](MacroParameters& m) {
       return Keys{&m.drive.inl_lsb, &m.combine.input_mismatch_percent, &m.combine.settling_tau_ns};
     }},
    {&ColumnError::wire,
     [](MacroParameters& m) { return Keys{&m.dot_product.wire_resistance_ohm}; }},
};

bool is_on(const Term& term, MacroParameters macro) {
  const Keys keys = term.keys(macro);
  return std::any_of(keys.begin(), keys.end(), [](const double* key) { return *key != 0; });
}

/// Levels of every output, dies one after another.
std::vector<double> run_levels(const MacroParameters& macro, std::uint32_t first_die,
                               unsigned dies) {
  const unsigned bits = macro.post.digital() ? 8 : macro.convert.bits;
  const FullArrayJob full =
      full_array_job(macro, macro.input_bits, macro.weight_bits, bits, kSide, kSeed);
  Macro simulated(macro);
  fill_array(simulated.array(), macro, 256, bits, kSeed);
  std::vector<double> all;
  std::vector<double> levels;
  for (std::uint32_t die = first_die; die < first_die + dies; ++die) {
    JobDraws draws;
    draws.position.die = die;
    simulated.levels(full.job, full.input.data(), base::Fidelity::kAnalog, draws, true, levels);
    all.insert(all.end(), levels.begin(), levels.end());
  }
  return all;
}

double rms(const std::vector<double>& levels, const std::vector<double>& nominal) {
  double sum = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const double error = levels[i] - nominal[i];
    sum += error * error;
  }
  return std::sqrt(sum / static_cast<double>(levels.size()));
}

}  // namespace

ColumnError column_error_lsb_rms(const MacroParameters& macro, std::uint32_t first_die,
                                 unsigned dies) {
  const auto only = [&](const Term* wanted) {
    MacroParameters without = macro;
    for (const Term& term : kTerms) {
      if (&term == wanted) continue;
      for (double* key : term.keys(without)) *key = 0;
    }
    return without;
  };
  const std::vector<double> nominal = run_levels(only(nullptr), first_die, dies);
  ColumnError error;
  error.total = rms(run_levels(macro, first_die, dies), nominal);
  for (const Term& term : kTerms) {
    if (!is_on(term, macro)) continue;
    error.*term.error = rms(run_levels(only(&term), first_die, dies), nominal);
  }
  return error;
}

}  // namespace leyden::cim
