#include "platform/chip/faults/fault_list.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "models/base/error.h"
#include "models/base/parameter.h"
#include "platform/chip/yaml_document.h"

namespace leyden::chip {
namespace {

using base::UsageError;

/// Keys beside the target and the time that a target must, and may, have.
struct Keys {
  std::vector<std::string> needed;
  std::vector<std::string> other;
};

const Keys& keys_of(FaultTarget target) {
  static const std::array<Keys, kFaultTargets> kKeys = {
      {{{"address", "bit"}, {}},
       {{"address", "bit"}, {}},
       {{"address", "bit"}, {}},
       {{"row", "column"}, {"macro", "bit"}},
       {{"entry", "bit"}, {"macro"}},
       {{"column", "bit"}, {"macro"}},
       {{"register", "bit"}, {}},
       {{"row", "column", "level"}, {"macro"}},
       {{"column"}, {"macro"}},
       {{"column"}, {"macro", "code"}},
       {{"line"}, {"drop", "delay_cycles", "count"}},
       {{"master"}, {"refuse", "delay_cycles", "count", "access"}}}};
  return kKeys[static_cast<std::size_t>(target)];
}

const std::vector<std::string> kTimeKeys = {"cycle", "image_cycle", "layer", "layer_cycle",
                                            "image"};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::string nearest = base::nearest_word(word, known);
  return nearest.empty() ? "; it must be one of " + joined(known) + "."
                         : "; did you mean '" + nearest + "'?";
}

/// One entry of the list.
class Entry {
 public:
  Entry(const YAML::Node& node, std::string where) : node_(node), where_(std::move(where)) {
    if (!node.IsMap()) throw UsageError(where_ + ": a fault must be a map {target: ..., ...}.");
    std::set<std::string> seen;
    for (const auto& one : node) {
      if (!one.first.IsScalar() || !one.second.IsScalar()) {
        throw UsageError(where_ + ": keys and values of a fault must be words or numbers.");
      }
      if (!seen.insert(one.first.Scalar()).second) {
        throw UsageError(where_ + ": the key " + one.first.Scalar() + " is given twice.");
      }
    }
  }

