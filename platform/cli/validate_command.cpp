#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/cim/figures.h"
#include "platform/chip/chip_parameters.h"
#include "platform/cli/commands.h"
#include "platform/run/full_layer.h"

namespace leyden::cli {
namespace {

using Json = nlohmann::ordered_json;

/// A published figure of a chip and what the model gives for it.
struct Figure {
  std::string name;
  std::string unit;
  double published = 0;
  double modelled = 0;
  std::string source;
};

/// IMAGINE (Kneip et al., IEEE TCASAI 2025, arXiv 2412.19750, abstract).
std::vector<Figure> imagine_figures(const chip::ChipDescription& chip,
                                    const run::Resources& resources) {
  const base::ParameterSet& parameters = chip.parameters;
  const cim::MacroParameters macro = cim::read_macro_parameters(parameters);
  const double clock_hz = parameters.real("system.clock_mhz") * 1e6;
  const auto eight = cim::macro_figures(parameters, macro, 8, 8, 8, clock_hz);
  const auto one = cim::macro_figures(parameters, macro, 1, 1, 1, clock_hz);
  const Json layer = run::run_full_layer(chip, resources, {});
  const std::string source = "arXiv 2412.19750, abstract";
  return {
      {"macro efficiency at 8 b", "POPS/W", 0.15, eight.pops_per_w, source},
      {"macro efficiency at 1 b", "POPS/W", 8, one.pops_per_w, source},
      {"macro throughput density at 8 b", "TOPS/mm2", 2.6, eight.tops_per_mm2, source},
      {"macro throughput density at 1 b", "TOPS/mm2", 154, one.tops_per_mm2, source},
      {"macro storage density", "kB/mm2", 187, one.kilobytes_per_mm2, source},
      {"system efficiency at 8 b", "TOPS/W", 40, layer["efficiency_tops_per_w"]["native"], source}};
}

Json to_json(const chip::ChipDescription& chip, const std::vector<Figure>& figures) {
  Json out = {{"system", chip.name}, {"figures", Json::array()}, {"knobs", Json::array()}};
  for (const Figure& figure : figures) {
    out["figures"].push_back({{"name", figure.name},
                              {"unit", figure.unit},
                              {"published", figure.published},
                              {"modelled", figure.modelled},
                              {"error_percent", 100 * (figure.modelled / figure.published - 1)},
                              {"source", figure.source}});
  }
  for (const auto& [key, parameter] : chip.parameters.all()) {
    if (parameter.source != base::Source::kFitted) continue;
    out["knobs"].push_back({{"key", key},
                            {"value", parameter.value},
                            {"unit", parameter.spec.unit},
                            {"note", parameter.note}});
  }
  return out;
}

void print(const Json& result) {
  std::printf("%s\n\n%-34s %-9s %10s %10s %8s\n", result["system"].get<std::string>().c_str(),
              "figure", "unit", "published", "modelled", "error");
  for (const Json& figure : result["figures"]) {
    std::printf("%-34s %-9s %10.4g %10.4g %+7.2f%%\n", figure["name"].get<std::string>().c_str(),
                figure["unit"].get<std::string>().c_str(), figure["published"].get<double>(),
                figure["modelled"].get<double>(), figure["error_percent"].get<double>());
  }
  std::printf("\nfitted knobs\n");
  for (const Json& knob : result["knobs"]) {
    std::printf("%s = %g %s: %s\n", knob["key"].get<std::string>().c_str(),
                knob["value"].get<double>(), knob["unit"].get<std::string>().c_str(),
                knob["note"].get<std::string>().c_str());
  }
}

}  // namespace

base::ExitStatus validate_command(const Arguments& arguments, const run::Resources& resources) {
  const std::string system = arguments.subject.empty() ? "imagine" : arguments.subject;
  if (system != "imagine") {
    resources.chip(system);  // an unknown name is told as such
    throw base::UsageError("There are no published figures to compare chip " + system +
                           " with; imagine has some.");
  }
  const chip::ChipDescription chip =
      chip::load_chip_file(resources.chip(system), chip::chip_scopes());
  const Json result = to_json(chip, imagine_figures(chip, resources));
  if (arguments.json) {
    std::cout << result.dump(2) << "\n";
  } else if (!arguments.quiet) {
    print(result);
  }
  return base::ExitStatus::kGood;
}

}  // namespace leyden::cli
