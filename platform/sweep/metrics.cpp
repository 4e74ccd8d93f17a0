#include "platform/sweep/metrics.h"

#include "models/base/activity.h"
#include "models/base/energy_ledger.h"
#include "models/base/error.h"
#include "models/base/parameter.h"
#include "platform/report/faults.h"

namespace leyden::sweep {
namespace {

std::vector<Metric> make_metrics() {
  std::vector<Metric> list = {
      {"accuracy_percent", "images classified as they are labelled", 1, true},
      {"latency_us", "from the post of an image to its result", -1},
      {"energy_nj", "of an image, all components", -1},
      {"area_mm2", "of all macros, memories and logic whose area is known", -1},
      {"efficiency_tops_per_w", "two operations a multiply-accumulate, over the energy", 1},
      {"edp_nj_us", "energy times latency", -1},
      {"throughput_images_per_s", "images a second of the chip, one after the other", 1},
      {"power_mw", "energy over latency", -1},
      {"cycles", "of an image, from post to result", -1},
      {"macs", "multiply-accumulates of the network"},
      {"tiles", "pieces the weights are cut into"},
      {"streamed_tiles", "of them loaded for every image", -1},
      {"array_utilisation_percent", "cells that hold a weight, of the cells of the tiles", 1},
      {"array_share_percent", "cells of the tiles, of all cells of all macros"},
      {"image_bytes", "of the compiled network in off-chip memory", -1},
      {"lmem_peak_bytes", "most of the activation buffers in use at once", -1},
  };
  for (const auto& name : report::kFaultOutcomeNames) {
    const bool masked = name == report::kFaultOutcomeNames.front();
    list.push_back({std::string(name) + "_percent",
                    std::string("images whose faults are ") + (name == "hang" ? "a " : "") +
                        std::string(name) + ", where there are faults",
                    masked ? 1 : -1, true});
  }
  list.push_back({"fault_accuracy_percent",
                  "images classified as they are labelled, with their faults", 1, true});
  for (std::size_t i = 0; i < base::kCauseCount; ++i) {
    const std::string cause(base::to_string(static_cast<base::Cause>(i)));
    list.push_back({"cycles_" + cause, "cycles of an image given to " + cause});
  }
  for (std::size_t i = 0; i < base::kComponentCount; ++i) {
    const std::string component(base::to_string(static_cast<base::Component>(i)));
    list.push_back({"energy_" + component + "_nj", "energy of an image in " + component});
  }
  return list;
}

std::optional<std::size_t> find(std::string_view name) {
  const std::vector<Metric>& list = metrics();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].name == name) return i;
  }
  return std::nullopt;
}

std::size_t own(std::string_view name) {
  const std::optional<std::size_t> found = find(name);
  if (!found) throw base::ModelError("There is no metric " + std::string(name) + ".");
  return *found;
}

}  // namespace

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> kList = make_metrics();
  return kList;
}

std::size_t metric_index(std::string_view name, const std::string& where) {
  if (const std::optional<std::size_t> found = find(name)) return *found;
  std::vector<std::string> known;
  for (const Metric& metric : metrics()) known.push_back(metric.name);
  const std::string nearest = base::nearest_word(name, known);
  throw base::UsageError(
      where + " is " + std::string(name) + ", which is no metric" +
      (nearest.empty() ? "; docs/sweep.md lists them." : "; did you mean '" + nearest + "'?"));
}

MetricValues no_metrics() { return MetricValues(metrics().size()); }

void set_metric(MetricValues& values, std::string_view name, double value) {
  values.at(own(name)) = value;
}

std::optional<double> metric(const MetricValues& values, std::string_view name) {
  return values.at(own(name));
}

}  // namespace leyden::sweep
