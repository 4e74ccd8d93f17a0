#include "platform/chip/own_blocks.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>

#include "models/base/error.h"
#include "registers/memory_map.h"

namespace leyden::chip {
namespace {

namespace fs = std::filesystem;
namespace reg = registers;
using base::UsageError;

constexpr unsigned kLastSource = 31;
constexpr std::uint64_t kAddresses = std::uint64_t{1} << 32;
constexpr std::uint64_t kAlignment = 16;  // bytes of a bus beat
const std::vector<std::string> kKeys = {"library", "class", "base", "size", "irq", "parameters"};
/// Names that parts of the chip have which are no units of the memory map.
const std::set<std::string> kTakenNames = {"bus", "core", "host", "htif", "host_debug"};

std::string hex(std::uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

/// One entry of `blocks`.
class Entry {
 public:
  Entry(const std::string& origin, const std::string& name, const YAML::Node& node)
      : origin_(origin), name_(name), node_(node) {}

  OwnBlock read() const {
    check_keys();
    OwnBlock block;
    block.name = name_;
    block.library =
        fs::absolute(fs::path(origin_).parent_path() / text("library")).lexically_normal().string();
    const std::string at = where(node_["library"]) + ": " + path("library");
    const blocks::Plugin& plugin = blocks::open_plugin(block.library, at);
    block.made_by =
        &blocks::find_block(plugin, node_["class"] ? text("class") : "", block.library, at);
    block.class_name = block.made_by->name;
    block.base = number("base", 0, kAddresses - kAlignment);
    block.size = number("size", kAlignment, kAddresses - block.base);
    for (const char* key : {"base", "size"}) {
      if ((key[0] == 'b' ? block.base : block.size) % kAlignment == 0) continue;
      throw UsageError(where(node_[key]) + ": " + path(key) + " is " + text(key) +
                       "; it must be a multiple of " + std::to_string(kAlignment) + ".");
    }
    if (node_["irq"]) block.irq = static_cast<unsigned>(number("irq", 1, kLastSource));
    return block;
  }

 private:
  std::string where(const YAML::Node& node) const {
    return origin_ + ":" + std::to_string(node.Mark().line + 1);
  }
  std::string path(const std::string& key) const { return "blocks." + name_ + "." + key; }

  void check_keys() const {
    if (!node_.IsMap()) {
      throw UsageError(where(node_) + ": blocks." + name_ +
                       " must be a map with library, base and size.");
    }
    std::set<std::string> seen;
    for (const auto& entry : node_) {
      const std::string key = entry.first.IsScalar() ? entry.first.as<std::string>() : "";
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        const std::string nearest = base::nearest_word(key, kKeys);
        throw UsageError(where(entry.first) + ": the key " + path(key) + " is unknown; " +
                         (nearest.empty()
                              ? "a block has library, class, base, size, irq and parameters."
                              : "did you mean '" + nearest + "'?"));
      }
      if (!seen.insert(key).second) {
        throw UsageError(where(entry.first) + ": the key " + path(key) + " is given twice.");
      }
    }
    for (const char* key : {"library", "base", "size"}) {
      if (!node_[key]) {
        throw UsageError(where(node_) + ": blocks." + name_ + " has no " + key +
                         "; a block has library, base and size.");
      }
    }
  }

  std::string text(const std::string& key) const {
    const YAML::Node node = node_[key];
    if (!node.IsScalar() || node.Scalar().empty() ||
        node.Scalar().find('\0') != std::string::npos) {
      throw UsageError(where(node) + ": " + path(key) + " must be one value.");
    }
    return node.Scalar();
  }

  std::uint64_t number(const std::string& key, std::uint64_t minimum, std::uint64_t maximum) const {
    const std::string word = text(key);
    static const std::regex kNumber("0[xX][0-9a-fA-F]{1,9}|[0-9]{1,10}");
    if (std::regex_match(word, kNumber)) {
      const int radix = word.size() > 1 && (word[1] == 'x' || word[1] == 'X') ? 16 : 10;
      const std::uint64_t value = std::stoull(word, nullptr, radix);
      if (value >= minimum && value <= maximum) return value;
    }
    const bool small = maximum <= kLastSource;
    throw UsageError(where(node_[key]) + ": " + path(key) + " is " + word +
                     "; it must be a whole number from " +
                     (small ? std::to_string(minimum) : hex(minimum)) + " to " +
                     (small ? std::to_string(maximum) : hex(maximum)) + ".");
  }

  const std::string& origin_;
  const std::string& name_;
  const YAML::Node& node_;
};

void check_name(const std::string& name, const std::string& at) {
  static const std::regex kName("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  if (!std::regex_match(name, kName)) {
    throw UsageError(at + ": the name of the block " + name +
                     " must be lower case letters and digits, such as timer0.");
  }
  const auto& units = reg::units();
  const bool is_unit = std::any_of(units.begin(), units.end(), [&](const reg::Unit& unit) {
    if (name.compare(0, std::string(unit.name).size(), unit.name) != 0) return false;
    const std::string rest = name.substr(std::string(unit.name).size());
    return std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; });
  });
  static const std::regex kWeights("cim[0-9]+_weights");
  if (is_unit || kTakenNames.count(name) != 0 || std::regex_match(name, kWeights)) {
    throw UsageError(at + ": the block's name " + name +
                     " is that of a unit of the chip; choose another.");
  }
}

