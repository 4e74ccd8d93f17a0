#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "platform/chip/chip_parameters.h"
#include "platform/cli/commands.h"
#include "platform/cli/map_table.h"
#include "platform/cli/terminal.h"
#include "platform/cosim/cim_pins.h"
#include "platform/cosim/dma_pins.h"
#include "platform/report/text_table.h"
#include "platform/trace/layer_name.h"
#include "platform/trace/wave_signals.h"
#include "registers/dma.h"

namespace leyden::cli {
namespace {

using Json = nlohmann::ordered_json;

/// @param own  parameters of the blocks of a chip's user besides
Json list_parameters(const std::vector<chip::OwnBlock>& own) {
  Json list = Json::array();
  std::vector<chip::Scope> scopes = chip::chip_scopes();
  for (const chip::OwnBlock& block : own) {
    scopes.push_back({block.scope(), block.made_by->parameters(), {}});
  }
  for (const chip::Scope& scope : scopes) {
    for (const base::ParameterSpec& spec : scope.specs) {
      Json entry = {{"key", scope.name + "." + spec.key}, {"unit", spec.unit}};
      if (spec.choices.empty()) {
        entry["minimum"] = spec.minimum;
        entry["maximum"] = spec.maximum;
        entry["integer"] = spec.integer;
      } else {
        entry["choices"] = spec.choices;
      }
      entry["text"] = spec.text;
      if (!spec.when_absent.empty()) entry["when_absent"] = spec.when_absent;
      list.push_back(entry);
    }
  }
  return list;
}

/// Those of a chip with one macro; others have cim1 and so on besides.
void list_signals(bool as_json) {
  Json list = Json::array();
  std::vector<trace::WaveSignal> signals = trace::wave_signals(
      1, registers::dma::kBlocks, trace::interrupt_names(1, registers::dma::kBlocks));
  for (const base::PinView& pin : cosim::dma_pin_list()) {
    signals.push_back({"dma_pins", pin.name, pin.bits, "pin; needs dma.impl=rtl"});
  }
  for (const base::PinView& pin : cosim::cim_pin_list()) {
    signals.push_back({"cim0_pins", pin.name, pin.bits, "pin; needs cim.impl=rtl"});
  }
  for (const trace::WaveSignal& signal : signals) {
    if (as_json) {
      list.push_back({{"name", signal.path()},
                      {"bits", signal.bits},
                      {"text", signal.text},
                      {"needs_every_sram_access", signal.costly}});
    } else {
      char name[64];
      std::snprintf(name, sizeof name, "%-22s %2u  ", signal.path().c_str(), signal.bits);
      std::cout << report::wrapped(name + signal.text +
                                       (signal.costly ? " (slow: withdraws direct access)" : ""),
                                   terminal_width(), 27)
                << "\n";
    }
  }
  if (as_json) std::cout << list.dump(2) << "\n";
}

std::string range_of(const Json& entry) {
  if (!entry.contains("choices")) {
    char text[64];
    std::snprintf(text, sizeof text, "%g to %g", entry["minimum"].get<double>(),
                  entry["maximum"].get<double>());
    return text;
  }
  std::string words;
  for (const Json& choice : entry["choices"]) {
    words += (words.empty() ? "" : " | ") + choice.get<std::string>();
  }
  return words;
}

}  // namespace

base::ExitStatus list_command(const Arguments& arguments, const run::Resources& resources) {
  if (arguments.quiet && !arguments.json) return base::ExitStatus::kGood;
  chip::ChipDescription description;
  if (arguments.subject == "map" || !arguments.chip.empty()) {
    const std::string chip = arguments.chip.empty() ? "imagine" : arguments.chip;
    description = chip::load_chip_file(resources.chip(chip), chip::chip_scopes());
  }
  if (arguments.subject == "map") {
    std::cout << map_table(description, arguments.json, terminal_width());
    return base::ExitStatus::kGood;
  }
  if (arguments.subject == "parameters") {
    const Json list = list_parameters(description.blocks);
    if (arguments.json) {
      std::cout << list.dump(2) << "\n";
      return base::ExitStatus::kGood;
    }
    report::TextTable table("parameter");
    table.add_column("unit", report::TextTable::Kind::kWord);
    table.add_column("range: what it is", report::TextTable::Kind::kSentence);
    for (const Json& entry : list) {
      const std::string absent =
          entry.contains("when_absent")
              ? " (" + entry["when_absent"].get<std::string>() + " when left out)"
              : "";
      table.add_row(entry["key"], {entry["unit"], range_of(entry) + ": " +
                                                      entry["text"].get<std::string>() + absent});
    }
    std::cout << table.text(terminal_width());
    return base::ExitStatus::kGood;
  }
  if (arguments.subject == "signals") {
    list_signals(arguments.json);
    return base::ExitStatus::kGood;
  }
  const std::vector<std::string> names = arguments.subject == "chips"    ? resources.chips()
                                         : arguments.subject == "sweeps" ? resources.sweeps()
                                                                         : resources.networks();
  if (arguments.json) {
    std::cout << Json(names).dump(2) << "\n";
  } else {
    for (const std::string& name : names) std::cout << name << "\n";
  }
  return base::ExitStatus::kGood;
}

}  // namespace leyden::cli
