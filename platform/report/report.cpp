#include "platform/report/report.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/base/error.h"

namespace leyden::report {
namespace {

using base::Component;
using chip::Usage;
using Json = nlohmann::ordered_json;

constexpr double kPicosecondsPerNs = 1e3;
constexpr double kFemtojoulesPerPj = 1e3;

double ratio(double numerator, double denominator) {
  return denominator == 0 ? 0 : numerator / denominator;
}

/// One row (a layer, a total): costs as means over `images`.
class RowMaker {
 public:
  explicit RowMaker(const RunFacts& facts) : facts_(facts), ledger_(facts.events.ledger()) {}

  /// @param images what sums are divided by
  Json costs(const Usage& usage, const std::string& name, double images) const {
    Json row;
    row["windows"] = usage.windows;
    Json mean;
    Json sum;
    Json busy;
    mean["total"] = ratio(static_cast<double>(usage.cycles), images);
    sum["total"] = usage.cycles;
    std::uint64_t causes = 0;
    for (std::size_t i = 0; i < base::kCauseCount; ++i) {
      const std::string cause(base::to_string(static_cast<base::Cause>(i)));
      mean[cause] = ratio(static_cast<double>(usage.causes[i]), images);
      sum[cause] = usage.causes[i];
      busy[cause] = usage.busy[i];
      causes += usage.causes[i];
    }
    if (causes != usage.cycles) {
      throw base::ModelError("Layer " + name + ": cycles by cause sum to " +
                             std::to_string(causes) + ", but it took " +
                             std::to_string(usage.cycles) + " cycles.");
    }
    row["cycles"] = mean;
    row["cycles_sum"] = sum;
    row["busy_cycles_sum"] = busy;
    row["latency_ns"] = ratio(static_cast<double>(usage.picoseconds), images * kPicosecondsPerNs);
    row["latency_sum_ps"] = usage.picoseconds;
    row["energy_pj"] = energy(usage, images);
    return row;
  }

  /// Operations per second and watt of `macs` at the row's latency and energy.
  static void efficiency(Json& row, std::uint64_t macs, unsigned input_bits, unsigned weight_bits) {
    const double operations = 2.0 * static_cast<double>(macs);
    const double normalised = operations * input_bits * weight_bits;
    const double latency_ns = row["latency_ns"];
    const double energy_pj = row["energy_pj"]["total"];
    // Operations per ns are GOPS, per pJ TOPS/W.
    row["throughput_tops"] = {{"native", ratio(operations, latency_ns) * 1e-3},
                              {"normalised_1b", ratio(normalised, latency_ns) * 1e-3}};
    row["efficiency_tops_per_w"] = {{"native", ratio(operations, energy_pj)},
                                    {"normalised_1b", ratio(normalised, energy_pj)}};
  }

  Json counts(const Usage& usage) const {
    Json out = Json::object();
    const std::size_t kinds = facts_.events.kinds.size();
    for (std::size_t i = 0; i < usage.counts.size(); ++i) {
      if (usage.counts[i] == 0) continue;
      const std::size_t point = i / kinds;
      std::string name = facts_.events.kinds[i % kinds].name;
      if (point != 0) name += "@point" + std::to_string(point);
      out[name] = usage.counts[i];
    }
    return out;
  }

  /// Bytes that the row's events move; nothing where no roofline is told.
  void bytes(Json& row, double images) const {
    if (!facts_.roofline) return;
    row["bytes_moved"] = bytes_moved(*facts_.roofline, row["event_counts_sum"], images);
  }

  Json sources(const Usage& usage) const {
    std::vector<double> energy(4, 0.0);
    if (!usage.counts.empty()) energy = ledger_.energy_by_source_fj(usage.counts);
    double total = 0;
    for (const double part : energy) total += part;
    Json out;
    for (std::size_t i = 0; i < energy.size(); ++i) {
      out[std::string(base::to_string(static_cast<base::Source>(i)))] =
          100.0 * ratio(energy[i], total);
    }
    return out;
  }

