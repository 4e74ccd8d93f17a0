#include "platform/compiler/quantisation_options.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <sstream>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::compiler {
namespace {

/// A key's value on its way into the options.
class Value {
 public:
  Value(const std::string& key, const std::string& text, const std::string& where)
      : key_(key), text_(text), where_(where) {}

  std::int64_t whole(std::int64_t least, std::int64_t most) const {
    const auto value = read<std::int64_t>();
    if (value && *value >= least && *value <= most) return *value;
    refuse("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  double real(double least, double most) const {
    const auto value = read<double>();
    if (value && *value >= least && *value <= most) return *value;
    std::ostringstream range;
    range << "must be a number from " << least << " to " << most;
    refuse(range.str());
  }
  template <typename Choice>
  Choice one_of(const std::vector<std::pair<const char*, Choice>>& choices) const {
    std::vector<std::string> words;
    std::string list;
    for (const auto& [word, choice] : choices) {
      if (text_ == word) return choice;
      words.emplace_back(word);
      list += std::string(list.empty() ? "" : ", ") + word;
    }
    const std::string nearest = base::nearest_word(text_, words);
    refuse("must be one of " + list + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  bool on() const { return one_of<bool>({{"on", true}, {"off", false}}); }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw base::UsageError(where_ + ": key '" + key_ + "' " + what);
  }
  template <typename Number>
  std::optional<Number> read() const {
    Number value = 0;
    const char* end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(text_.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
  }

  std::string key_;
  std::string text_;
  std::string where_;
};

using LayerSetter = std::function<void(LayerQuantisation&, const Value&)>;
using NetworkSetter = std::function<void(QuantisationOptions&, const Value&)>;

Symmetry symmetry(const Value& value) {
  return value.one_of<Symmetry>(
      {{"symmetric", Symmetry::kSymmetric}, {"asymmetric", Symmetry::kAsymmetric}});
}

std::map<std::string, LayerSetter> layer_setters() {
  return {
      {"weight_bits", [](LayerQuantisation& q,
                         const Value& v) { q.weight_bits = static_cast<unsigned>(v.whole(1, 8)); }},
      {"activation_bits",
       [](LayerQuantisation& q, const Value& v) {
         q.activation_bits = static_cast<unsigned>(v.whole(1, 8));
       }},
      {"granularity",
       [](LayerQuantisation& q, const Value& v) {
         q.granularity = v.one_of<Granularity>(
             {{"channel", Granularity::kChannel}, {"tensor", Granularity::kTensor}});
       }},
      {"weights", [](LayerQuantisation& q, const Value& v) { q.weights = symmetry(v); }},
      {"activations", [](LayerQuantisation& q, const Value& v) { q.activations = symmetry(v); }},
      {"scales",
       [](LayerQuantisation& q, const Value& v) {
         q.scales = v.one_of<ScaleKind>(
             {{"free", ScaleKind::kFree}, {"power_of_two", ScaleKind::kPowerOfTwo}});
       }},
      {"calibration",
       [](LayerQuantisation& q, const Value& v) {
         q.calibration =
             v.one_of<CalibrationMethod>({{"minmax", CalibrationMethod::kMinMax},
                                          {"percentile", CalibrationMethod::kPercentile},
                                          {"mse", CalibrationMethod::kMeanSquaredError},
                                          {"kl", CalibrationMethod::kKullbackLeibler}});
       }},
      {"activation_percentile",
       [](LayerQuantisation& q, const Value& v) { q.activation_percentile = v.real(50, 100); }},
      {"partial_calibration",
       [](LayerQuantisation& q, const Value& v) {
         q.partial_calibration =
             v.one_of<CalibrationMethod>({{"minmax", CalibrationMethod::kMinMax},
                                          {"percentile", CalibrationMethod::kPercentile},
                                          {"mse", CalibrationMethod::kMeanSquaredError}});
       }},
      {"partial_percentile",
       [](LayerQuantisation& q, const Value& v) { q.partial_percentile = v.real(50, 100); }},
      {"converter_calibration",
       [](LayerQuantisation& q, const Value& v) {
         q.converter_calibration = v.one_of<std::optional<CalibrationMethod>>(
             {{"fixed", std::nullopt},
              {"minmax", CalibrationMethod::kMinMax},
              {"percentile", CalibrationMethod::kPercentile},
              {"mse", CalibrationMethod::kMeanSquaredError}});
       }},
      {"converter_granularity",
       [](LayerQuantisation& q, const Value& v) {
         q.converter_granularity =
             v.one_of<RangeGranularity>({{"layer", RangeGranularity::kLayer},
                                         {"part", RangeGranularity::kPart},
                                         {"output", RangeGranularity::kOutput}});
       }},
      {"converter_percentile",
       [](LayerQuantisation& q, const Value& v) { q.converter_percentile = v.real(50, 100); }},
      {"weight_calibration", [](LayerQuantisation& q, const Value& v) {
         q.weight_calibration =
             v.one_of<CalibrationMethod>({{"minmax", CalibrationMethod::kMinMax},
                                          {"mse", CalibrationMethod::kMeanSquaredError}});
       }}};
}

std::map<std::string, NetworkSetter> network_setters() {
  return {
      {"calibration_images",
       [](QuantisationOptions& q, const Value& v) { q.calibration_images = v.whole(1, 1000000); }},
      {"format",
       [](QuantisationOptions& q, const Value& v) {
         q.format =
             v.one_of<NumberFormat>({{"affine", NumberFormat::kAffine},
                                     {"fixed_point", NumberFormat::kFixedPoint},
                                     {"dynamic_fixed_point", NumberFormat::kDynamicFixedPoint}});
       }},
      {"weight_fraction",
       [](QuantisationOptions& q, const Value& v) {
         q.weight_fraction = static_cast<int>(v.whole(-24, 24));
       }},
      {"activation_fraction",
       [](QuantisationOptions& q, const Value& v) {
         q.activation_fraction = static_cast<int>(v.whole(-24, 24));
       }},
      {"equalise", [](QuantisationOptions& q, const Value& v) { q.equalise = v.on(); }},
      {"bias_correction",
       [](QuantisationOptions& q, const Value& v) { q.bias_correction = v.on(); }},
      {"units",
       [](QuantisationOptions& q, const Value& v) {
         q.whole_line = v.one_of<bool>({{"least", false}, {"all", true}});
       }},
      {"reshape", [](QuantisationOptions& q, const Value& v) {
         q.reshape = v.one_of<Reshaping>({{"off", Reshaping::kOff},
                                          {"layer", Reshaping::kLayer},
                                          {"output", Reshaping::kOutput},
                                          {"on", Reshaping::kOn}});
       }}};
}

template <typename Map>
std::vector<std::string> words(const Map& map) {
  std::vector<std::string> result;
  for (const auto& entry : map) result.push_back(entry.first);
  return result;
}

[[noreturn]] void refuse_key(const std::string& where, const std::string& key,
                             const std::vector<std::string>& known) {
  const std::string nearest = base::nearest_word(key, known);
  throw base::UsageError(where + ": key '" + key + "' is not a known key" +
                         (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

}  // namespace

std::vector<std::string> QuantisationOptions::keys() {
  std::vector<std::string> all = words(layer_setters());
  for (const std::string& key : words(network_setters())) all.push_back(key);
  return all;
}

void QuantisationOptions::set(const std::string& key, const std::string& value,
                              const std::string& where) {
  const std::string prefix = "layers.";
  if (key.compare(0, prefix.size(), prefix) == 0) {
    // Names of nodes may have dots; keys have none.
    const std::size_t dot = key.rfind('.');
    if (dot <= prefix.size()) {
      throw base::UsageError(where + ": key '" + key + "' must be layers.NODE.KEY");
    }
    set_layer(key.substr(prefix.size(), dot - prefix.size()), key.substr(dot + 1), value, where);
    return;
  }
  const auto of_layer = layer_setters();
  const auto of_network = network_setters();
  given_.insert(key);
  if (const auto found = of_layer.find(key); found != of_layer.end()) {
    found->second(*this, Value(key, value, where));
  } else if (const auto other = of_network.find(key); other != of_network.end()) {
    other->second(*this, Value(key, value, where));
  } else {
    refuse_key(where, key, keys());
  }
}

void QuantisationOptions::set_layer(const std::string& node, const std::string& key,
                                    const std::string& value, const std::string& where) {
  const std::string at = where + ": layers." + node;
  const auto setters = layer_setters();
  const auto found = setters.find(key);
  if (found == setters.end()) refuse_key(at, key, words(setters));
  LayerQuantisation trial;
  found->second(trial, Value(key, value, at));
  layers_[node].emplace_back(key, value);
}

void QuantisationOptions::set_all(const std::vector<std::string>& assignments,
                                  const std::string& where) {
  const auto told = [&where](const std::string& text) { return where + " is '" + text + "'"; };
  for (const std::string& assignment : assignments) {
    // Names of nodes may have an equals sign; keys and values have none.
    const std::size_t equals = assignment.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      throw base::UsageError(told(assignment) + ", but must be key=value");
    }
    set(assignment.substr(0, equals), assignment.substr(equals + 1), where);
  }
  if (!assignments.empty()) check(where);
}

void QuantisationOptions::check(const std::string& where) const {
  const bool fixed = format != NumberFormat::kAffine;
  const auto refuse = [&](const std::string& key, const std::string& value) {
    throw base::UsageError(where + ": key '" + key + "' must be " + value +
                           ", for the format is fixed point");
  };
  std::vector<std::pair<std::string, LayerQuantisation>> all = {{"", *this}};
  for (const auto& [node, keys] : layers_) {
    LayerQuantisation own;  // what is not given for the layer is what a fixed-point format means
    own.granularity = Granularity::kTensor;
    own.activations = Symmetry::kSymmetric;
    own.scales = ScaleKind::kPowerOfTwo;
    const auto setters = layer_setters();
    for (const auto& [key, value] : keys) setters.at(key)(own, Value(key, value, where));
    all.emplace_back("layers." + node + ".", own);
  }
  for (const auto& [prefix, q] : all) {
    const auto given = [&, at = prefix](const char* key) {
      return fixed && (!at.empty() || given_.count(key) != 0);
    };
    if (given("granularity") && q.granularity != Granularity::kTensor) {
      refuse(prefix + "granularity", "tensor");
    }
    if (given("weights") && q.weights != Symmetry::kSymmetric) {
      refuse(prefix + "weights", "symmetric");
    }
    if (given("activations") && q.activations != Symmetry::kSymmetric) {
      refuse(prefix + "activations", "symmetric");
    }
    if (given("scales") && q.scales != ScaleKind::kPowerOfTwo) {
      refuse(prefix + "scales", "power_of_two");
    }
  }
  if (format != NumberFormat::kFixedPoint && (weight_fraction || activation_fraction)) {
    throw base::UsageError(where + ": key '" +
                           (weight_fraction ? "weight_fraction" : "activation_fraction") +
                           "' needs format fixed_point");
  }
}

LayerQuantisation QuantisationOptions::of(const std::string& node) const {
  LayerQuantisation q = *this;
  if (reshape == Reshaping::kOn && given_.count("calibration") == 0) {
    q.calibration = CalibrationMethod::kMeanSquaredError;
  }
  if (const auto found = layers_.find(node); found != layers_.end()) {
    const auto setters = layer_setters();
    for (const auto& [key, value] : found->second) setters.at(key)(q, Value(key, value, node));
  }
  if (format != NumberFormat::kAffine) {
    q.granularity = Granularity::kTensor;
    q.weights = Symmetry::kSymmetric;
    q.activations = Symmetry::kSymmetric;
    q.scales = ScaleKind::kPowerOfTwo;
  }
  return q;
}

std::vector<std::string> QuantisationOptions::layers() const { return words(layers_); }

}  // namespace leyden::compiler