  Fault read() const {
    Fault fault;
    fault.where = where_;
    fault.target = target();
    check_keys(fault.target);
    fault.time = time(fault.target);
    fault.address = number("address", 0, UINT64_MAX);
    fault.bit = static_cast<unsigned>(number("bit", 0, 31));
    fault.macro = static_cast<unsigned>(number("macro", 0, UINT16_MAX));
    fault.row = static_cast<unsigned>(number("row", 0, UINT32_MAX));
    fault.column = static_cast<unsigned>(number("column", 0, UINT32_MAX));
    fault.entry = static_cast<unsigned>(number("entry", 0, UINT32_MAX));
    fault.value = static_cast<unsigned>(number("level", 0, UINT16_MAX));
    fault.count = has("count") ? number("count", 1, UINT64_MAX) : 1;
    fault.delay_cycles = number("delay_cycles", 0, 1'000'000'000);
    if (has("code")) fault.value = choice("code", {"lowest", "highest"}) == "highest" ? 1 : 0;
    for (const char* key : {"register", "line", "master"}) {
      if (has(key)) fault.name = node_[key].Scalar();
    }
    for (const char* key : {"drop", "refuse"}) {
      if (has(key)) fault.fails = choice(key, {"yes", "no"}) == "yes";
    }
    if (has("access")) {
      const std::string access = choice("access", {"any", "read", "write"});
      if (access != "any") fault.writes_only = access == "write";
    }
    check_effect(fault);
    return fault;
  }

 private:
  bool has(const char* key) const { return static_cast<bool>(node_[key]); }

  FaultTarget target() const {
    if (!has("target")) throw UsageError(where_ + ": a fault needs the key target.");
    const std::vector<std::string> known(kFaultTargetNames.begin(), kFaultTargetNames.end());
    const std::string word = node_["target"].Scalar();
    const auto found = std::find(known.begin(), known.end(), word);
    if (found == known.end()) {
      throw UsageError(where_ + ": the target '" + word + "' is unknown" +
                       did_you_mean(word, known));
    }
    return static_cast<FaultTarget>(found - known.begin());
  }

  void check_keys(FaultTarget target) const {
    const Keys& keys = keys_of(target);
    std::vector<std::string> known = {"target"};
    known.insert(known.end(), keys.needed.begin(), keys.needed.end());
    known.insert(known.end(), keys.other.begin(), keys.other.end());
    if (!is_frozen(target)) known.insert(known.end(), kTimeKeys.begin(), kTimeKeys.end());
    const std::string of = " of a fault of target " + std::string(to_string(target));
    for (const auto& one : node_) {
      const std::string key = one.first.Scalar();
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      throw UsageError(where_ + ": the key " + key + of + " is unknown" + did_you_mean(key, known));
    }
    for (const std::string& key : keys.needed) {
      if (has(key.c_str())) continue;
      throw UsageError(where_ + ": the key " + key + of + " is missing.");
    }
  }

  FaultTime time(FaultTarget target) const {
    FaultTime time;
    if (is_frozen(target)) return time;
    const int given =
        (has("cycle") ? 1 : 0) + (has("image_cycle") ? 1 : 0) + (has("layer") ? 1 : 0);
    if (given != 1 || (has("layer_cycle") && !has("layer"))) {
      throw UsageError(where_ +
                       ": the time of a fault is one of cycle (after reset), image_cycle (after "
                       "the post of the image), and layer with layer_cycle (after its beginning).");
    }
    constexpr std::uint64_t kMost = 1'000'000'000'000'000;
    if (has("layer")) {
      time.from = FaultTime::From::kLayer;
      time.layer = node_["layer"].Scalar();
      time.cycle = number("layer_cycle", 0, kMost);
    } else if (has("image_cycle")) {
      time.from = FaultTime::From::kImage;
      time.cycle = number("image_cycle", 0, kMost);
    } else {
      time.cycle = number("cycle", 0, kMost);
    }
    if (has("image")) time.image = static_cast<std::uint32_t>(number("image", 0, UINT32_MAX - 1));
    return time;
  }

  void check_effect(const Fault& fault) const {
    if (fault.target != FaultTarget::kInterrupt && fault.target != FaultTarget::kBus) return;
    if (fault.fails != (fault.delay_cycles > 0)) return;
    const std::string word = fault.target == FaultTarget::kInterrupt ? "drop" : "refuse";
    throw UsageError(where_ + ": a fault of target " + std::string(to_string(fault.target)) +
                     " has either " + word + ": yes or delay_cycles above 0.");
  }

  std::uint64_t number(const char* key, std::uint64_t least, std::uint64_t most) const {
    if (!has(key)) return 0;
    const std::string text = node_[key].Scalar();
    const bool is_hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char* first = text.data() + (is_hex ? 2 : 0);
    const char* last = text.data() + text.size();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(first, last, value, is_hex ? 16 : 10);
    if (error == std::errc() && end == last && value >= least && value <= most) return value;
    throw UsageError(where_ + ": " + key + " is '" + text + "'; it must be a whole number from " +
                     std::to_string(least) +
                     (most == UINT64_MAX ? " on." : " to " + std::to_string(most) + "."));
  }

  std::string choice(const char* key, const std::vector<std::string>& words) const {
    const std::string word = node_[key].Scalar();
    if (std::find(words.begin(), words.end(), word) != words.end()) return word;
    throw UsageError(where_ + ": " + key + " is '" + word + "'; it must be one of " +
                     joined(words) + ".");
  }

  YAML::Node node_;
  std::string where_;
};

}  // namespace

std::vector<Fault> read_fault_list(const std::string& text, const std::string& origin) {
  const YAML::Node root = yaml_document(text, origin, "a list of faults");
  if (!root.IsMap() || root.size() != 1 || !root["faults"] || !root["faults"].IsSequence()) {
    throw UsageError(origin +
                     " is no list of faults: it must be a map with the one key faults, a list.");
  }
  std::vector<Fault> list;
  for (const YAML::Node& node : root["faults"]) {
    list.push_back(Entry(node, origin + ":" + std::to_string(node.Mark().line + 1)).read());
  }
  if (list.empty()) throw UsageError(origin + " lists no faults.");
  return list;
}

std::string read_fault_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw UsageError("The list of faults " + path + " cannot be read.");
  return text.str();
}

}  // namespace leyden::chip
