#include "platform/chip/chip_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "models/base/error.h"
#include "platform/chip/yaml_document.h"

namespace leyden::chip {
namespace {

using base::ParameterSet;
using base::UsageError;

const std::vector<std::string> kLeafKeys = {"value", "source", "note", "unit"};

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::string nearest = base::nearest_word(word, known);
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

/// Ends a sentence: with nothing after a question mark, with a full stop otherwise.
std::string ended(const std::string& sentence) {
  return sentence.back() == '?' ? sentence : sentence + ".";
}

/// Walks one chip file and fills a ChipDescription.
class Reader {
 public:
  Reader(std::string origin, ChipDescription& chip) : origin_(std::move(origin)), chip_(chip) {
    for (const auto& entry : chip_.parameters.declared()) {
      keys_.push_back(entry.first);
      for (std::size_t dot = entry.first.find('.'); dot != std::string::npos;
           dot = entry.first.find('.', dot + 1)) {
        groups_.insert(entry.first.substr(0, dot));
      }
    }
  }

  void read(const YAML::Node& root) {
    if (!root.IsMap()) {
      throw UsageError(origin_ + " is no chip file: its top level must be a map of keys.");
    }
    check_repeated(root, "");
    for (const auto& entry : root) {
      const auto key = entry.first.as<std::string>();
      if (key == "chip") {
        chip_.name = word(entry.second, key);
      } else if (key == "description") {
        chip_.text = word(entry.second, key);
      } else if (key == "converter" && chip_.converter) {
        read_parameters(entry.second["parameters"], OwnConverter::kScope);
      } else if (key == "blocks") {
        read_block_parameters(entry.second);
      } else {
        read_node(entry.first, entry.second, key);
      }
    }
    if (chip_.name.empty()) {
      throw UsageError(origin_ + " has no key chip, which gives the chip's name.");
    }
  }

 private:
  std::string where(const YAML::Node& node) const {
    return origin_ + ":" + std::to_string(node.Mark().line + 1);
  }

  std::string word(const YAML::Node& node, const std::string& key) const {
    const std::string text = node.IsScalar() ? node.as<std::string>() : "";
    const bool has_control = std::any_of(text.begin(), text.end(), [](unsigned char c) {
      return std::iscntrl(c) != 0 && c != '\n';
    });
    const bool is_name = key == "chip";
    if (!node.IsScalar() || has_control || (is_name && text.find('\n') != std::string::npos)) {
      throw UsageError(where(node) + ": " + key + " must be one word or line.");
    }
    return text;
  }

  void check_repeated(const YAML::Node& map, const std::string& path) const {
    std::set<std::string> seen;
    for (const auto& entry : map) {
      if (!entry.first.IsScalar()) {
        throw UsageError(where(entry.first) + ": a key must be a word.");
      }
      const auto key = entry.first.as<std::string>();
      if (!seen.insert(key).second) {
        throw UsageError(where(entry.first) + ": the key " + path + key + " is given twice.");
      }
    }
  }

  /// The rest of `blocks` was read before: it declares these.
  void read_block_parameters(const YAML::Node& blocks) {
    for (const OwnBlock& block : chip_.blocks) {
      read_parameters(blocks[block.name]["parameters"], block.scope());
    }
  }

  /// Of what is a user's own.
  void read_parameters(const YAML::Node& parameters, const std::string& scope) {
    if (!parameters) return;
    if (!parameters.IsMap()) {
      throw UsageError(where(parameters) + ": " + scope + " must be a map of parameters.");
    }
    check_repeated(parameters, scope + ".");
    for (const auto& entry : parameters) {
      read_node(entry.first, entry.second, scope + "." + entry.first.as<std::string>());
    }
  }

  void read_node(const YAML::Node& key_node, const YAML::Node& node, const std::string& path) {
    if (chip_.parameters.declared().count(path) != 0) {
      read_leaf(key_node, node, path);
      return;
    }
    if (groups_.count(path) == 0) throw unknown(key_node, path);
    if (!node.IsMap()) {
      throw UsageError(where(key_node) + ": " + path + " is a group of keys, not a value.");
    }
    check_repeated(node, path + ".");
    for (const auto& entry : node) {
      read_node(entry.first, entry.second, path + "." + entry.first.as<std::string>());
    }
  }