/// Interrupt sources that the units of this chip have, with their names.
std::vector<std::string> sources_of_units(unsigned macros) {
  std::vector<std::string> names(kLastSource + 1);
  for (const reg::Unit& unit : reg::units()) {
    if (unit.irq == 0) continue;
    const bool is_cim = std::string(unit.name) == "cim";
    const unsigned instances = is_cim ? macros : unit.instances;
    const unsigned count = instances * unit.irqs;
    for (unsigned n = 0; n < count && unit.irq + n <= kLastSource; ++n) {
      names[unit.irq + n] = std::string(unit.name) + (count > 1 ? std::to_string(n) : "");
    }
  }
  return names;
}

/// "5 to 9, 12": the sources that nobody has.
std::string free_sources(const std::vector<std::string>& names) {
  std::string text;
  for (unsigned n = 1; n < names.size(); ++n) {
    if (!names[n].empty()) continue;
    unsigned last = n;
    while (last + 1 < names.size() && names[last + 1].empty()) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(n);
    if (last > n) text += " to " + std::to_string(last);
    n = last;
  }
  return text.empty() ? "none" : text;
}

struct Window {
  std::string name;
  std::uint64_t first;
  std::uint64_t bytes;
};

}  // namespace

std::vector<OwnBlock> read_own_blocks(const YAML::Node& node, const std::string& origin) {
  std::vector<OwnBlock> own;
  const auto where = [&](const YAML::Node& at) {
    return origin + ":" + std::to_string(at.Mark().line + 1);
  };
  if (!node.IsMap()) {
    throw UsageError(where(node) + ": blocks must be a map of the blocks' names.");
  }
  for (const auto& entry : node) {
    const std::string name = entry.first.IsScalar() ? entry.first.as<std::string>() : "";
    check_name(name, where(entry.first));
    if (std::any_of(own.begin(), own.end(), [&](const OwnBlock& b) { return b.name == name; })) {
      throw UsageError(where(entry.first) + ": the key blocks." + name + " is given twice.");
    }
    own.push_back(Entry(origin, name, entry.second).read());
  }
  return own;
}

void check_own_blocks(const std::vector<OwnBlock>& own, const base::ParameterSet& parameters) {
  if (own.empty()) return;
  std::vector<Window> windows;
  for (const reg::Unit& unit : reg::units()) {
    windows.push_back({unit.name, unit.base, unit.size * unit.instances});
  }
  std::vector<std::string> sources =
      sources_of_units(static_cast<unsigned>(parameters.integer("system.macros")));
  for (const OwnBlock& block : own) {
    for (const Window& window : windows) {
      if (block.base >= window.first + window.bytes || window.first >= block.base + block.size) {
        continue;
      }
      throw UsageError("blocks." + block.name + " lies at " + hex(block.base) + " to " +
                       hex(block.base + block.size - 1) + ", where " + window.name + " is (" +
                       hex(window.first) + " to " + hex(window.first + window.bytes - 1) +
                       "); free are 0x10060000 to 0x100fffff and 0x10200000 to 0x1fffffff, "
                       "less other blocks.");
    }
    windows.push_back({"blocks." + block.name, block.base, block.size});
    if (!block.irq) continue;
    std::string& source = sources[*block.irq];
    if (!source.empty()) {
      throw UsageError("blocks." + block.name + ".irq is " + std::to_string(*block.irq) +
                       ", which is the interrupt of " + source + "; free are " +
                       free_sources(sources) + ".");
    }
    source = "blocks." + block.name;
  }
}

std::string dump_own_block(const OwnBlock& block) {
  std::string library = "\"";
  for (const char c : block.library) {
    if (c == '"' || c == '\\') library += '\\';
    library += c;
  }
  std::string text = "  " + block.name + ":\n    library: " + library + "\"\n    class: \"" +
                     block.class_name + "\"\n    base: " + hex(block.base) +
                     "\n    size: " + hex(block.size) + "\n";
  if (block.irq) text += "    irq: " + std::to_string(*block.irq) + "\n";
  return text;
}

}  // namespace leyden::chip
