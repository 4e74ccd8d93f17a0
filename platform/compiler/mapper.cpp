#include "platform/compiler/mapper.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "models/base/error.h"
#include "platform/compiler/layer_constants.h"
#include "platform/compiler/memory_plan.h"
#include "platform/compiler/schedule.h"

namespace leyden::compiler {
namespace {

constexpr unsigned kNarrowest = 8;
constexpr std::size_t kMostExhaustive = 512;  // choices that are all tried
constexpr std::size_t kMostPerSearch = 160;   // choices placed, for one number of macros
constexpr std::size_t kMostStreaming = 48;  // of them with streamed tiles, which cost more to place
constexpr std::size_t kMostWays = 6;        // sizes of the space streamed tiles share
// Placing n streamed tiles takes time with n^2: a network of thousands gets one way of one choice.
constexpr std::size_t kManyTiles = 2048;
constexpr std::size_t kMostPlacing = 40'000'000;  // sum of n^2
constexpr double kNever = std::numeric_limits<double>::infinity();

using Mappings = std::vector<LayerMapping>;
using Choices = std::vector<LayerChoice>;

struct Found {
  Mappings mappings;
  Choices choices;
  double value = kNever;
  ImageCost cost;
};

class Search {
 public:
  Search(const Plan& plan, const CostParameters& parameters, Objective objective,
         const std::vector<LayerActivity>& activity)
      : network_(plan.network),
        full_(plan.geometry),
        objective_(objective),
        evaluator_(plan, parameters, activity) {
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      if (network_.layers[i].kind == LayerKind::kMacro) macro_layers_.push_back(i);
    }
  }

  MappingSearch run() {
    MappingSearch result;
    Found first;
    first.choices.resize(network_.layers.size());
    try_mappings(map_layers(network_, full_), first);
    result.default_value = first.value;
    best_ = first;
    // Fewer macros are candidates too: more of them can then never be slower.
    for (unsigned macros = 1; macros < full_.macros; macros *= 2) search(macros);
    search(full_.macros);
    if (best_.value == kNever) throw base::UsageError(refusal_);
    result.mappings = std::move(best_.mappings);
    result.value = best_.value;
    result.evaluations = evaluator_.evaluations();
    return result;
  }

 private:
  double value_of(const ImageCost& cost) const {
    return objective_ == Objective::kLatency ? static_cast<double>(cost.cycles())
                                             : cost.energy_pj();
  }

  /// Takes the mappings when they are better. Equal ones are not: the first stays.
  void try_mappings(const Mappings& mappings, Found& found) {
    try {
      ImageCost cost = evaluator_.evaluate(mappings);
      const double value = value_of(cost);
      if (value >= found.value) return;
      found.value = value;
      found.mappings = mappings;
      found.cost = std::move(cost);
    } catch (const base::UsageError& error) {
      if (refusal_.empty()) refusal_ = error.what();  // does not fit: no candidate
    }
  }

  /// All placements of one choice; the best of them.
  Found realise(const Choices& choices, const ChipGeometry& geometry) {
    Found found;
    found.choices = choices;
    ++realised_;
    std::optional<Mappings> cut = cut_network(network_, geometry, choices);
    if (!cut) return found;
    if (place_resident(geometry, *cut)) {
      try_mappings(*cut, found);
      return found;
    }
    ++streaming_;
    std::size_t tiles = 0;
    for (const LayerMapping& mapping : *cut) tiles += mapping.tiles.size();
    placing_ += tiles * tiles;
    const bool many = tiles > kManyTiles;
    for (const unsigned buffers : {1u, 2u}) {
      if (many && buffers > 1) break;
      for (const Mappings& way : place_streaming(geometry, *cut, buffers, many ? 1 : kMostWays)) {
        try_mappings(way, found);
      }
    }
    return found;
  }

  Choices uniform(unsigned narrow, unsigned copies) const {
    Choices choices(network_.layers.size());
    for (const std::size_t i : macro_layers_) choices[i] = {narrow, copies};
    return choices;
  }

  void search(unsigned macros) {
    ChipGeometry geometry = full_;
    geometry.macros = macros;
    Found best;
    realised_ = streaming_ = placing_ = 0;
    const auto left = [&] {
      return realised_ < kMostPerSearch && streaming_ < kMostStreaming && placing_ < kMostPlacing;
    };
    const auto keep = [&](Found found) {
      if (found.value >= best.value) return false;
      best = std::move(found);
      return true;
    };
    if (!try_all(macros, geometry, keep)) {
      for (unsigned narrow = 1; narrow <= kNarrowest && left(); narrow *= 2) {
        keep(realise(uniform(narrow, 1), geometry));
      }
      for (unsigned copies = 2; copies <= macros && left(); copies *= 2) {
        keep(realise(uniform(1, copies), geometry));
      }
      while (best.value < kNever && left() && improve(macros, geometry, best, left, keep)) {
      }
    }
    if (best.value < best_.value) best_ = std::move(best);
  }

