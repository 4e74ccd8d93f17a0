#include "platform/sweep/cost_evaluator.h"

#include <cmath>
#include <optional>
#include <utility>

#include "platform/chip/area.h"
#include "platform/chip/chip_parameters.h"
#include "platform/compiler/onnx_import.h"
#include "platform/run/network.h"

namespace leyden::sweep {
namespace {

constexpr const char* kWhere = "setting";

/// Values of keys for as long as it lives; what was there before comes back.
class Overridden {
 public:
  /// @throws base::UsageError a key that is unknown, or a value it does not take
  Overridden(base::ParameterSet& parameters, const std::vector<Setting>& settings)
      : parameters_(parameters) {
    try {
      for (const Setting& setting : settings) {
        if (parameters_.has(setting.key)) before_.push_back(parameters_.at(setting.key));
        parameters_.set_text(setting.key, setting.value, base::Source::kAssumed, "of the point",
                             kWhere);
      }
    } catch (...) {
      restore();
      throw;
    }
  }
  ~Overridden() { restore(); }
  Overridden(const Overridden&) = delete;
  Overridden& operator=(const Overridden&) = delete;

 private:
  void restore() {
    for (auto old = before_.rbegin(); old != before_.rend(); ++old) {
      if (old->spec.choices.empty()) {
        parameters_.set(old->spec.key, old->value, old->source, old->note, kWhere);
      } else {
        const auto word = static_cast<std::size_t>(old->value);
        parameters_.set_text(old->spec.key, old->spec.choices[word], old->source, old->note,
                             kWhere);
      }
    }
    before_.clear();
  }

  base::ParameterSet& parameters_;
  std::vector<base::Parameter> before_;
};

/// Keys of a group that the file leaves out: whether it is then complete is told by the file's
/// reader alone.
bool all_have_values(const base::ParameterSet& parameters, const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    if (parameters.declared().count(setting.key) != 0 && !parameters.has(setting.key)) return false;
  }
  return true;
}

void fill_metrics(const compiler::WorkloadCost& found, const base::ParameterSet& parameters,
                  MetricValues& metrics) {
  const compiler::ImageCost& cost = found.cost;
  const double period_ns = 1e3 / parameters.real("system.clock_mhz");
  const auto cycles = static_cast<double>(cost.cycles());
  const double latency_us = static_cast<double>(cost.latency_cycles) * period_ns * 1e-3;
  const double energy_nj = cost.energy_pj() * 1e-3;
  const double alignment_ns = parameters.real("system.image_alignment_ns");
  // A relative step of 1e-12 back: a time that is a multiple stays one.
  const double steps = std::ceil(cycles * period_ns / alignment_ns * (1 - 1e-12));
  set_metric(metrics, "latency_us", latency_us);
  set_metric(metrics, "energy_nj", energy_nj);
  set_metric(metrics, "efficiency_tops_per_w",
             2 * static_cast<double>(found.macs) / (energy_nj * 1e3));
  set_metric(metrics, "edp_nj_us", energy_nj * latency_us);
  set_metric(metrics, "throughput_images_per_s", 1e9 / (steps * alignment_ns));
  set_metric(metrics, "power_mw", energy_nj * 1e3 / (cycles * period_ns));
  set_metric(metrics, "cycles", cycles);
  set_metric(metrics, "macs", static_cast<double>(found.macs));
  set_metric(metrics, "tiles", static_cast<double>(found.tiles));
  set_metric(metrics, "streamed_tiles", static_cast<double>(found.streamed_tiles));
  set_metric(metrics, "array_utilisation_percent", 100 * found.array_utilisation);
  set_metric(metrics, "array_share_percent", 100 * found.array_share);
  set_metric(metrics, "image_bytes", static_cast<double>(found.image_bytes));
  set_metric(metrics, "lmem_peak_bytes", static_cast<double>(found.lmem_peak_bytes));
}

void fill_parts(const compiler::ImageCost& cost, MetricValues& metrics) {
  base::CauseCycles causes{};
  std::array<double, base::kComponentCount> energy_fj{};
  const auto add = [&](const compiler::LayerCost& row) {
    for (std::size_t i = 0; i < causes.size(); ++i) causes[i] += row.causes[i];
    for (std::size_t i = 0; i < energy_fj.size(); ++i) energy_fj[i] += row.energy_fj[i];
  };
  add(cost.input);
  for (const compiler::LayerCost& layer : cost.layers) add(layer);
  add(cost.output);
  add(cost.control);
  for (std::size_t i = 0; i < causes.size(); ++i) {
    set_metric(metrics, "cycles_" + std::string(base::to_string(static_cast<base::Cause>(i))),
               static_cast<double>(causes[i]));
  }
  for (std::size_t i = 0; i < energy_fj.size(); ++i) {
    set_metric(metrics,
               "energy_" + std::string(base::to_string(static_cast<base::Component>(i))) + "_nj",
               energy_fj[i] * 1e-6);
  }
}

void fill_layers(const compiler::ImageCost& cost, const compiler::QuantNetwork& network,
                 std::vector<LayerResult>& layers) {
  const auto add = [&](const std::string& name, const std::string& kind,
                       const compiler::LayerCost& row) {
    layers.push_back({name, kind, static_cast<double>(row.cycles), row.energy_pj() * 1e-3});
  };
  add("input", "service", cost.input);
  for (std::size_t i = 0; i < cost.layers.size(); ++i) {
    add(network.layers[i].name, compiler::to_string(network.layers[i].kind), cost.layers[i]);
  }
  add("output", "service", cost.output);
  add("control", "service", cost.control);
}

/// A network with its quantisation, on a chip as the base has it.
std::string network_key(const PointSettings& settings) {
  std::string key = settings.chip + "\n" + settings.network;
  for (const std::string& one : settings.quantise) key += "\n" + one;
  return key;
}

}  // namespace