 private:
  Json energy(const Usage& usage, double images) const {
    std::vector<double> parts(base::kComponentCount, 0.0);
    if (!usage.counts.empty()) parts = ledger_.energy_fj(usage.counts);
    Json out;
    double total_fj = 0;
    for (const double part : parts) total_fj += part;
    out["total"] = ratio(total_fj, images * kFemtojoulesPerPj);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string component(base::to_string(static_cast<Component>(i)));
      if (parts[i] < 0 || !std::isfinite(parts[i])) {
        throw base::ModelError("The energy of component " + component +
                               " is negative or no number; check its energies in the chip file.");
      }
      out[component] = ratio(parts[i], images * kFemtojoulesPerPj);
    }
    return out;
  }

  const RunFacts& facts_;
  base::EnergyLedger ledger_;
};

Usage usage_of(const RunFacts& facts, std::uint32_t layer) {
  const auto found = facts.usage.find(layer);
  return found == facts.usage.end() ? Usage{} : found->second;
}

/// A part that the chip file does not tell is null, and no part of the total.
Json area_of(const chip::ChipArea& area) {
  constexpr double kUm2PerMm2 = 1e6;
  Json made;
  made["total"] = area.total_um2() / kUm2PerMm2;
  made["is_complete"] = area.is_complete();
  Json parts;
  Json sources;
  for (const chip::AreaPart& part : area.parts) {
    parts[part.name] = part.is_known ? Json(part.area_um2 / kUm2PerMm2) : Json();
    sources[part.name] = part.is_known ? Json(base::to_string(part.source)) : Json();
  }
  made["parts"] = parts;
  made["sources"] = sources;
  return made;
}

LayerFacts service_row(std::uint32_t number, const char* name) {
  LayerFacts facts;
  facts.number = number;
  facts.name = name;
  facts.kind = "service";
  return facts;
}

Json layer_row(const RowMaker& maker, const RunFacts& facts, const LayerFacts& layer) {
  Json row;
  row["name"] = layer.name;
  row["kind"] = layer.kind;
  row["macs"] = layer.macs;
  row["mvms"] = layer.mvms;
  row["tiles"] = layer.tiles;
  row["array_utilisation"] = layer.array_utilisation;
  row["array_share"] = layer.array_share;
  row["input_bits"] = layer.input_bits;
  row["weight_bits"] = layer.weight_bits;
  const Usage usage = usage_of(facts, layer.number);
  row.update(maker.costs(usage, layer.name, static_cast<double>(facts.images)));
  RowMaker::efficiency(row, layer.macs, layer.input_bits, layer.weight_bits);
  row["event_counts_sum"] = maker.counts(usage);
  maker.bytes(row, static_cast<double>(facts.images));
  return row;
}

Json total_row(const RowMaker& maker, const RunFacts& facts, const Usage& sum) {
  Json row;
  std::uint64_t macs = 0;
  std::uint64_t mvms = 0;
  std::uint64_t tiles = 0;
  double normalised_macs = 0;
  double occupied = 0;
  double share = 0;
  double utilised = 0;
  for (const LayerFacts& layer : facts.layers) {
    macs += layer.macs;
    mvms += layer.mvms;
    tiles += layer.tiles;
    normalised_macs += static_cast<double>(layer.macs) * layer.input_bits * layer.weight_bits;
    share += layer.array_share;
    occupied += static_cast<double>(layer.mvms);
    utilised += static_cast<double>(layer.mvms) * layer.array_utilisation;
  }
  row["macs"] = macs;
  row["mvms"] = mvms;
  row["tiles"] = tiles;
  row["array_utilisation"] = ratio(utilised, occupied);  // mean over MVMs
  row["array_share"] = share;
  row.update(maker.costs(sum, "total", static_cast<double>(facts.images)));
  RowMaker::efficiency(row, macs, 1, 1);
  const double factor = ratio(normalised_macs, static_cast<double>(macs));
  for (const char* key : {"throughput_tops", "efficiency_tops_per_w"}) {
    row[key]["normalised_1b"] = row[key]["native"].get<double>() * factor;
  }
  row["event_counts_sum"] = maker.counts(sum);
  maker.bytes(row, static_cast<double>(facts.images));
  return row;
}

}  // namespace

