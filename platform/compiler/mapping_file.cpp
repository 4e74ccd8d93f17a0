#include "platform/compiler/mapping_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "models/base/error.h"
#include "models/base/parameter.h"
#include "platform/compiler/mapping_check.h"

namespace leyden::compiler {
namespace {

using base::UsageError;

/// A map of the file: values by key, and the place for messages.
class Section {
 public:
  Section(const YAML::Node& node, std::string where, const std::vector<std::string>& known)
      : node_(node), where_(std::move(where)) {
    if (!node_.IsMap()) throw UsageError(where_ + " must be a list of keys and values");
    std::set<std::string> seen;
    for (const auto& entry : node_) {
      const auto key = entry.first.as<std::string>();
      if (!seen.insert(key).second) {
        throw UsageError(where_ + ": the key '" + key + "' is given twice");
      }
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      const std::string nearest = base::nearest_word(key, known);
      throw UsageError(where_ + ": the key '" + key + "' is unknown" +
                       (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
  }

  bool has(const std::string& key) const { return bool(node_[key]); }
  YAML::Node at(const std::string& key) const {
    const YAML::Node value = node_[key];
    if (!value) throw UsageError(where_ + ": the key '" + key + "' is missing");
    return value;
  }
  unsigned whole(const std::string& key, unsigned least, unsigned most) const {
    return whole(at(key), key, least, most);
  }
  unsigned whole_or(const std::string& key, unsigned otherwise, unsigned least,
                    unsigned most) const {
    return has(key) ? whole(key, least, most) : otherwise;
  }
  unsigned whole(const YAML::Node& value, const std::string& key, unsigned least,
                 unsigned most) const {
    unsigned number = 0;
    // yaml-cpp would take -1 as a large number.
    const bool good = value.IsScalar() && !value.Scalar().empty() && value.Scalar()[0] != '-' &&
                      YAML::convert<unsigned>::decode(value, number) && number >= least &&
                      number <= most;
    if (!good) {
      throw UsageError(where_ + ": " + key + " is " + text_of(value) +
                       ", not a whole number from " + std::to_string(least) + " to " +
                       std::to_string(most));
    }
    return number;
  }
  bool yes_or(const std::string& key, bool otherwise) const {
    if (!has(key)) return otherwise;
    bool value = false;
    if (!at(key).IsScalar() || !YAML::convert<bool>::decode(at(key), value)) {
      throw UsageError(where_ + ": " + key + " is " + text_of(at(key)) + ", not true or false");
    }
    return value;
  }
  std::string text(const std::string& key) const {
    const YAML::Node value = at(key);
    if (!value.IsScalar()) throw UsageError(where_ + ": " + key + " must be a word");
    return value.Scalar();
  }
  const std::string& where() const { return where_; }

 private:
  static std::string text_of(const YAML::Node& value) {
    return value.IsScalar() ? "'" + value.Scalar() + "'" : "no single value";
  }

  YAML::Node node_;
  std::string where_;
};

constexpr unsigned kMostOutputs = 65535;

Tile read_tile(const YAML::Node& node, const std::string& where, const ChipGeometry& geometry) {
  const Section section(
      node, where,
      {"outputs", "groups", "part", "copy", "macro", "unit", "column", "abn", "resident"});
  const YAML::Node outputs = section.at("outputs");
  if (!outputs.IsSequence() || outputs.size() != 2) {
    throw UsageError(where + ": outputs must be [first, number of outputs]");
  }
  Tile tile;
  tile.output_first = section.whole(outputs[0], "the first output", 0, kMostOutputs);
  tile.output_count = section.whole(outputs[1], "the number of outputs", 1, kMostOutputs);
  if (section.has("groups")) {
    const YAML::Node groups = section.at("groups");
    if (!groups.IsSequence() || groups.size() != 2) {
      throw UsageError(where + ": groups must be [first, number of groups]");
    }
    tile.group_first = section.whole(groups[0], "the first group", 0, kMostOutputs);
    tile.group_count = section.whole(groups[1], "the number of groups", 1, kMostOutputs);
  }
  tile.part = section.whole_or("part", 0, 0, kMostOutputs);
  tile.copy = section.whole_or("copy", 0, 0, kMostOutputs);
  tile.macro = section.whole_or("macro", 0, 0, geometry.macros - 1);
  tile.unit_first = section.whole("unit", 0, geometry.units() - 1);
  tile.column_first = section.whole("column", 0, geometry.columns - 1);
  tile.abn_first = section.whole("abn", 0, geometry.abn_entries - 1);
  tile.resident = section.yes_or("resident", true);
  return tile;
}

LayerMapping read_layer(const YAML::Node& node, const std::string& where,
                        const QuantNetwork& network, std::size_t index,
                        const ChipGeometry& geometry) {
  const QuantLayer& layer = network.layers[index];
  const Section section(node, where, {"place", "units", "copies", "tiles"});
  if (section.has("place") && section.text("place") != "macro") {
    throw UsageError(where + ": place is '" + section.text("place") +
                     "', but a layer with weights can be mapped to macro alone");
  }
  const auto group_rows = static_cast<unsigned>(network.rows(layer));
  const auto groups = static_cast<unsigned>(layer.groups);
  const unsigned per_group = static_cast<unsigned>(network.outputs(layer)) / groups;
  LayerMapping mapping;
  mapping.units = section.whole("units", 1, geometry.page_units());
  mapping.copies = section.whole_or("copies", 1, 1, kMostOutputs);
  const unsigned part_rows = mapping.units * geometry.rows_per_unit;
  mapping.parts = (group_rows + part_rows - 1) / part_rows;
  const unsigned per_output = geometry.layout(layer.weight_bits).width();
  const unsigned step = geometry.column_step();
  const YAML::Node tiles = section.at("tiles");
  if (!tiles.IsSequence()) throw UsageError(where + ": tiles must be a list");
  for (std::size_t n = 0; n < tiles.size(); ++n) {
    const std::string place = where + ": tile " + std::to_string(n);
    Tile tile = read_tile(tiles[n], place, geometry);
    if (tile.group_first + tile.group_count > groups || tile.group_count > groups ||
        tile.output_first < tile.group_first * per_group ||
        tile.output_first + tile.output_count > (tile.group_first + tile.group_count) * per_group) {
      throw UsageError(place + ": its outputs are not of its groups; the layer has " +
                       std::to_string(groups) + " of " + std::to_string(per_group) +
                       " outputs each");
    }
    const unsigned rows = group_rows * tile.group_count;
    if (tile.group_count > 1 && rows > part_rows) {
      throw UsageError(place + ": " + std::to_string(tile.group_count) + " groups take " +
                       std::to_string(rows) + " rows, more than the " + std::to_string(part_rows) +
                       " of its units; groups together cannot be split into parts");
    }
    if (tile.part >= mapping.parts) {
      throw UsageError(place + ": part is " + std::to_string(tile.part) + ", but " +
                       std::to_string(rows) + " rows in parts of " + std::to_string(part_rows) +
                       " have the parts 0 to " + std::to_string(mapping.parts - 1));
    }
    tile.layer = index;
    tile.units = mapping.units;
    tile.window_first = tile.part * part_rows;
    tile.window_count = std::min(part_rows, rows - tile.window_first);
    tile.columns = (tile.output_count * per_output + step - 1) / step * step;
    mapping.tiles.push_back(tile);
  }
  return mapping;
}

std::string read_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw UsageError("the mapping file " + path + " cannot be read");
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// The groups of a tile, where a layer has several.
std::string groups_text(const QuantLayer& layer, const Tile& tile) {
  if (layer.groups == 1) return "";
  return "groups: [" + std::to_string(tile.group_first) + ", " + std::to_string(tile.group_count) +
         "], ";
}

/// A plain scalar where YAML reads it back as the same text, else a quoted one.
std::string quoted(const std::string& text) {
  YAML::Emitter emitter;
  emitter << YAML::DoubleQuoted << text;
  return emitter.c_str();
}

}  // namespace

std::string mapping_text(const Plan& plan) {
  const ChipGeometry& g = plan.geometry;
  std::ostringstream out;
  out << "# Where every weight lies: docs/compiler-mapping.md. A chip has " << g.macros
      << " macros of " << g.units() << " units (" << g.rows_per_unit << " rows each) x "
      << g.columns << " columns.\n";
  out << "network: " << quoted(plan.network.name) << "\n";
  const auto& layers = plan.network.layers;
  const bool any = std::any_of(layers.begin(), layers.end(), [](const QuantLayer& layer) {
    return layer.kind == LayerKind::kMacro;
  });
  out << (any ? "layers:\n" : "layers: {}\n");
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const LayerMapping& mapping = plan.layers[i].mapping;
    if (plan.network.layers[i].kind != LayerKind::kMacro) continue;
    out << "  " << quoted(plan.network.layers[i].name) << ":\n";
    out << "    place: macro\n";
    out << "    units: " << mapping.units << "\n";
    out << "    copies: " << mapping.copies << "\n";
    out << "    tiles:  # in the order of their jobs\n";
    for (const Tile& tile : mapping.tiles) {
      out << "      - {outputs: [" << tile.output_first << ", " << tile.output_count << "], "
          << groups_text(plan.network.layers[i], tile) << "part: " << tile.part
          << ", copy: " << tile.copy << ", macro: " << tile.macro << ", unit: " << tile.unit_first
          << ", column: " << tile.column_first << ", abn: " << tile.abn_first
          << ", resident: " << (tile.resident ? "true" : "false") << "}\n";
    }
  }
  return out.str();
}

std::vector<LayerMapping> read_mapping(const std::string& path, const QuantNetwork& network,
                                       const ChipGeometry& geometry) {
  const std::string where = "the mapping file " + path;
  YAML::Node root;
  try {
    root = YAML::Load(read_text(path));
  } catch (const YAML::Exception& error) {
    throw UsageError(where + " is not YAML: " + error.what());
  }
  std::vector<LayerMapping> mappings(network.layers.size());
  try {
    const Section file(root, where, {"network", "layers"});
    if (file.has("network") && file.text("network") != network.name) {
      throw UsageError(where + " is of network '" + file.text("network") + "', not of '" +
                       network.name + "'");
    }
    const YAML::Node layers = file.at("layers");
    std::vector<std::string> names;
    for (const QuantLayer& layer : network.layers) {
      if (layer.kind == LayerKind::kMacro) names.push_back(layer.name);
    }
    const Section by_name(layers, where + ": layers", names);
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      const QuantLayer& layer = network.layers[i];
      if (layer.kind != LayerKind::kMacro) continue;
      mappings[i] = read_layer(by_name.at(layer.name), where + ": layer '" + layer.name + "'",
                               network, i, geometry);
    }
  } catch (const YAML::Exception& error) {
    throw UsageError(where + ": " + error.what());
  }
  check_mapping(mappings, network, geometry, where);
  return mappings;
}

}  // namespace leyden::compiler