  UsageError unknown(const YAML::Node& key_node, const std::string& path) const {
    std::vector<std::string> known = keys_;
    known.insert(known.end(), groups_.begin(), groups_.end());
    known.insert(known.end(), {"chip", "description", "blocks", "converter"});
    return UsageError(
        ended(where(key_node) + ": the key " + path + " is unknown" + did_you_mean(path, known)));
  }

  void read_leaf(const YAML::Node& key_node, const YAML::Node& node, const std::string& path) {
    const std::string at = where(key_node);
    if (!node.IsMap()) {
      throw UsageError(at + ": " + path + " must be a map {value, source, note}.");
    }
    check_repeated(node, path + ".");
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      if (std::find(kLeafKeys.begin(), kLeafKeys.end(), key) == kLeafKeys.end()) {
        throw UsageError(
            ended(at + ": " + path + " has the unknown key " + key + did_you_mean(key, kLeafKeys)));
      }
      if (!entry.second.IsScalar()) {
        throw UsageError(at + ": " + key + " of " + path + " must be one value.");
      }
    }
    const base::ParameterSpec& spec = chip_.parameters.declared().at(path);
    for (const char* key : {"value", "source", "note"}) {
      if (!node[key] || node[key].as<std::string>().empty()) {
        throw UsageError(at + ": " + path + " has no " + key +
                         "; every value is a map {value, source, note}.");
      }
    }
    if (node["unit"] && node["unit"].as<std::string>() != spec.unit) {
      throw UsageError(at + ": " + path + " is given in " + node["unit"].as<std::string>() +
                       ", but its unit is " + spec.unit + ".");
    }
    chip_.parameters.set_text(
        path, node["value"].as<std::string>(),
        base::parse_source(node["source"].as<std::string>(), at + ": " + path),
        node["note"].as<std::string>(), at);
  }

  std::string origin_;
  ChipDescription& chip_;
  std::vector<std::string> keys_;
  std::set<std::string> groups_;
};

void apply_overrides(ParameterSet& parameters, const Overrides& overrides) {
  for (const std::string& text : overrides) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      throw UsageError("--set " + text + " is not of the form key=value.");
    }
    parameters.set_text(text.substr(0, equals), text.substr(equals + 1), base::Source::kAssumed,
                        "set on the command line", "--set");
  }
}

/// Whether a key lies in an optional group none of whose keys has a value.
bool may_be_missing(const ParameterSet& parameters, const std::vector<Scope>& scopes,
                    const std::string& key) {
  for (const Scope& scope : scopes) {
    for (const std::string& group : scope.optional_groups) {
      const std::string prefix = scope.name + "." + group + ".";
      if (key.compare(0, prefix.size(), prefix) != 0) continue;
      const auto first = parameters.all().lower_bound(prefix);
      return first == parameters.all().end() || first->first.compare(0, prefix.size(), prefix) != 0;
    }
  }
  return false;
}

void check_complete(const ParameterSet& parameters, const std::vector<Scope>& scopes,
                    const std::string& origin) {
  std::vector<std::string> missing;
  for (const std::string& key : parameters.missing()) {
    if (!may_be_missing(parameters, scopes, key)) missing.push_back(key);
  }
  if (missing.empty()) return;
  constexpr std::size_t kShown = 5;
  std::string list;
  for (std::size_t i = 0; i < missing.size() && i < kShown; ++i) {
    list += (i == 0 ? "" : ", ") + missing[i];
  }
  if (missing.size() > kShown) {
    list += " and " + std::to_string(missing.size() - kShown) + " more";
  }
  throw UsageError(origin + " gives no value for " + list + ".");
}

