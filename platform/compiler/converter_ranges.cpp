#include "platform/compiler/converter_ranges.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "models/base/parameter.h"
#include "platform/compiler/float_executor.h"
#include "platform/compiler/range_statistics.h"
#include "platform/compiler/tensor_codes.h"

namespace leyden::compiler {
namespace {

constexpr std::size_t kMostImages = 32;
// Windows a layer, sampled evenly over images and positions; fewer where they have many
// conversions.
constexpr std::size_t kLeastWindows = 32;
constexpr std::size_t kMostWindows = 512;
constexpr std::size_t kMostConversions = std::size_t{1} << 21;

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

[[noreturn]] void refuse_fixed(const std::string& what) {
  throw base::UsageError(what +
                         " is for a chip whose converters have a range to set; this one's is fixed "
                         "(cim.converter.range_bits is 0)");
}

void set_given(Plan& plan, const NetworkFile& file, const std::string& node,
               const ConverterRangeShares& given, std::size_t index) {
  const unsigned bits = plan.geometry.combining.range_bits;
  if (bits == 0) refuse_fixed("network '" + file.name + "': converter_ranges." + node);
  LayerPlan& made = plan.layers[index];
  const std::size_t parts = made.mapping.parts;
  const std::size_t outputs = plan.network.outputs(plan.network.layers[index]);
  const bool one = given.granularity == RangeGranularity::kLayer;
  if (!one && given.shares.size() != parts) {
    refuse(file, node,
           "has ranges of " + std::to_string(given.shares.size()) +
               " row parts, but on this chip the layer has " + std::to_string(parts));
  }
  made.ranges.by_output = given.granularity == RangeGranularity::kOutput;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::vector<double>& shares = given.shares[one ? 0 : part];
    if (made.ranges.by_output && shares.size() != outputs) {
      refuse(file, node + "[" + std::to_string(part) + "]",
             "has ranges of " + std::to_string(shares.size()) + " outputs, but the layer has " +
                 std::to_string(outputs));
    }
    std::vector<unsigned>& codes = made.ranges.codes.emplace_back();
    for (const double share : shares) codes.push_back(code_of(share, bits));
  }
}

/// A layer whose ranges are chosen, and how many of its positions are looked at.
struct Chosen {
  RangeStatistics statistics;
  std::size_t stride;
  std::size_t seen = 0;
};

void choose_ranges(Plan& plan, const Graph& graph, const NetworkFile& file,
                   const std::vector<Image>& calibration) {
  const QuantNetwork& network = plan.network;
  const std::size_t images = std::min(calibration.size(), kMostImages);
  std::map<std::size_t, Chosen> layers;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const QuantLayer& layer = network.layers[i];
    if (layer.kind != LayerKind::kMacro || file.converter_ranges.count(layer.name) != 0) continue;
    const LayerQuantisation options = file.quantisation.of(layer.name);
    if (!options.converter_calibration) continue;
    const std::string who = "layer '" + layer.name + "': quantisation key 'converter_calibration'";
    if (plan.geometry.combining.range_bits == 0) refuse_fixed(who);
    if (images == 0) {
      throw base::UsageError(who + " chooses ranges from data; give calibration images");
    }
    RangeStatistics statistics(plan, i, options);
    const std::size_t windows =
        std::clamp(kMostConversions / statistics.conversions(), kLeastWindows, kMostWindows);
    const std::size_t stride =
        std::max<std::size_t>(1, images * network.positions(layer) / windows);
    layers.emplace(i, Chosen{std::move(statistics), stride});
  }
  if (layers.empty()) return;
  FloatExecutor executor(graph);
  for (std::size_t n = 0; n < images; ++n) {
    executor.run(real_values(calibration[n], file.input));
    for (auto& [i, chosen] : layers) {
      const QuantLayer& layer = network.layers[i];
      const QuantTensor& in = network.tensors[layer.inputs[0]];
      const std::vector<std::uint8_t> codes = to_codes(executor.tensor(in.source()), in);
      for (std::size_t p = 0; p < network.positions(layer); ++p) {
        if (chosen.seen++ % chosen.stride == 0) chosen.statistics.add(codes, p);
      }
    }
  }
  for (const auto& [i, chosen] : layers) plan.layers[i].ranges = chosen.statistics.choose();
}

}  // namespace

void set_converter_ranges(Plan& plan, const Graph& graph, const NetworkFile& file,
                          const std::vector<Image>& calibration) {
  for (LayerPlan& made : plan.layers) made.ranges = {};
  for (const auto& [node, given] : file.converter_ranges) {
    set_given(plan, file, node, given, find_layer(plan, file, node));
  }
  choose_ranges(plan, graph, file, calibration);
  // The whole range everywhere is none.
  const unsigned whole = 1u << plan.geometry.combining.range_bits;
  for (LayerPlan& made : plan.layers) {
    bool less = false;
    for (const std::vector<unsigned>& codes : made.ranges.codes) {
      for (const unsigned code : codes) less = less || code < whole;
    }
    if (!less) made.ranges = {};
  }
}

}  // namespace leyden::compiler
