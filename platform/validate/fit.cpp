#include "platform/validate/fit.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "platform/validate/least_squares.h"

namespace leyden::validate {
namespace {

constexpr double kPull = 0.03;
/// A residual that stands for "the equations have no value here": far worse than any error.
constexpr double kNoValue = 50;

double to_unknown(const Knob& knob, double value) {
  return knob.spec->logarithmic ? std::log(value) : value;
}

void set_values(std::vector<Knob>& knobs, const Vector& unknowns) {
  for (std::size_t i = 0; i < knobs.size(); ++i) {
    knobs[i].value = knobs[i].spec->logarithmic ? std::exp(unknowns[i]) : unknowns[i];
  }
}

double residual(const Chip& chip, const Figure& figure, const Coefficients& with) {
  try {
    const double ratio = modelled(chip, figure, with) / figure.published;
    return std::isfinite(ratio) && ratio > 0 ? std::log(ratio) : kNoValue;
  } catch (const base::UsageError&) {  // a supply below the threshold that is tried
    return kNoValue;
  }
}

Vector residuals(const Library& library, const std::string& without, std::vector<Knob>& knobs,
                 const Vector& unknowns) {
  set_values(knobs, unknowns);
  Vector values;
  for (const Chip& chip : library.chips) {
    if (chip.name == without) continue;
    const Coefficients with = coefficients_of(knobs, chip.name, chip.macro.node_nm);
    for (const Figure& figure : chip.figures) {
      if (figure.use == Use::kFit) values.push_back(residual(chip, figure, with));
    }
  }
  for (std::size_t i = 0; i < knobs.size(); ++i) {
    const double start = to_unknown(knobs[i], knobs[i].start);
    values.push_back(kPull * (unknowns[i] - start) / knobs[i].spread);
  }
  return values;
}

}  // namespace

std::vector<Knob> fit(const Library& library, const std::string& without) {
  std::vector<Knob> knobs;
  for (const Knob& knob : library.knobs) {
    if (knob.spec->scope != Scope::kChip || knob.subject != without) knobs.push_back(knob);
  }
  Vector unknowns;
  for (const Knob& knob : knobs) unknowns.push_back(to_unknown(knob, knob.start));
  const auto function = [&](const Vector& at) { return residuals(library, without, knobs, at); };
  set_values(knobs, least_squares(function, unknowns));
  return knobs;
}

std::vector<std::string> informants(const Library& library, const Knob& knob) {
  std::vector<std::string> names;
  for (const Chip& chip : library.chips) {
    if (!knob.applies(chip.name, chip.macro.node_nm)) continue;
    std::vector<Knob> moved = library.knobs;
    for (Knob& other : moved) {
      if (other.key() == knob.key()) other.value *= 1.01;
    }
    const Coefficients before = coefficients_of(library.knobs, chip.name, chip.macro.node_nm);
    const Coefficients after = coefficients_of(moved, chip.name, chip.macro.node_nm);
    const bool moves =
        std::any_of(chip.figures.begin(), chip.figures.end(), [&](const Figure& figure) {
          return figure.use == Use::kFit &&
                 modelled(chip, figure, before) != modelled(chip, figure, after);
        });
    if (moves) names.push_back(chip.name);
  }
  return names;
}

}  // namespace leyden::validate
