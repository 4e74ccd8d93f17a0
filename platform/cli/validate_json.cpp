#include <cmath>
#include <map>

#include "platform/cli/validate_tables.h"

namespace leyden::cli {
namespace {

using validate::ChipResult;
using validate::Row;

/// What a figure of that unit rests on, for the spread of a prediction.
std::string kind_of(const std::string& unit) {
  static const std::map<std::string, std::string> kKinds = {
      {"pJ", "energy"}, {"fJ", "energy"},  {"TOPS/W", "energy"}, {"POPS/W", "energy"},
      {"ns", "time"},   {"TOPS", "time"},  {"GOPS", "time"},     {"mm2", "area"},
      {"um2", "area"},  {"kB/mm2", "area"}};
  const auto found = kKinds.find(unit);
  return found == kKinds.end() ? "" : found->second;
}

/// Factor by which figures of a kind were off for chips left out: for each chip the mean of
/// |ln(modelled / published)|, then the mean over chips.
double left_out_factor(const validate::Validation& validation, const std::string& kind) {
  double sum = 0;
  unsigned chips = 0;
  for (const ChipResult& chip : validation.chips) {
    double of_chip = 0;
    unsigned rows = 0;
    for (const Row& row : chip.rows) {
      if (!row.counts() || kind_of(row.figure.unit) != kind) continue;
      of_chip += std::abs(std::log(row.left_out / row.figure.published));
      ++rows;
    }
    if (rows == 0) continue;
    sum += of_chip / rows;
    ++chips;
  }
  return chips == 0 ? 1 : std::exp(sum / chips);
}

}  // namespace

Json figures_json(const ChipResult& chip) {
  Json out = {{"system", chip.name},
              {"description", chip.text},
              {"chip_knobs", chip.knobs},
              {"lone_knobs", chip.lone_knobs},
              {"fitted_figures", chip.fitted_figures},
              {"figures", Json::array()},
              {"inconsistent", Json::array()}};
  for (const Row& row : chip.rows) {
    const validate::Figure& figure = row.figure;
    Json entry = {{"name", figure.name}, {"unit", figure.unit}};
    if (figure.use == validate::Use::kInconsistent) {
      entry["published"] = figure.published;
      entry["implied"] = figure.implied;
      if (figure.quantity != nullptr) entry["modelled"] = row.modelled;
      entry["source"] = figure.source;
      entry["note"] = figure.note;
      out["inconsistent"].push_back(entry);
      continue;
    }
    entry["group"] = figure.group;
    entry["use"] = to_string(figure.use);
    entry["modelled"] = row.modelled;
    entry["left_out"] = row.left_out;
    if (row.counts()) {
      entry["published"] = figure.published;
      entry["error_percent"] = row.error_percent();
      entry["left_out_error_percent"] = row.left_out_error_percent();
    }
    entry["source"] = figure.source;
    if (!figure.note.empty()) entry["note"] = figure.note;
    out["figures"].push_back(entry);
  }
  return out;
}

Json groups_json(const validate::Validation& validation) {
  Json out = Json::array();
  for (const validate::GroupResult& group : validation.groups) {
    Json entry = {{"group", group.group},
                  {"figures", group.figures},
                  {"fitted", group.fitted},
                  {"mean_percent", group.mean_percent},
                  {"worst_percent", group.worst_percent},
                  {"left_out_mean_percent", group.left_out_mean_percent},
                  {"left_out_worst_percent", group.left_out_worst_percent}};
    if (group.bound_percent > 0) entry["bound_percent"] = group.bound_percent;
    out.push_back(entry);
  }
  return out;
}

Json knobs_json(const validate::Validation& validation, const std::string& chip) {
  Json out = Json::array();
  for (const validate::KnobResult& result : validation.knobs) {
    const validate::Knob& knob = result.knob;
    bool applies = chip.empty() || knob.subject == chip;
    for (const std::string& name : result.informants) applies = applies || name == chip;
    if (!applies) continue;
    out.push_back({{"key", knob.key()},
                   {"scope", to_string(knob.spec->scope)},
                   {"value", knob.value},
                   {"unit", knob.spec->unit},
                   {"refitted", result.refitted},
                   {"start", knob.start},
                   {"text", knob.spec->text},
                   {"fitted_to", knob.fitted_to},
                   {"informed_by", result.informants},
                   {"note", knob.note}});
  }
  return out;
}

Json new_chip_json(const validate::Chip& chip, const validate::Library& library,
                   const validate::Validation& validation) {
  const validate::Structure& macro = chip.macro;
  const validate::Point point{macro.supply_v, macro.input_bits, macro.weight_bits,
                              macro.output_bits};
  const validate::Prediction prediction =
      predict(macro, point, coefficients_of(library.knobs, chip.name, macro.node_nm));
  Json out = {{"system", chip.name}, {"description", chip.text}, {"predicted", Json::array()}};
  for (const validate::Quantity& quantity : validate::quantities()) {
    const double value = quantity.of(macro, prediction);
    if (value == 0) continue;
    out["predicted"].push_back(
        {{"name", quantity.name}, {"unit", quantity.unit}, {"modelled", value}});
  }
  for (const char* kind : {"energy", "time", "area"}) {
    out["left_out_factor"][kind] = left_out_factor(validation, kind);
  }
  return out;
}

}  // namespace leyden::cli
