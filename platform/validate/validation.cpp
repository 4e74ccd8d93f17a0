#include "platform/validate/validation.h"

#include <algorithm>
#include <cmath>

#include "platform/validate/fit.h"

namespace leyden::validate {
namespace {

ChipResult chip_result(const Library& library, const Chip& chip) {
  ChipResult result;
  result.name = chip.name;
  result.text = chip.text;
  const double node = chip.macro.node_nm;
  const Coefficients with = coefficients_of(library.knobs, chip.name, node);
  const Coefficients without = coefficients_of(fit(library, chip.name), chip.name, node);
  for (const Figure& figure : chip.figures) {
    result.rows.push_back({figure, modelled(chip, figure, with), modelled(chip, figure, without)});
    if (figure.use == Use::kFit) ++result.fitted_figures;
  }
  return result;
}

void count(const Row& row, GroupResult& group) {
  ++group.figures;
  if (row.figure.use == Use::kFit) ++group.fitted;
  const double error = std::abs(row.error_percent());
  const double left_out = std::abs(row.left_out_error_percent());
  group.mean_percent += error;
  group.left_out_mean_percent += left_out;
  group.worst_percent = std::max(group.worst_percent, error);
  group.left_out_worst_percent = std::max(group.left_out_worst_percent, left_out);
}

}  // namespace

Validation validate(const Library& library) {
  Validation validation;
  for (const GroupBound& bound : library.bounds) {
    GroupResult group;
    group.group = bound.group;
    group.bound_percent = bound.mean_percent;
    validation.groups.push_back(group);
  }
  for (const Chip& chip : library.chips) {
    validation.chips.push_back(chip_result(library, chip));
    for (const Row& row : validation.chips.back().rows) {
      if (!row.counts()) continue;
      auto& groups = validation.groups;
      auto group = std::find_if(groups.begin(), groups.end(),
                                [&](const GroupResult& g) { return g.group == row.figure.group; });
      if (group == groups.end()) {
        groups.emplace_back();
        group = groups.end() - 1;
        group->group = row.figure.group;
      }
      count(row, *group);
    }
  }
  for (GroupResult& group : validation.groups) {
    if (group.figures == 0) continue;
    group.mean_percent /= group.figures;
    group.left_out_mean_percent /= group.figures;
  }
  const std::vector<Knob> refitted = fit(library);
  for (std::size_t i = 0; i < library.knobs.size(); ++i) {
    const Knob& knob = library.knobs[i];
    validation.knobs.push_back({knob, informants(library, knob), refitted[i].value});
    const auto& seen = validation.knobs.back().informants;
    for (ChipResult& chip : validation.chips) {
      if (knob.spec->scope == Scope::kChip) {
        if (knob.subject == chip.name) ++chip.knobs;
      } else if (seen.size() == 1 && seen.front() == chip.name) {
        ++chip.lone_knobs;
      }
    }
  }
  return validation;
}

}  // namespace leyden::validate
