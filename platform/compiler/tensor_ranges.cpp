#include "platform/compiler/tensor_ranges.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/parameter.h"
#include "platform/compiler/layer_rules.h"

namespace leyden::compiler {
namespace {

/// Probabilities and class numbers have codes of their own.
bool has_fixed_codes(const Node& node) {
  const auto* softmax = std::get_if<Softmax>(&node.operation);
  return (softmax && !softmax->logarithm) || std::holds_alternative<ArgMax>(node.operation);
}

}  // namespace

TensorRanges::TensorRanges(const Graph& graph, const NetworkFile& file, const LayerGroups& groups,
                           const std::vector<Image>& calibration)
    : graph_(graph), file_(file), groups_(groups) {
  check_names();
  find(calibration);
  unite_all();
}

/// The range given for a tensor, or for the pooled tensor made of it (same codes).
const Range* TensorRanges::given(const std::string& tensor) const {
  const auto& given_ranges = file_.activation_ranges;
  if (const auto found = given_ranges.find(tensor); found != given_ranges.end()) {
    return &found->second;
  }
  for (const LayerGroup& group : groups_.list) {
    if (!keeps_codes(*group.node)) continue;
    if (groups_.resolve(group.node->inputs[0]) != tensor) continue;
    if (const Range* range = given(group.output)) return range;
  }
  return nullptr;
}

bool TensorRanges::is_given(const std::string& tensor) const {
  return graph_.encodings.count(tensor) > 0 || given(tensor) != nullptr;
}

void TensorRanges::check_names() const {
  std::vector<std::string> known;
  for (const LayerGroup& group : groups_.list) known.push_back(group.output);
  const std::string& name = file_.name.empty() ? graph_.name : file_.name;
  const std::string who = "network '" + name + "': activation_ranges names ";
  const auto told = [&who](const std::string& tensor) { return who + "'" + tensor + "'"; };
  for (const auto& [tensor, range] : file_.activation_ranges) {
    if (std::find(known.begin(), known.end(), tensor) != known.end()) continue;
    const std::string nearest = base::nearest_word(tensor, known);
    throw base::UsageError(told(tensor) + ", which no layer computes" +
                           (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
}

void TensorRanges::find(const std::vector<Image>& calibration) {
  std::map<std::string, CodeRule> missing;
  for (const LayerGroup& group : groups_.list) {
    if (keeps_codes(*group.node) || has_fixed_codes(*group.node)) continue;
    if (graph_.encodings.count(group.output) > 0) continue;
    const Range* range = given(group.output);
    if (!range) missing[group.output] = rule(group);
    if (range) ranges_[group.output] = *range;
  }
  ranges_.merge(calibrate_ranges(graph_, missing, calibration, file_));
  // The value of padding is one of the tensor that it surrounds.
  for (const LayerGroup& group : groups_.list) {
    const auto* pad = std::get_if<Pad>(&group.node->operation);
    const std::string source = pad ? coded_as(group.output) : "";
    if (!pad || is_given(source) || ranges_.count(source) == 0) continue;
    Range& range = ranges_.at(source);
    const Range wide{std::min(range.minimum, static_cast<double>(pad->value)),
                     std::max(range.maximum, static_cast<double>(pad->value))};
    if (may_take(source, wide)) range = wide;
  }
}

/// The tensor whose scale and zero point a tensor has.
std::string TensorRanges::coded_as(const std::string& tensor) const {
  const std::string& name = groups_.resolve(tensor);
  const LayerGroup* group = groups_.producer(name);
  if (!group || !keeps_codes(*group->node)) return name;
  return coded_as(group->node->inputs[0]);
}

/// Whether a layer can clamp its output, which the converter does at the ends of the range only.
bool TensorRanges::may_take(const std::string& tensor, const Range& range) const {
  const LayerGroup* group = groups_.producer(tensor);
  return group && range.minimum >= std::min(group->low, 0.0) && range.maximum <= group->high;
}

/// Gives the inputs and the output of a Concat one range. @return whether a range became wider
bool TensorRanges::unite(const LayerGroup& concat) {
  std::vector<std::string> members{concat.output};
  for (const std::string& input : concat.node->inputs) members.push_back(coded_as(input));
  Range range;
  for (const std::string& member : members) {
    if (is_given(member) && member != concat.output) continue;
    const auto found = ranges_.find(member);
    if (found == ranges_.end()) continue;
    range.minimum = std::min(range.minimum, found->second.minimum);
    range.maximum = std::max(range.maximum, found->second.maximum);
  }
  if (const Range* stated = given(concat.output)) range = *stated;
  bool changed = false;
  for (const std::string& member : members) {
    const auto found = ranges_.find(member);
    if (found == ranges_.end() || is_given(member) || !may_take(member, range)) continue;
    changed =
        changed || found->second.minimum != range.minimum || found->second.maximum != range.maximum;
    found->second = range;
    united_.insert(member);
  }
  return changed;
}

void TensorRanges::unite_all() {
  // Ranges only grow, towards one that holds all; a Concat of Concats needs another round.
  bool changed = true;
  for (std::size_t round = 0; changed && round <= groups_.list.size(); ++round) {
    changed = false;
    for (const LayerGroup& group : groups_.list) {
      if (!std::holds_alternative<Concat>(group.node->operation)) continue;
      if (graph_.encodings.count(group.output) > 0) continue;
      changed = unite(group) || changed;
    }
  }
}

CodeRule TensorRanges::rule(const LayerGroup& group) const {
  // Classes have their zero in the middle, but neither joined tensors nor probabilities.
  const bool classes = group.output == groups_.resolve(graph_.output) && !given(group.output) &&
                       united_.count(group.output) == 0 &&
                       !std::holds_alternative<Softmax>(group.node->operation);
  return make_code_rule(file_.quantisation, group.node->name, group.low >= 0, classes);
}

void TensorRanges::set_scale(const LayerGroup& group, QuantTensor& made) const {
  const Range& range = ranges_.at(group.output);
  if (group.low >= 0 && range.minimum < 0 && given(group.output)) {
    throw base::UsageError("network '" + (file_.name.empty() ? graph_.name : file_.name) +
                           "': activation_ranges." + group.output +
                           ".min must be 0, for the tensor comes out of a Relu");
  }
  const Codes codes = codes_of_range(range, rule(group));
  made.scale = codes.scale;
  made.zero_point = codes.zero_point;
}

QuantTensor TensorRanges::make(const LayerGroup& group, const Shape& shape) const {
  QuantTensor made{group.output, shape, rule(group).bits, 1, 0, {}};
  if (std::holds_alternative<ArgMax>(group.node->operation)) {
    made.bits = 8;
    return made;
  }
  if (const auto found = graph_.encodings.find(group.output); found != graph_.encodings.end()) {
    made.bits = found->second.bits;
    made.scale = found->second.scale;
    made.zero_point = found->second.zero_point;
  } else if (has_fixed_codes(*group.node) && !given(group.output)) {
    made.scale = std::ldexp(1.0, -static_cast<int>(made.bits));  // probabilities: 0 to 1
  } else if (const Range* stated = given(group.output);
             stated && ranges_.count(group.output) == 0) {
    made.scale = (stated->maximum - stated->minimum) / made.highest();
    made.zero_point = static_cast<int>(std::round(-stated->minimum / made.scale));
  } else {
    set_scale(group, made);
  }
  return made;
}

}  // namespace leyden::compiler