  std::vector<unsigned> copies_of(unsigned macros) const {
    std::vector<unsigned> copies;
    for (unsigned n = 1; n < macros; n *= 2) copies.push_back(n);
    copies.push_back(macros);
    return copies;
  }

  /// Tries every choice of every layer when there are few. @return false: there are too many
  template <typename Keep>
  bool try_all(unsigned macros, const ChipGeometry& geometry, const Keep& keep) {
    const std::vector<unsigned> copies = copies_of(macros);
    const std::size_t of_layer = 4 * copies.size();
    std::size_t all = 1;
    for (std::size_t n = 0; n < macro_layers_.size(); ++n) {
      all *= of_layer;
      if (all > kMostExhaustive) return false;
    }
    for (std::size_t number = 0; number < all; ++number) {
      Choices choices = uniform(1, 1);
      std::size_t rest = number;
      for (const std::size_t i : macro_layers_) {
        choices[i] = {1u << rest % 4, copies[rest / 4 % copies.size()]};
        rest /= of_layer;
      }
      keep(realise(choices, geometry));
    }
    return true;
  }

  /// One round: every layer, the costliest first, with more copies or other widths.
  /// @return whether something helped
  template <typename Left, typename Keep>
  bool improve(unsigned macros, const ChipGeometry& geometry, const Found& best, const Left& left,
               const Keep& keep) {
    std::vector<std::size_t> order = macro_layers_;
    const std::vector<LayerCost> costs = best.cost.layers;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return objective_ == Objective::kLatency ? costs[a].cycles > costs[b].cycles
                                               : costs[a].energy_pj() > costs[b].energy_pj();
    });
    bool helped = false;
    for (const std::size_t i : order) {
      const LayerChoice now = best.choices[i];
      std::vector<LayerChoice> others;
      for (const unsigned copies : copies_of(macros)) {
        if (copies > now.copies) others.push_back({now.narrow, copies});
      }
      if (now.copies > 1) others.push_back({now.narrow, now.copies / 2});
      if (now.narrow < kNarrowest) others.push_back({now.narrow * 2, now.copies});
      if (now.narrow > 1) others.push_back({now.narrow / 2, now.copies});
      for (const LayerChoice& other : others) {
        if (!left()) return helped;
        Choices choices = best.choices;
        choices[i] = other;
        helped = keep(realise(choices, geometry)) || helped;
      }
    }
    return helped;
  }

  const QuantNetwork& network_;
  const ChipGeometry& full_;
  Objective objective_;
  MappingEvaluator evaluator_;
  std::vector<std::size_t> macro_layers_;
  Found best_;
  std::size_t realised_ = 0;   ///< choices placed in the present search
  std::size_t streaming_ = 0;  ///< of them with streamed tiles
  std::size_t placing_ = 0;    ///< sum of their tiles, squared
  std::string refusal_;
};

}  // namespace

MappingEvaluator::MappingEvaluator(Plan plan, const CostParameters& parameters,
                                   std::vector<LayerActivity> activity)
    : plan_(std::move(plan)), parameters_(parameters), activity_(std::move(activity)) {
  plan_.for_cost = true;
  for (const LayerPlan& layer : plan_.layers) rescaled_.push_back(layer.rescaled);
}

ImageCost MappingEvaluator::evaluate(const std::vector<LayerMapping>& mappings) {
  ++evaluations_;
  // What steps need of a plan beside its mapping: sizes, not values.
  plan_.layers.assign(plan_.network.layers.size(), {});
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    const QuantLayer& layer = plan_.network.layers[i];
    LayerPlan& made = plan_.layers[i];
    made.mapping = mappings.at(i);
    made.rescaled = i < rescaled_.size() && rescaled_[i];
    if (layer.kind == LayerKind::kScale) made.table = layer.table;
    if (layer.kind != LayerKind::kMacro) continue;
    const std::size_t outputs = plan_.network.outputs(layer);
    made.converter_bits =
        made.split() ? plan_.geometry.partial_bits : plan_.network.tensors[layer.output].bits;
    made.format = {made.mapping.units,
                   plan_.geometry.rows_per_unit,
                   plan_.network.tensors[layer.inputs[0]].bits,
                   layer.weight_bits,
                   made.converter_bits,
                   plan_.geometry.range_shift};
    made.abn.resize(outputs);
    if (made.split()) made.table.resize(outputs);
  }
  set_constants(plan_);
  place_tensors(plan_);
  return evaluate_cost(image_steps(plan_, make_schedule(plan_), &image_bytes_), parameters_,
                       activity_);
}

MappingSearch search_mapping(const Plan& plan, const CostParameters& parameters,
                             Objective objective, const std::vector<LayerActivity>& activity) {
  return Search(plan, parameters, objective, activity).run();
}

}  // namespace leyden::compiler
