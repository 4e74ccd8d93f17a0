#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

#include "models/base/parameter.h"
#include "models/cim/figures.h"
#include "platform/chip/chip_parameters.h"
#include "platform/cli/commands.h"
#include "platform/cli/terminal.h"
#include "platform/cli/validate_tables.h"
#include "platform/report/text_table.h"
#include "platform/run/full_layer.h"
#include "platform/validate/library_file.h"

namespace leyden::cli {
namespace {

/// A published figure of a chip and what the model gives for it.
struct Figure {
  std::string name;
  std::string unit;
  double published = 0;
  double modelled = 0;
  std::string source;
  double published_high = 0;  ///< where a range is published: its upper end
};

/// Energy of a product of 1152 x 256 cells at 1 b, in pJ: Jia, ISSCC 2021 (UIUC benchmark table).
constexpr double kJia2021ProductPj = 305;

/// The chip with a chip file whose macro a simulated job measures.
constexpr const char* kSimulated = "imagine";

/// IMAGINE (Kneip et al., IEEE TCASAI 2025, arXiv 2412.19750, abstract); 0 where nothing is
/// published.
std::vector<Figure> imagine_figures(const chip::ChipDescription& chip,
                                    const run::Resources& resources) {
  const base::ParameterSet& parameters = chip.parameters;
  const cim::MacroParameters macro = cim::read_macro_parameters(parameters);
  const double clock_hz = parameters.real("system.clock_mhz") * 1e6;
  const auto at = [&](unsigned bits) {
    return cim::macro_figures(parameters, macro, bits, bits, bits, clock_hz);
  };
  const auto eight = at(8);
  const auto four = at(4);
  const auto two = at(2);
  const auto one = at(1);
  const Json layer = run::run_full_layer(chip, resources, {});
  const std::string source = "arXiv 2412.19750, abstract";
  const std::string none = "not published";
  return {
      {"macro efficiency at 8 b", "POPS/W", 0.15, eight.pops_per_w, source},
      {"macro efficiency at 1 b", "POPS/W", 8, one.pops_per_w, source},
      {"macro throughput density at 8 b", "TOPS/mm2", 2.6, eight.tops_per_mm2, source},
      {"macro throughput density at 1 b", "TOPS/mm2", 154, one.tops_per_mm2, source},
      {"macro storage density", "kB/mm2", 187, one.kilobytes_per_mm2, source},
      {"system efficiency at 8 b", "TOPS/W", 40, layer["efficiency_tops_per_w"]["native"], source},
      {"product at 1 b beside Jia 2021", "times", 3, kJia2021ProductPj / one.energy_pj,
       source +
           ": 3-5x over prior charge-based designs; that its metric is the energy of a product "
           "of the same array, 305 pJ in the UIUC benchmark table, is assumed",
       5},
      {"macro efficiency at 4 b", "POPS/W", 0, four.pops_per_w, none},
      {"macro efficiency at 2 b", "POPS/W", 0, two.pops_per_w, none},
      {"macro throughput density at 4 b", "TOPS/mm2", 0, four.tops_per_mm2, none},
      {"macro throughput density at 2 b", "TOPS/mm2", 0, two.tops_per_mm2, none}};
}

/// Adds what simulated jobs on the chip file's macro give, and the chip file's fitted knobs.
void add_simulated(Json& out, const run::Resources& resources) {
  const chip::ChipDescription chip =
      chip::load_chip_file(resources.chip(kSimulated), chip::chip_scopes());
  out["figures"] = Json::array();
  out["ranges"] = Json::array();
  out["predicted"] = Json::array();
  out["knobs"] = Json::array();
  for (const Figure& figure : imagine_figures(chip, resources)) {
    Json entry = {{"name", figure.name}, {"unit", figure.unit}, {"modelled", figure.modelled}};
    if (figure.published_high > 0) {
      entry["published_low"] = figure.published;
      entry["published_high"] = figure.published_high;
      entry["within"] =
          figure.modelled >= figure.published && figure.modelled <= figure.published_high;
      entry["source"] = figure.source;
      out["ranges"].push_back(entry);
      continue;
    }
    if (figure.published > 0) {
      entry["published"] = figure.published;
      entry["error_percent"] = 100 * (figure.modelled / figure.published - 1);
    }
    entry["source"] = figure.source;
    out[figure.published > 0 ? "figures" : "predicted"].push_back(entry);
  }
  for (const auto& [key, parameter] : chip.parameters.all()) {
    if (parameter.source != base::Source::kFitted) continue;
    out["knobs"].push_back({{"key", key},
                            {"value", parameter.value},
                            {"unit", parameter.spec.unit},
                            {"note", parameter.note}});
  }
}

void print_simulated(const Json& result) {
  std::printf("%s, simulated jobs on its chip file\n\n%-34s %-9s %10s %10s %8s\n",
              result["system"].get<std::string>().c_str(), "figure", "unit", "published",
              "modelled", "error");
  for (const Json& figure : result["figures"]) {
    std::printf("%-34s %-9s %10.4g %10.4g %+7.2f%%\n", figure["name"].get<std::string>().c_str(),
                figure["unit"].get<std::string>().c_str(), figure["published"].get<double>(),
                figure["modelled"].get<double>(), figure["error_percent"].get<double>());
  }
  for (const Json& figure : result["ranges"]) {
    std::printf("%-34s %-9s %4g to %-2g %10.4g %8s\n", figure["name"].get<std::string>().c_str(),
                figure["unit"].get<std::string>().c_str(), figure["published_low"].get<double>(),
                figure["published_high"].get<double>(), figure["modelled"].get<double>(),
                figure["within"].get<bool>() ? "within" : "outside");
  }
  for (const Json& figure : result["predicted"]) {
    std::printf("%-34s %-9s %10s %10.4g predicted\n", figure["name"].get<std::string>().c_str(),
                figure["unit"].get<std::string>().c_str(), "-", figure["modelled"].get<double>());
  }
  std::printf("\nfitted knobs\n");
  for (const Json& knob : result["knobs"]) {
    std::array<char, 32> value{};
    std::snprintf(value.data(), value.size(), "%g", knob["value"].get<double>());
    const std::string line = knob["key"].get<std::string>() + " = " + value.data() + " " +
                             knob["unit"].get<std::string>() + ": " +
                             knob["note"].get<std::string>();
    std::printf("%s\n", report::wrapped(line, terminal_width(), 2).c_str());
  }
  std::printf("\nthe shared model of all systems\n\n");
}

Json one_system(const validate::Validation& validation, const std::string& name,
                const run::Resources& resources) {
  const auto found =
      std::find_if(validation.chips.begin(), validation.chips.end(),
                   [&](const validate::ChipResult& chip) { return chip.name == name; });
  if (found == validation.chips.end()) {
    std::vector<std::string> known;
    for (const validate::ChipResult& chip : validation.chips) known.push_back(chip.name);
    std::string words;
    for (const std::string& word : known) words += (words.empty() ? "" : ", ") + word;
    const std::vector<std::string> presets = resources.chips();
    if (std::find(presets.begin(), presets.end(), name) != presets.end()) {
      throw base::UsageError("No figure of energy, time or area of " + name +
                             " is published, so there is nothing to compare; docs/chips.md tells "
                             "what is. There are figures of " +
                             words + ".");
    }
    const std::string near = base::nearest_word(name, known);
    throw base::UsageError("There are no published figures to compare " + name +
                           " with; there are some of " + words +
                           (near.empty() ? "." : "; did you mean '" + near + "'?"));
  }
  Json out = {{"system", name}};
  if (name == kSimulated) add_simulated(out, resources);
  out["shared"] = figures_json(*found);
  out["shared_knobs"] = knobs_json(validation, name);
  return out;
}

void print_system(const Json& system, bool leave_one_out) {
  if (system.contains("figures")) print_simulated(system);
  print_figures(system["shared"], leave_one_out, terminal_width());
  print_inconsistent(system["shared"], terminal_width());
}

/// @throws base::UsageError naming the file where the knobs of its node know no such supply
Json predicted_json(const std::string& path, const validate::Chip& chip,
                    const validate::Library& library) {
  const validate::Validation validation = validate::validate(library);
  try {
    return new_chip_json(chip, library, validation);
  } catch (const base::UsageError& error) {
    throw base::UsageError(path +
                           ": macro.supply_v does not go with macro.node_nm: " + error.what());
  }
}

}  // namespace

base::ExitStatus validate_command(const Arguments& arguments, const run::Resources& resources) {
  const validate::Library library = validate::load_library(resources.configs() + "/calibration");
  if (!arguments.chip.empty()) {
    if (!arguments.subject.empty()) {
      throw base::UsageError("--chip predicts a chip of its own; it goes without a system.");
    }
    const validate::Chip chip = validate::load_new_chip(arguments.chip);
    const Json result = predicted_json(arguments.chip, chip, library);
    if (arguments.json) std::cout << result.dump(2) << "\n";
    if (!arguments.json && !arguments.quiet) print_new_chip(result, terminal_width());
    return base::ExitStatus::kGood;
  }
  const validate::Validation validation = validate::validate(library);
  Json result;
  if (!arguments.subject.empty()) {
    result = one_system(validation, arguments.subject, resources);
  } else {
    result["systems"] = Json::array();
    for (const validate::ChipResult& chip : validation.chips) {
      result["systems"].push_back(one_system(validation, chip.name, resources));
    }
    result["groups"] = groups_json(validation);
    result["shared_knobs"] = knobs_json(validation, "");
  }
  if (arguments.json) {
    std::cout << result.dump(2) << "\n";
    return base::ExitStatus::kGood;
  }
  if (arguments.quiet) return base::ExitStatus::kGood;
  const Json systems = result.contains("systems") ? result["systems"] : Json::array({result});
  for (const Json& system : systems) print_system(system, arguments.leave_one_out);
  if (result.contains("groups")) print_groups(result["groups"], terminal_width());
  print_knobs(result["shared_knobs"], terminal_width());
  return base::ExitStatus::kGood;
}

}  // namespace leyden::cli
