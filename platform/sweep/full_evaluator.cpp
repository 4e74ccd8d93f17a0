#include "platform/sweep/full_evaluator.h"

#include <nlohmann/json.hpp>

#include "models/base/activity.h"
#include "models/base/energy_ledger.h"
#include "platform/run/run.h"

namespace leyden::sweep {
namespace {

using Json = nlohmann::ordered_json;

run::RunOptions options_of(const Base& base, const PointSettings& settings) {
  run::RunOptions options;
  options.chip = settings.chip;
  options.set = base.set;
  for (std::string& one : assignments(settings.chip_keys)) options.set.push_back(std::move(one));
  options.network = settings.network;
  options.data = base.data;
  options.firmware = run::inference_firmware(settings.calibrate, settings.guarded);
  options.images = settings.images;
  options.calibration_images = base.calibration_images;
  options.quantise = settings.quantise;
  options.mapping = {settings.objective, ""};
  options.fidelity = run::parse_fidelity(settings.fidelity);
  options.die = settings.die;
  options.max_seconds = base.max_seconds;
  options.quiet = true;
  return options;
}

void fill_metrics(const Json& report, const run::RunOutcome& outcome, MetricValues& metrics) {
  const Json& total = report["total"];
  const Json& chip = report["chip"];
  const double latency_us = chip["image_latency_ns"].get<double>() * 1e-3;
  const double energy_nj = total["energy_pj"]["total"].get<double>() * 1e-3;
  if (report.contains("accuracy")) {
    set_metric(metrics, "accuracy_percent", report["accuracy"]["accuracy_percent"]);
  }
  if (report.contains("faults")) {
    const Json& faults = report["faults"];
    for (const auto& [name, share] : faults["outcomes"].items()) {
      set_metric(metrics, name + "_percent", share["percent"]);
    }
    if (faults.contains("accuracy_percent")) {
      set_metric(metrics, "fault_accuracy_percent", faults["accuracy_percent"]);
    }
  }
  set_metric(metrics, "latency_us", latency_us);
  set_metric(metrics, "energy_nj", energy_nj);
  set_metric(metrics, "area_mm2", report["area_mm2"]["total"]);
  set_metric(metrics, "efficiency_tops_per_w", total["efficiency_tops_per_w"]["native"]);
  set_metric(metrics, "edp_nj_us", energy_nj * latency_us);
  set_metric(metrics, "throughput_images_per_s", chip["throughput_images_per_s"]);
  set_metric(metrics, "power_mw", chip["power_mw"]);
  set_metric(metrics, "cycles", total["cycles"]["total"]);
  set_metric(metrics, "macs", total["macs"]);
  set_metric(metrics, "tiles", total["tiles"]);
  set_metric(metrics, "array_utilisation_percent", 100 * total["array_utilisation"].get<double>());
  set_metric(metrics, "array_share_percent", 100 * total["array_share"].get<double>());
  set_metric(metrics, "streamed_tiles", static_cast<double>(outcome.plan.streamed_tiles));
  set_metric(metrics, "image_bytes", static_cast<double>(outcome.plan.image_bytes));
  set_metric(metrics, "lmem_peak_bytes", static_cast<double>(outcome.plan.lmem_peak_bytes));
  for (std::size_t i = 0; i < base::kCauseCount; ++i) {
    const std::string cause(base::to_string(static_cast<base::Cause>(i)));
    set_metric(metrics, "cycles_" + cause, total["cycles"][cause]);
  }
  for (std::size_t i = 0; i < base::kComponentCount; ++i) {
    const std::string component(base::to_string(static_cast<base::Component>(i)));
    set_metric(metrics, "energy_" + component + "_nj",
               total["energy_pj"][component].get<double>() * 1e-3);
  }
}

}  // namespace

void FullEvaluator::evaluate(const Point& point, PointResult& result) const {
  const PointSettings settings = settle(base_, point);
  const run::RunOutcome outcome = run::run(options_of(base_, settings), resources_, {});
  const Json report = report::make_report(outcome.facts);
  fill_metrics(report, outcome, result.metrics);
  for (const Json& row : report["layers"]) {
    result.layers.push_back({row["name"], row["kind"], row["cycles"]["total"],
                             row["energy_pj"]["total"].get<double>() * 1e-3});
  }
}

}  // namespace leyden::sweep
