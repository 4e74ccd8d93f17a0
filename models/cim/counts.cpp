#include "models/cim/counts.h"

#include <cmath>

#include "models/cim/converter_cost.h"

namespace leyden::cim {
namespace {

/// Weakest provenance of the parameters an energy rests on.
base::Source weakest(const base::ParameterSet* parameters, const std::string& scope,
                     std::initializer_list<const char*> keys) {
  if (parameters == nullptr) return base::Source::kAssumed;
  const auto rank = [](base::Source source) {
    switch (source) {
      case base::Source::kStated:
        return 0;
      case base::Source::kDerived:
        return 1;
      case base::Source::kFitted:
        return 2;
      case base::Source::kAssumed:
        return 3;
    }
    return 3;
  };
  base::Source worst = base::Source::kStated;
  for (const char* key : keys) {
    const base::Source source = parameters->at(scope + "." + key).source;
    if (rank(source) > rank(worst)) worst = source;
  }
  return worst;
}

/// Level of the dummy cells of a row, over all digits.
unsigned dummy_level_of(const WeightLayout& layout) {
  unsigned level = 0;
  for (const LayoutGroup& group : layout.groups) level += group.dummy_level;
  return level;
}

/// What follows from the steps and the sums of driven levels alone.
JobCounts count_steps(const Job& job, const MacroParameters& macro, std::uint64_t driven_bits,
                      std::uint64_t driven_digits, std::uint64_t steps) {
  const WeightLayout& layout = macro.layout(job.weight_bits);
  const bool apart = converts_columns_apart(macro);
  const unsigned dummies = dummies_of(layout, macro);
  const std::uint64_t columns = job.columns_used(macro) + dummies;
  JobCounts counts;
  counts.mvms = job.positions();
  counts.macs = counts.mvms * job.window_count * job.outputs;
  counts.driven_bits = driven_bits;
  counts.driven_digits = driven_digits;
  counts.driven_cells = driven_bits * columns;
  counts.combine_steps = steps * columns;
  // A conversion after every step, or one after all steps of a segment.
  const std::uint64_t times = macro.combine.inputs == CombineKind::kDigital
                                  ? steps
                                  : steps / macro.drive.digits(job.in_bits);
  counts.conversions =
      times * (apart ? std::uint64_t{job.outputs} * layout.groups.size() + dummies : job.outputs);
  if (macro.post.digital()) {
    counts.adds = counts.conversions;
    counts.scales = counts.mvms * job.outputs;
  }
  counts.line_cells = counts.mvms * job.line_rows(macro) * macro.columns;
  counts.write_bytes = counts.mvms * job.position_bytes();
  return counts;
}

}  // namespace

JobCounts& JobCounts::operator+=(const JobCounts& other) {
  mvms += other.mvms;
  macs += other.macs;
  driven_bits += other.driven_bits;
  driven_digits += other.driven_digits;
  driven_cells += other.driven_cells;
  charged_cells += other.charged_cells;
  combine_steps += other.combine_steps;
  conversions += other.conversions;
  adds += other.adds;
  scales += other.scales;
  feed_bytes += other.feed_bytes;
  write_bytes += other.write_bytes;
  line_cells += other.line_cells;
  return *this;
}

JobCounts count_job(const Job& job, const MacroParameters& macro, const Tile& tile,
                    const DriveActivity& activity) {
  const unsigned dummy_level = dummy_level_of(macro.layout(job.weight_bits));
  std::uint64_t driven = 0;
  std::uint64_t charged = 0;
  for (unsigned i = 0; i < job.window_count; ++i) {
    driven += (*activity.levels)[i];
    charged += (*activity.levels)[i] * (tile.set_cells(i) + dummy_level);
  }
  JobCounts counts = count_steps(job, macro, driven, activity.driven_digits, activity.steps);
  counts.charged_cells = charged;
  return counts;
}

JobCounts expect_counts(const Job& job, const MacroParameters& macro, const ExpectedDrive& drive) {
  const std::uint64_t steps =
      job.positions() * segments_of(job, macro) * macro.drive.digits(job.in_bits);
  JobCounts counts = count_steps(job, macro, static_cast<std::uint64_t>(std::llround(drive.levels)),
                                 static_cast<std::uint64_t>(std::llround(drive.digits)), steps);
  const double cells = drive.cell_levels_row + dummy_level_of(macro.layout(job.weight_bits));
  counts.charged_cells = static_cast<std::uint64_t>(std::llround(drive.levels * cells));
  return counts;
}

MacroEvents::MacroEvents(base::EnergyLedger& ledger, const MacroParameters& macro,
                         const base::ParameterSet* parameters, const std::string& name,
                         const std::string& scope)
    : ledger_(ledger), converter_bits_(macro.post.digital() ? macro.convert.bits : 0) {
  using base::Component;
  const double v = macro.energy_supply_v();
  const auto declare = [&](const std::string& event, Component component, double energy_fj,
                           std::initializer_list<const char*> keys, bool own_supply = true) {
    return ledger_.declare(
        {name + "." + event, component, energy_fj, weakest(parameters, scope, keys), own_supply});
  };
  drive_ = declare("drive.driven_cell", Component::kDrive, macro.drive.level_energy_fj(v),
                   {"drive.word_line_capacitance_ff", "supply_v"});
  if (macro.drive.kind == DriveKind::kDac) {
    dac_.push_back(declare("drive.dac_digit", Component::kDrive, macro.drive.dac_energy_fj(v),
                           {"drive.dac_capacitance_ff", "supply_v"}));
  }
  // A full digit on a cell of the highest level is that many unit products.
  const double unit_products = macro.drive.highest_digit() * macro.cells.highest_level();
  if (macro.cells.kind == CellKind::kCharge) {
    dot_product_ = declare("dot_product.charged_cell", Component::kDotProduct,
                           macro.dot_product.cell_energy_fj(v) / unit_products,
                           {"cell.capacitance_ff", "supply_v"});
  } else {
    const double on =
        macro.dot_product.read_energy_fj(macro.cells.on_conductance_us) * macro.delay_factor();
    const double off =
        macro.dot_product.read_energy_fj(macro.cells.off_conductance_us()) * macro.delay_factor();
    dot_product_ =
        declare("dot_product.read_level", Component::kDotProduct, (on - off) / unit_products,
                {"cell.on_conductance_us", "cell.on_off_ratio", "dot_product.read_voltage_v",
                 "dot_product.step_time_ns"});
    off_current_.push_back(declare("dot_product.off_current", Component::kDotProduct,
                                   off / macro.drive.highest_digit(),
                                   {"cell.on_conductance_us", "cell.on_off_ratio",
                                    "dot_product.read_voltage_v", "dot_product.step_time_ns"}));
  }
  combine_ = declare("combine.step", Component::kCombine, macro.combine.step_energy_fj(v),
                     {"combine.switch_capacitance_ff", "supply_v"});
  for (unsigned bits = 1; bits <= macro.convert.bits; ++bits) {
    if (macro.convert.own) {  // a program's word for it is no better than an assumption
      conversion_.push_back(ledger_.declare(
          {name + ".converter.conversion_" + std::to_string(bits) + "b", Component::kAdc,
           conversion_energy_fj(macro, bits), base::Source::kAssumed, true}));
      continue;
    }
    conversion_.push_back(
        declare("converter.conversion_" + std::to_string(bits) + "b", Component::kAdc,
                conversion_energy_fj(macro, bits),
                {"converter.energy_linear_ff", "converter.energy_exponential_ff", "supply_v"}));
  }
  post_ = declare("post.conversion", Component::kAbn, macro.post.energy_fj(v),
                  {"post.capacitance_ff", "supply_v"});
  if (macro.post.digital()) {
    digital_.push_back(
        declare("post.add", Component::kAbn, macro.post.add_energy_fj, {"post.add_energy_fj"}));
    digital_.push_back(declare("post.scale", Component::kAbn, macro.post.scale_energy_fj,
                               {"post.scale_energy_fj"}));
  }
  feed_ = declare("feeder.byte", Component::kDrive, macro.feeder_byte_energy_fj,
                  {"feeder.byte_energy_fj"}, false);
  write_ = declare("writer.byte", Component::kAdc, macro.writer_byte_energy_fj,
                   {"writer.byte_energy_fj"}, false);
  weight_row_ = declare("weights.row_write", Component::kWeightWrite, macro.weight_row_energy_fj(),
                        {"weight_write.bit_line_capacitance_ff", "supply_v"});
}

void MacroEvents::count_macro(const Job& job, const JobCounts& counts) {
  ledger_.count(drive_, counts.driven_cells);
  ledger_.count(dot_product_, counts.charged_cells);
  ledger_.count(combine_, counts.combine_steps);
  const unsigned bits = converter_bits_ == 0 ? job.out_bits : converter_bits_;
  ledger_.count(conversion_[bits - 1], counts.conversions);
  for (const base::EventId event : dac_) ledger_.count(event, counts.driven_digits);
  for (const base::EventId event : off_current_) ledger_.count(event, counts.driven_cells);
  if (!digital_.empty()) {
    ledger_.count(digital_[0], counts.adds);
    ledger_.count(digital_[1], counts.scales);
  }
  ledger_.count(post_, counts.conversions);
}

void MacroEvents::count_transport(const JobCounts& counts) {
  ledger_.count(feed_, counts.feed_bytes);
  ledger_.count(write_, counts.write_bytes);
}

void MacroEvents::count_weight_rows(std::uint64_t rows) { ledger_.count(weight_row_, rows); }

}  // namespace leyden::cim
