#include "platform/cli/explain.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "platform/compiler/occupancy.h"

namespace leyden::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Cycles that each of the things a layer can wait for keeps it busy, hidden or not.
std::vector<std::pair<std::string, std::uint64_t>> work_of(const compiler::LayerCost& cost) {
  const auto busy = [&](base::Cause cause) { return cost.busy[static_cast<std::size_t>(cause)]; };
  // Macros work side by side: each stage counts as often as they are busy on average.
  std::uint64_t jobs = 0;
  std::uint64_t longest = 0;
  for (const std::uint64_t cycles : cost.macro_busy) {
    jobs += cycles;
    longest = std::max(longest, cycles);
  }
  const auto share = [&](std::uint64_t cycles) {
    return jobs == 0 ? 0
                     : static_cast<std::uint64_t>(static_cast<double>(cycles) *
                                                  static_cast<double>(longest) /
                                                  static_cast<double>(jobs));
  };
  return {{"macro", share(cost.stages.mvm)}, {"convert", share(cost.stages.convert)},
          {"feed", share(cost.stages.feed)}, {"write", share(cost.stages.write_back)},
          {"vector", cost.stages.vector},    {"weight load", busy(base::Cause::kWeightLoad)},
          {"DMA", busy(base::Cause::kDma)},  {"core", busy(base::Cause::kCore)}};
}

/// The cycles of the report's causes under the same names.
std::vector<std::pair<std::string, std::uint64_t>> given_of(const compiler::LayerCost& cost) {
  const auto given = [&](base::Cause cause) {
    return cost.causes[static_cast<std::size_t>(cause)];
  };
  return {{"macro", given(base::Cause::kMvm)},     {"convert", given(base::Cause::kAdc)},
          {"feed", given(base::Cause::kFeed)},     {"write", given(base::Cause::kWriteBack)},
          {"vector", given(base::Cause::kVector)}, {"weight load", given(base::Cause::kWeightLoad)},
          {"DMA", given(base::Cause::kDma)},       {"core", given(base::Cause::kCore)}};
}

std::string bound_of(const std::vector<std::pair<std::string, std::uint64_t>>& cycles,
                     const std::string& without) {
  std::string most = "none";
  std::uint64_t best = 0;
  for (const auto& [name, count] : cycles) {
    if (name == without || count <= best) continue;
    best = count;
    most = name;
  }
  return most;
}

std::string plural(std::size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %%", share * 100);
  return text;
}

/// What was done, and why, in words.
std::string reasons(const compiler::Plan& plan, std::size_t index) {
  const compiler::QuantLayer& layer = plan.network.layers[index];
  const compiler::LayerPlan& made = plan.layers[index];
  const compiler::ChipGeometry& g = plan.geometry;
  if (layer.kind == compiler::LayerKind::kConcat) return "transfers of the DMA";
  if (layer.kind == compiler::LayerKind::kCore) return "a kernel of the firmware on the core";
  if (layer.kind != compiler::LayerKind::kMacro) return "the vector unit";
  const compiler::LayerMapping& mapping = made.mapping;
  std::string text;
  const auto add = [&](const std::string& words) { text += (text.empty() ? "" : "; ") + words; };
  if (mapping.parts > 1) {
    add(std::to_string(plan.network.rows(layer)) + " rows in " + plural(mapping.parts, "part") +
        ", for a page has " + std::to_string(g.page_units() * g.rows_per_unit) +
        ": the vector unit adds them");
  }
  const std::size_t columns = mapping.tiles.size() / (std::size_t{mapping.parts} * mapping.copies);
  if (columns > 1) {
    const std::size_t all = plan.network.outputs(layer) * g.layout(layer.weight_bits).width();
    add(plural(columns, "tile") + " side by side for " + plural(all, "column") +
        (all > g.columns ? ", more than the macro's " + std::to_string(g.columns)
                         : ", so that they fit"));
  }
  if (mapping.copies > 1) {
    add(std::to_string(mapping.copies) + " copies side by side, each for its share of the rows");
  }
  std::size_t streamed = 0;
  for (const compiler::Tile& tile : mapping.tiles) streamed += tile.resident ? 0 : 1;
  if (streamed == 1 && mapping.tiles.size() == 1) {
    add("loaded for every image, for the arrays do not hold all weights");
  } else if (streamed > 0) {
    add(std::to_string(streamed) + " of " + plural(mapping.tiles.size(), "tile") +
        " loaded for every image, for the arrays do not hold all weights");
  }
  if (!made.ranges.codes.empty()) {
    std::vector<unsigned> codes;
    for (const auto& part : made.ranges.codes) codes.insert(codes.end(), part.begin(), part.end());
    const auto [least, most] = std::minmax_element(codes.begin(), codes.end());
    add("converters have " + (*least == *most ? "" : std::to_string(*least) + " to ") +
        std::to_string(*most) + "/" + std::to_string(1u << g.combining.range_bits) +
        " of their range");
  }
  const auto height = static_cast<std::uint32_t>(plan.network.tensors[layer.output].shape.height);
  if (made.memory.stripe_rows > 0 && made.memory.stripe_rows < height) {
    add("computed " + plural(made.memory.stripe_rows, "output row") +
        " at a time, for LMEM does not hold all it needs");
  }
  if (made.memory.read_bytes + made.memory.written_bytes > 0) {
    add(std::to_string(made.memory.read_bytes) + " bytes from and " +
        std::to_string(made.memory.written_bytes) + " to off-chip memory for its tensors");
  }
  if (text.empty()) text = "one resident tile";
  return text;
}