nlohmann::ordered_json make_report(const RunFacts& facts) {
  if (facts.images == 0) throw base::UsageError("A report needs at least one image.");
  const RowMaker maker(facts);
  Json report;
  report["schema_version"] = kSchemaVersion;
  report["leyden_version"] = facts.leyden_version;
  report["run"] = {{"chip", facts.chip},
                   {"network", facts.network},
                   {"data", facts.data},
                   {"fidelity", facts.fidelity},
                   {"first_image", facts.first_image},
                   {"images", facts.images},
                   {"die_seed", facts.die_seed},
                   {"power_up_seed", facts.power_up_seed}};
  if (facts.approximately_timed) report["run"]["timing"] = "approximate";

  std::vector<LayerFacts> rows = {service_row(chip::kInputLayer, "input")};
  rows.insert(rows.end(), facts.layers.begin(), facts.layers.end());
  rows.push_back(service_row(chip::kOutputLayer, "output"));
  rows.push_back(service_row(chip::kControlLayer, "control"));
  Usage sum;
  Json layers = Json::array();
  for (const LayerFacts& layer : rows) {
    layers.push_back(layer_row(maker, facts, layer));
    sum.add(usage_of(facts, layer.number));
  }
  sum.windows = facts.images;
  const Json total = total_row(maker, facts, sum);

  const double images = static_cast<double>(facts.images);
  const double energy_pj = total["energy_pj"]["total"];
  const double period_ns =
      static_cast<double>(facts.image_period_ps) / (images * kPicosecondsPerNs);
  if (facts.classifier) {
    report["accuracy"] = {
        {"correct_images", facts.correct},
        {"images", facts.images},
        {"accuracy_percent", 100.0 * static_cast<double>(facts.correct) / images}};
  }
  report["chip"] = {{"macros", facts.macros},
                    {"clock_mhz", facts.clock_mhz},
                    {"supply_v", facts.supply_v},
                    {"image_latency_ns",
                     static_cast<double>(facts.image_latency_ps) / (images * kPicosecondsPerNs)},
                    {"image_period_ns", period_ns},
                    {"throughput_images_per_s", ratio(1e9, period_ns)},
                    {"energy_per_image_uj", energy_pj * 1e-6},
                    {"power_mw", ratio(energy_pj, static_cast<double>(total["latency_ns"]))}};
  if (facts.area) report["area_mm2"] = area_of(*facts.area);
  report["energy_share_by_source_percent"] = maker.sources(sum);
  if (facts.column_noise) {
    const ColumnNoise& noise = *facts.column_noise;
    report["column_noise_lsb_rms"] = {
        {"total", noise.total},       {"temporal", noise.temporal}, {"offset", noise.offset},
        {"gain", noise.gain},         {"mismatch", noise.mismatch}, {"inl", noise.inl},
        {"transfer", noise.transfer}, {"read", noise.read},         {"on_off", noise.on_off},
        {"stuck", noise.stuck},       {"columns", noise.columns},   {"inputs", noise.inputs},
        {"wire", noise.wire}};
  }
  if (facts.roofline) report["roofline"] = make_roofline(*facts.roofline);
  if (facts.dies) report["dies"] = make_dies(*facts.dies, facts.images);
  if (facts.faults) report["faults"] = make_faults(*facts.faults, facts.classifier);
  report["layers"] = layers;
  report["total"] = total;
  const Usage boot = usage_of(facts, chip::kBootLayer);
  report["boot"] = maker.costs(boot, "boot", 1);
  report["boot"]["event_counts_sum"] = maker.counts(boot);
  if (facts.usage.count(chip::kCalibrationLayer) != 0) {
    const Usage calibration = usage_of(facts, chip::kCalibrationLayer);
    report["calibration"] = maker.costs(calibration, "calibration", 1);
    report["calibration"]["event_counts_sum"] = maker.counts(calibration);
    if (facts.replaced_columns) {
      Json replaced = Json::array();
      for (const ReplacedColumn& one : *facts.replaced_columns) {
        replaced.push_back({{"macro", one.macro}, {"column", one.column}, {"spare", one.spare}});
      }
      report["calibration"]["replaced_columns"] = std::move(replaced);
    }
  }
  Json events = Json::array();
  for (const base::EventKind& kind : facts.events.kinds) {
    events.push_back({{"name", kind.name},
                      {"component", base::to_string(kind.component)},
                      {"energy_fj", kind.energy_fj},
                      {"source", base::to_string(kind.source)},
                      {"own_supply", kind.own_supply}});
  }
  report["events"] = events;
  report["point_energy_factors"] = facts.events.point_scales;
  report["warnings"] = facts.warnings;
  return report;
}

}  // namespace leyden::report