/// The shortest text that reads back to the same double.
std::string number(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return std::string(text, end.ptr);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

/// The values below a prefix as lines of a chip file; without one all but those of a user's own.
std::string dump_values(const ParameterSet& parameters, const std::string& prefix,
                        std::size_t depth) {
  std::string out;
  std::vector<std::string> open;  // groups written so far on the way down
  const auto indent = [&](std::size_t level) { return std::string(2 * (depth + level), ' '); };
  for (const auto& [key, parameter] : parameters.all()) {
    if (key.compare(0, prefix.size(), prefix) != 0) continue;
    const bool is_own = key.compare(0, 7, "blocks.") == 0 || key.compare(0, 10, "converter.") == 0;
    if (prefix.empty() && is_own) continue;
    std::vector<std::string> parts;
    std::istringstream stream(key.substr(prefix.size()));
    for (std::string part; std::getline(stream, part, '.');) parts.push_back(part);
    std::size_t common = 0;
    while (common < open.size() && common + 1 < parts.size() && open[common] == parts[common]) {
      ++common;
    }
    open.resize(common);
    for (; open.size() + 1 < parts.size(); open.push_back(parts[open.size()])) {
      out += indent(open.size()) + parts[open.size()] + ":\n";
    }
    const bool choice = !parameter.spec.choices.empty();
    out += indent(open.size()) + parts.back() +
           ": {value: " + (choice ? parameters.choice(key) : number(parameter.value)) +
           ", source: " + std::string(base::to_string(parameter.source)) +
           ", note: " + quoted(parameter.note);
    if (!parameter.spec.unit.empty()) out += ", unit: " + quoted(parameter.spec.unit);
    out += "}\n";
  }
  return out;
}

}  // namespace

ChipDescription load_chip_text(const std::string& text, const std::string& origin,
                               const std::vector<Scope>& scopes, const Overrides& overrides) {
  ChipDescription chip;
  for (const Scope& scope : scopes) chip.parameters.declare(scope.name, scope.specs);
  try {
    const YAML::Node root = yaml_document(text, origin, "a chip file");
    if (root.IsMap() && root["blocks"]) {
      chip.blocks = read_own_blocks(root["blocks"], origin);
      for (const OwnBlock& block : chip.blocks) {
        chip.parameters.declare(block.scope(), block.made_by->parameters());
      }
    }
    if (root.IsMap() && root["converter"]) {
      chip.converter = read_own_converter(root["converter"], origin);
      chip.parameters.declare(OwnConverter::kScope, chip.converter->made_by->parameters());
    }
    Reader(origin, chip).read(root);
  } catch (const YAML::Exception& error) {
    throw UsageError(origin + ":" + std::to_string(error.mark.line + 1) +
                     ": this is not YAML: " + error.msg + ".");
  }
  apply_overrides(chip.parameters, overrides);
  chip.parameters.fill_absent();
  check_complete(chip.parameters, scopes, origin);
  if (chip.converter) attach_own_converter(*chip.converter, chip.parameters);
  check_own_blocks(chip.blocks, chip.parameters);
  return chip;
}

ChipDescription load_chip_file(const std::string& path, const std::vector<Scope>& scopes,
                               const Overrides& overrides) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw UsageError("Chip file " + path + " cannot be read.");
  return load_chip_text(text.str(), path, scopes, overrides);
}

std::string dump_chip_file(const ChipDescription& chip) {
  std::string out = "chip: " + quoted(chip.name) + "\ndescription: " + quoted(chip.text) + "\n";
  if (chip.converter) {
    out += dump_own_converter(*chip.converter);
    const std::string scope = OwnConverter::kScope;
    const std::string values = dump_values(chip.parameters, scope + ".", 2);
    if (!values.empty()) out += "  parameters:\n" + values;
  }
  if (!chip.blocks.empty()) out += "blocks:\n";
  for (const OwnBlock& block : chip.blocks) {
    out += dump_own_block(block);
    const std::string values = dump_values(chip.parameters, block.scope() + ".", 3);
    if (!values.empty()) out += "    parameters:\n" + values;
  }
  return out + dump_values(chip.parameters, "", 0);
}

}  // namespace leyden::chip
