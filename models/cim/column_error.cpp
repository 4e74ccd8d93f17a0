#include "models/cim/column_error.h"

#include <cmath>
#include <vector>

#include "models/cim/figures.h"
#include "models/cim/macro.h"

namespace leyden::cim {
namespace {

constexpr unsigned kSide = 6;  // 36 positions
constexpr std::uint32_t kSeed = 2;

struct Effects {
  bool temporal = false;
  bool offset = false;
  bool gain = false;
  bool mismatch = false;
  bool inl = false;
};

/// Levels of every output with the chosen effects, dies one after another.
std::vector<double> run_levels(MacroParameters macro, const Effects& effects,
                               std::uint32_t first_die, unsigned dies) {
  if (!effects.offset) macro.convert.offset_mv = 0;
  if (!effects.gain) macro.convert.gain_percent = 0;
  if (!effects.mismatch) macro.dot_product.mismatch_percent_sqrt_ff = 0;
  if (!effects.inl) macro.convert.inl_lsb = 0;
  const unsigned bits = macro.convert.bits;
  const FullArrayJob full =
      full_array_job(macro, macro.input_bits, macro.weight_bits, bits, kSide, kSeed);
  Macro simulated(macro);
  fill_array(simulated.array(), macro, 256, bits, kSeed);
  std::vector<double> all;
  std::vector<double> levels;
  for (std::uint32_t die = first_die; die < first_die + dies; ++die) {
    JobDraws draws;
    draws.position.die = die;
    simulated.levels(full.job, full.input.data(), base::Fidelity::kAnalog, draws, effects.temporal,
                     levels);
    all.insert(all.end(), levels.begin(), levels.end());
  }
  return all;
}

}  // namespace

ColumnError column_error_lsb_rms(const MacroParameters& macro, std::uint32_t first_die,
                                 unsigned dies) {
  const std::vector<double> nominal = run_levels(macro, {}, first_die, dies);
  const auto rms = [&](const Effects& effects) {
    const std::vector<double> levels = run_levels(macro, effects, first_die, dies);
    double sum = 0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const double error = levels[i] - nominal[i];
      sum += error * error;
    }
    return std::sqrt(sum / static_cast<double>(levels.size()));
  };
  ColumnError error;
  error.total = rms({true, true, true, true, true});
  error.temporal = rms({true, false, false, false, false});
  error.offset = rms({false, true, false, false, false});
  error.gain = rms({false, false, true, false, false});
  error.mismatch = rms({false, false, false, true, false});
  error.inl = rms({false, false, false, false, true});
  return error;
}

}  // namespace leyden::cim
