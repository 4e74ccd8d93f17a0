#include "platform/validate/library_file.h"

#include "models/base/error.h"
#include "platform/validate/yaml_reader.h"

namespace leyden::validate {
namespace {

using base::UsageError;
using Words = std::vector<std::string>;

const Words kCells = {"sram", "rram"};
const Words kDrives = {"bit_serial", "dac", "pulse_count", "ternary_pulses"};
const Words kCombines = {"analog", "digital"};
const Words kConverters = {"sar", "flash", "line"};
const Words kUses = {"fit", "predict", "inconsistent"};
const Words kAnswers = {"no", "yes"};

Structure read_structure(const YamlMap& in) {
  Structure macro;
  macro.node_nm = in.number("node_nm", 7, 130);
  macro.supply_v = in.number("supply_v", 0.35, 5);
  macro.rows = in.whole("rows", 1, 65536);
  macro.columns = in.whole("columns", 1, 65536);
  macro.input_bits = in.whole("input_bits", 1, 16);
  macro.weight_bits = in.whole("weight_bits", 1, 16);
  macro.output_bits = in.whole("output_bits", 1, 16);
  macro.cell = static_cast<Cell>(in.choice_or("cell", kCells, 0));
  macro.drive = static_cast<Drive>(in.choice_or("drive", kDrives, 0));
  macro.combine = static_cast<Combine>(in.choice_or("combine", kCombines, 0));
  macro.converter = static_cast<Converter>(in.choice_or("converter", kConverters, 0));
  macro.transistors_per_cell = in.whole_or("transistors_per_cell", 1, 64, 10);
  macro.cells_per_circuit = in.whole_or("cells_per_circuit", 1, 1024, 1);
  macro.capacitors_per_circuit = in.whole_or("capacitors_per_circuit", 1, 64, 1);
  macro.cells_per_weight = in.whole_or("cells_per_weight", 1, 64, 0);
  macro.columns_per_output = in.whole_or("columns_per_output", 1, 65536, 0);
  macro.converters = in.whole_or("converters", 1, 65536, 0);
  macro.macros = in.whole_or("macros", 1, 65536, 1);
  macro.datapath = in.choice_or("datapath", kAnswers, 0) == 1;
  if (macro.cell == Cell::kRram) {
    macro.read_v = in.number("read_v", 0.01, 5);
    macro.word_line_v = in.number("word_line_v", 0.01, 5);
    macro.word_line_swing_v = in.number("word_line_swing_v", 0.01, 5);
  }
  in.check_all_read();
  // One phase holds all pulses: what the shared knobs know of it ends where its figures do.
  constexpr unsigned kMostPulseBits = 4;
  if (macro.drive == Drive::kPulseCount && macro.input_bits > kMostPulseBits) {
    in.refuse("input_bits", "is " + std::to_string(macro.input_bits) +
                                ", but figures of drive pulse_count exist up to 4 only; "
                                "bit_serial or dac take more");
  }
  if (macro.weight_bits > macro.columns) {
    in.refuse("weight_bits", "is " + std::to_string(macro.weight_bits) + ", more than the " +
                                 std::to_string(macro.columns) +
                                 " columns there are to hold a weight");
  }
  if (macro.columns_per_output > macro.columns) {
    in.refuse("columns_per_output", "is " + std::to_string(macro.columns_per_output) +
                                        ", more than the " + std::to_string(macro.columns) +
                                        " columns there are");
  }
  if (macro.converters > macro.columns) {
    in.refuse("converters", "is " + std::to_string(macro.converters) + ", more than the " +
                                std::to_string(macro.columns) + " columns there are to convert");
  }
  return macro;
}

Point read_point(const YamlMap& in, const Structure& macro) {
  Point point;
  point.supply_v = in.number_or("supply_v", 0.35, 5, macro.supply_v);
  point.input_bits = in.whole_or("input_bits", 1, 16, macro.input_bits);
  point.weight_bits = in.whole_or("weight_bits", 1, 16, macro.weight_bits);
  point.output_bits = in.whole_or("output_bits", 1, 16, macro.output_bits);
  point.activity = in.number_or("activity", 0, 1, 1);
  point.two_phase = in.choice_or("two_phase", kAnswers, 0) == 1;
  in.check_all_read();
  return point;
}

Words quantity_names() {
  Words names;
  for (const Quantity& quantity : quantities()) names.push_back(quantity.name);
  return names;
}

Figure read_figure(const YamlMap& in, const Structure& macro) {
  Figure figure;
  figure.name = in.word("name");
  figure.use = static_cast<Use>(in.choice("use", kUses));
  figure.group = in.word_or("group", "");
  if (in.has("quantity")) {
    figure.quantity = &quantities()[in.choice("quantity", quantity_names())];
    figure.unit = figure.quantity->unit;
  } else {
    if (figure.use != Use::kInconsistent) in.refuse("quantity", "is missing");
    figure.unit = in.word("unit");
  }
  figure.point =
      in.has("at") ? read_point(in.map("at"), macro)
                   : Point{macro.supply_v, macro.input_bits, macro.weight_bits, macro.output_bits};
  const bool open = figure.use == Use::kPredict && !in.has("published");
  figure.published = open ? 0 : in.number("published", 1e-12, 1e12);
  if (figure.use == Use::kInconsistent) figure.implied = in.number("implied", 1e-12, 1e12);
  if (figure.use != Use::kInconsistent && figure.group.empty()) in.refuse("group", "is missing");
  figure.source = in.word("source");
  figure.note = in.word_or("note", "");
  in.check_all_read();
  return figure;
}

Knob read_knob(const YamlMap& in, const KnobSpec& spec, const std::string& subject) {
  Knob knob;
  knob.spec = &spec;
  knob.subject = subject;
  const double least = spec.logarithmic ? 1e-9 : -20;
  knob.value = in.number("value", least, 1e9);
  const double neutral = spec.logarithmic ? 1 : 0;
  const bool chips = spec.scope == Scope::kChip;
  knob.start = chips ? in.number_or("start", least, 1e9, neutral) : in.number("start", least, 1e9);
  const double usual = spec.logarithmic ? 2 : 0.5;
  knob.spread = chips ? in.number_or("spread", 1e-3, 100, usual) : in.number("spread", 1e-3, 100);
  knob.fitted_to = in.word("fitted_to");
  knob.note = in.word_or("note", "");
  if (spec.scope == Scope::kNode) knob.node_nm = in.number("node_nm", 7, 130);
  in.check_all_read();
  return knob;
}

void read_knobs(const YamlMap& in, Scope scope, const std::string& subject,
                std::vector<Knob>& knobs) {
  for (const std::string& name : in.keys()) {
    const KnobSpec* spec = find_knob(scope, name);
    if (spec == nullptr) in.refuse(name, "is no knob of scope " + to_string(scope));
    knobs.push_back(read_knob(in.map(name), *spec, subject));
    if (scope == Scope::kNode) {
      knobs.back().subject = in.map(name).word("node_nm") + " nm";
    }
  }
}

}  // namespace

Chip load_new_chip(const std::string& path) {
  const YamlMap in = YamlMap::file(path);
  Chip chip;
  chip.origin = path;
  chip.name = in.word("chip");
  chip.text = in.word_or("description", "");
  chip.macro = read_structure(in.map("macro"));
  in.check_all_read();
  return chip;
}

Library load_library(const std::string& folder) {
  Library library;
  const YamlMap shared = YamlMap::file(folder + "/knobs.yaml");
  read_knobs(shared.map("global"), Scope::kGlobal, "", library.knobs);
  read_knobs(shared.map("node"), Scope::kNode, "", library.knobs);
  for (const KnobSpec& spec : knob_specs()) {
    if (spec.scope == Scope::kGlobal && !shared.map("global").has(spec.name)) {
      shared.map("global").refuse(spec.name, "is missing");
    }
  }
  const YamlMap bounds = shared.map("mean_error_percent_at_most");
  for (const std::string& group : bounds.keys()) {
    library.bounds.push_back({group, bounds.number(group, 0, 100)});
  }
  for (const YamlMap& entry : shared.list("chips")) {
    const std::string path = folder + "/" + entry.word("file");
    entry.check_all_read();
    const YamlMap in = YamlMap::file(path);
    Chip chip;
    chip.origin = path;
    chip.name = in.word("chip");
    chip.text = in.word("description");
    chip.macro = read_structure(in.map("macro"));
    for (const YamlMap& figure : in.list("figures")) {
      chip.figures.push_back(read_figure(figure, chip.macro));
    }
    if (in.has("knobs")) read_knobs(in.map("knobs"), Scope::kChip, chip.name, library.knobs);
    in.check_all_read();
    library.chips.push_back(chip);
  }
  shared.check_all_read();
  return library;
}

}  // namespace leyden::validate