CostEvaluator::CostEvaluator(const Base& base, const run::Resources& resources)
    : base_(base), resources_(resources), scopes_(chip::chip_scopes()) {}

chip::ChipDescription& CostEvaluator::chip(const std::string& name) {
  const auto found = chips_.find(name);
  if (found != chips_.end()) return found->second;
  return chips_.emplace(name, chip::load_chip_file(resources_.chip(name), scopes_, base_.set))
      .first->second;
}

CostEvaluator::Counted& CostEvaluator::counted_on(const std::string& key,
                                                  const PointSettings& settings,
                                                  const base::ParameterSet& parameters) {
  const auto found = counted_.find(key);
  if (found != counted_.end()) return *found->second;
  const run::NetworkData data =
      run::load_network_data(resources_.network(settings.network), base_.data,
                             base_.calibration_images, settings.quantise, {});
  auto made = std::make_unique<Counted>();
  made->workload = compiler::make_workload(compiler::import_onnx(data.file.onnx), data.file,
                                           run::geometry_of(parameters), data.calibration);
  made->evaluator = std::make_unique<compiler::WorkloadEvaluator>(made->workload);
  return *counted_.emplace(key, std::move(made)).first->second;
}

CostEvaluator::Counted* CostEvaluator::counted(const PointSettings& settings,
                                               const base::ParameterSet& of_base) {
  const std::string key = network_key(settings);
  if (refused_.count(key) != 0) return nullptr;
  try {
    return &counted_on(key, settings, of_base);
  } catch (const base::UsageError&) {
    refused_.insert(key);
    return nullptr;
  }
}

void CostEvaluator::cost(const PointSettings& settings, const base::ParameterSet& parameters,
                         Counted* network, PointResult& result) {
  chip::check_system(parameters);
  const compiler::ChipGeometry geometry = run::geometry_of(parameters);
  const compiler::CostParameters cost = compiler::read_cost_parameters(parameters);
  if (network == nullptr) {
    // The base's chip cannot hold the network, the point's own may: its values are counted there.
    std::string key = network_key(settings);
    for (const std::string& one : assignments(settings.chip_keys)) key += "\n" + one;
    network = &counted_on(key, settings, parameters);
  }
  compiler::WorkloadOptions options;
  options.search = settings.objective != "none";
  options.objective =
      settings.objective == "energy" ? compiler::Objective::kEnergy : compiler::Objective::kLatency;
  const compiler::WorkloadCost found = network->evaluator->evaluate(geometry, cost, options);
  fill_metrics(found, parameters, result.metrics);
  fill_parts(found.cost, result.metrics);
  set_metric(result.metrics, "area_mm2", chip::chip_area(parameters, cost.macro).total_um2() / 1e6);
  if (base_.keep_layers) fill_layers(found.cost, network->workload.network, result.layers);
}

void CostEvaluator::evaluate(const Point& point, PointResult& result) {
  const PointSettings settings = settle(base_, point);
  chip::ChipDescription& of_base = chip(settings.chip);
  Counted* network = counted(settings, of_base.parameters);
  if (!all_have_values(of_base.parameters, settings.chip_keys)) {
    std::vector<std::string> set = base_.set;
    for (std::string& one : assignments(settings.chip_keys)) set.push_back(std::move(one));
    const chip::ChipDescription own =
        chip::load_chip_file(resources_.chip(settings.chip), scopes_, set);
    return cost(settings, own.parameters, network, result);
  }
  const Overridden overridden(of_base.parameters, settings.chip_keys);
  cost(settings, of_base.parameters, network, result);
}

}  // namespace leyden::sweep
