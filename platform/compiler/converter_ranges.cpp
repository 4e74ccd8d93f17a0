#include "platform/compiler/converter_ranges.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::compiler {
namespace {

[[noreturn]] void refuse(const NetworkFile& file, const std::string& node,
                         const std::string& what) {
  throw base::UsageError("network '" + file.name + "': converter_ranges." + node + " " + what);
}

std::size_t find_layer(const Plan& plan, const NetworkFile& file, const std::string& node) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const QuantLayer& layer = plan.network.layers[i];
    if (layer.kind != LayerKind::kMacro) continue;
    if (layer.name == node) return i;
    known.push_back(layer.name);
  }
  const std::string nearest = base::nearest_word(node, known);
  refuse(file, node,
         "names no layer on macros" +
             (nearest.empty() ? std::string() : "; did you mean '" + nearest + "'?"));
}

unsigned code_of(double share, unsigned range_bits) {
  const double code = std::round(std::ldexp(share, static_cast<int>(range_bits)));
  return static_cast<unsigned>(std::max(code, 1.0));
}

}  // namespace

void set_converter_ranges(Plan& plan, const NetworkFile& file) {
  for (LayerPlan& made : plan.layers) made.ranges = {};
  const unsigned bits = plan.geometry.combining.range_bits;
  for (const auto& [node, given] : file.converter_ranges) {
    const std::size_t index = find_layer(plan, file, node);
    if (bits == 0) {
      refuse(file, node,
             "is for a chip whose converters have a range to set; this one's is fixed "
             "(cim.converter.range_bits is 0)");
    }
    LayerPlan& made = plan.layers[index];
    const std::size_t parts = made.mapping.parts;
    const std::size_t outputs = plan.network.outputs(plan.network.layers[index]);
    const bool one = given.kind == ConverterRangeShares::Kind::kLayer;
    if (!one && given.shares.size() != parts) {
      refuse(file, node,
             "has ranges of " + std::to_string(given.shares.size()) +
                 " row parts, but on this chip the layer has " + std::to_string(parts));
    }
    for (std::size_t part = 0; part < parts; ++part) {
      const std::vector<double>& shares = given.shares[one ? 0 : part];
      if (given.kind == ConverterRangeShares::Kind::kOutput && shares.size() != outputs) {
        refuse(file, node + "[" + std::to_string(part) + "]",
               "has ranges of " + std::to_string(shares.size()) + " outputs, but the layer has " +
                   std::to_string(outputs));
      }
      std::vector<unsigned>& codes = made.ranges.codes.emplace_back();
      for (const double share : shares) codes.push_back(code_of(share, bits));
    }
    made.ranges.by_output = given.kind == ConverterRangeShares::Kind::kOutput;
  }
}

}  // namespace leyden::compiler