Json tiles_json(const compiler::Plan& plan, const compiler::LayerPlan& made) {
  Json tiles = Json::array();
  for (const compiler::Tile& tile : made.mapping.tiles) {
    const compiler::TileFill fill = compiler::tile_fill(plan, tile);
    tiles.push_back({{"macro", tile.macro},
                     {"unit", tile.unit_first},
                     {"units", tile.units},
                     {"column", tile.column_first},
                     {"columns", tile.columns},
                     {"outputs", {tile.output_first, tile.output_count}},
                     {"part", tile.part},
                     {"copy", tile.copy},
                     {"resident", tile.resident},
                     {"idle_columns", fill.idle_columns},
                     {"idle_rows", fill.idle_rows},
                     {"fill", fill.fill}});
  }
  return tiles;
}

std::string cut(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 2) + "..";
}

/// Text in lines of at most `width`, broken at blanks.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back();
    }
    lines.back() += (lines.back().empty() ? "" : " ") + word;
    at = end + 1;
  }
  return lines;
}

}  // namespace

Json explanation(const compiler::CompileResult& compiled) {
  const compiler::Plan& plan = compiled.plan;
  Json layers = Json::array();
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const compiler::LayerCost& cost = compiled.cost.layers.at(i);
    const std::string bound = bound_of(given_of(cost), "");
    Json work;
    for (const auto& [name, cycles] : work_of(cost)) work[name] = cycles;
    layers.push_back({{"name", plan.network.layers[i].name},
                      {"kind", compiler::to_string(plan.network.layers[i].kind)},
                      {"what", reasons(plan, i)},
                      {"cycles", cost.cycles},
                      {"energy_pj", cost.energy_pj()},
                      {"bound", bound},
                      {"next", bound_of(work_of(cost), bound)},
                      {"work_cycles", work},
                      {"fill", plan.fill(i)},
                      {"tiles", tiles_json(plan, plan.layers[i])}});
  }
  Json macros = Json::array();
  const std::vector<compiler::MacroOccupancy> occupancy = compiler::macro_occupancy(plan);
  for (std::size_t m = 0; m < occupancy.size(); ++m) {
    std::uint64_t busy = 0;
    for (const compiler::LayerCost& layer : compiled.cost.layers) busy += layer.macro_busy.at(m);
    const auto cells = static_cast<double>(occupancy[m].cells);
    macros.push_back(
        {{"macro", m},
         {"resident", static_cast<double>(occupancy[m].resident) / cells},
         {"shared", static_cast<double>(occupancy[m].shared) / cells},
         {"used", static_cast<double>(occupancy[m].used) / cells},
         {"busy", static_cast<double>(busy) / static_cast<double>(compiled.cost.cycles())}});
  }
  return {{"cycles", compiled.cost.cycles()},
          {"energy_pj", compiled.cost.energy_pj()},
          {"mappings_evaluated", compiled.mappings_evaluated},
          {"layers", layers},
          {"macros", macros}};
}

std::string explanation_text(const Json& explained, std::size_t width) {
  constexpr std::size_t kLeast = 72;
  constexpr std::size_t kFixed = 57;  // columns of all but the name
  width = std::max(width, kLeast);
  std::size_t longest = 5;
  for (const Json& layer : explained.at("layers")) {
    longest = std::max(longest, layer.at("name").get<std::string>().size());
  }
  const std::size_t name = std::min(longest, width - kFixed);
  std::string text;
  char line[512];
  std::snprintf(line, sizeof line, "%-*s %11s %6s %10s %6s  %-11s %s\n", int(name), "layer",
                "cycles", "share", "nJ", "fill", "bound", "next");
  text += line;
  const double all = explained.at("cycles").get<double>();
  for (const Json& layer : explained.at("layers")) {
    const bool tiled = !layer.at("tiles").empty();
    std::snprintf(line, sizeof line, "%-*s %11llu %6s %10.2f %6s  %-11s %s\n", int(name),
                  cut(layer.at("name").get<std::string>(), name).c_str(),
                  layer.at("cycles").get<unsigned long long>(),
                  percent(layer.at("cycles").get<double>() / all).c_str(),
                  layer.at("energy_pj").get<double>() * 1e-3,
                  tiled ? percent(layer.at("fill").get<double>()).c_str() : "",
                  layer.at("bound").get<std::string>().c_str(),
                  layer.at("next").get<std::string>().c_str());
    text += line;
    for (const std::string& words : wrapped(layer.at("what").get<std::string>(), width - 4)) {
      text += "    " + words + "\n";
    }
  }
  std::snprintf(line, sizeof line, "%-*s %11llu %6s %10.2f\n", int(name), "image",
                explained.at("cycles").get<unsigned long long>(), "",
                explained.at("energy_pj").get<double>() * 1e-3);
  text += line;
  text += "\nmacro  resident  shared  holds weights   busy\n";
  for (const Json& macro : explained.at("macros")) {
    std::snprintf(line, sizeof line, "%5u  %8s  %6s  %13s  %5s\n",
                  macro.at("macro").get<unsigned>(),
                  percent(macro.at("resident").get<double>()).c_str(),
                  percent(macro.at("shared").get<double>()).c_str(),
                  percent(macro.at("used").get<double>()).c_str(),
                  percent(macro.at("busy").get<double>()).c_str());
    text += line;
  }
  return text;
}

}  // namespace leyden::cli
