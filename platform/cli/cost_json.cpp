#include "platform/cli/cost_json.h"

#include <string>

namespace leyden::cli {
namespace {

nlohmann::ordered_json row(const std::string& name, const compiler::LayerCost& cost) {
  nlohmann::ordered_json cycles;
  for (std::size_t i = 0; i < base::kCauseCount; ++i) {
    cycles[std::string(base::to_string(static_cast<base::Cause>(i)))] = cost.causes[i];
  }
  cycles["total"] = cost.cycles;
  nlohmann::ordered_json energy;
  for (std::size_t i = 0; i < base::kComponentCount; ++i) {
    energy[std::string(base::to_string(static_cast<base::Component>(i)))] =
        cost.energy_fj[i] * 1e-3;
  }
  energy["total"] = cost.energy_pj();
  return {{"name", name}, {"cycles", cycles}, {"energy_pj", energy}};
}

}  // namespace

nlohmann::ordered_json cost_json(const compiler::ImageCost& cost, const compiler::Plan& plan) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < cost.layers.size(); ++i) {
    rows.push_back(row(plan.network.layers[i].name, cost.layers[i]));
  }
  rows.push_back(row("input", cost.input));
  rows.push_back(row("output", cost.output));
  rows.push_back(row("control", cost.control));
  return {{"cycles", cost.cycles()}, {"energy_pj", cost.energy_pj()}, {"rows", rows}};
}

}  // namespace leyden::cli
