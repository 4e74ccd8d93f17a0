#include "models/cim/counts.h"

#include "models/cim/converter_cost.h"

namespace leyden::cim {
namespace {

/// Weakest provenance of the parameters an energy rests on.
base::Source weakest(const base::ParameterSet& parameters, const std::string& scope,
                     std::initializer_list<const char*> keys) {
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
    const base::Source source = parameters.at(scope + "." + key).source;
    if (rank(source) > rank(worst)) worst = source;
  }
  return worst;
}

}  // namespace

JobCounts& JobCounts::operator+=(const JobCounts& other) {
  mvms += other.mvms;
  macs += other.macs;
  driven_bits += other.driven_bits;
  driven_cells += other.driven_cells;
  charged_cells += other.charged_cells;
  combine_steps += other.combine_steps;
  conversions += other.conversions;
  feed_bytes += other.feed_bytes;
  write_bytes += other.write_bytes;
  line_cells += other.line_cells;
  return *this;
}

JobCounts count_job(const Job& job, const MacroParameters& macro, const Tile& tile,
                    const std::vector<std::uint64_t>& bits_per_row) {
  JobCounts counts;
  counts.mvms = job.positions();
  counts.macs = counts.mvms * job.window_count * job.outputs;
  for (unsigned i = 0; i < job.window_count; ++i) {
    counts.driven_bits += bits_per_row[i];
    counts.charged_cells += bits_per_row[i] * tile.set_cells(i);
  }
  counts.driven_cells = counts.driven_bits * job.columns_used(macro);
  counts.combine_steps = counts.mvms * job.in_bits * job.columns_used(macro);
  counts.conversions = counts.mvms * job.outputs;
  counts.line_cells = counts.mvms * job.line_rows(macro) * macro.columns;
  counts.write_bytes = counts.mvms * job.position_bytes();
  return counts;
}

MacroEvents::MacroEvents(base::EnergyLedger& ledger, const MacroParameters& macro,
                         const base::ParameterSet& parameters, const std::string& name,
                         const std::string& scope)
    : ledger_(ledger) {
  using base::Component;
  const double v = macro.energy_supply_v();
  const auto declare = [&](const std::string& event, Component component, double energy_fj,
                           std::initializer_list<const char*> keys, bool own_supply = true) {
    return ledger_.declare(
        {name + "." + event, component, energy_fj, weakest(parameters, scope, keys), own_supply});
  };
  drive_ = declare("drive.driven_cell", Component::kDrive, macro.drive.bit_energy_fj(v),
                   {"drive.word_line_capacitance_ff", "supply_v"});
  dot_product_ = declare("dot_product.charged_cell", Component::kDotProduct,
                         macro.dot_product.cell_energy_fj(v), {"cell.capacitance_ff", "supply_v"});
  combine_ = declare("combine.step", Component::kCombine, macro.combine.step_energy_fj(v),
                     {"combine.switch_capacitance_ff", "supply_v"});
  for (unsigned bits = 1; bits <= macro.convert.bits; ++bits) {
    conversion_.push_back(
        declare("converter.conversion_" + std::to_string(bits) + "b", Component::kAdc,
                conversion_energy_fj(macro, bits),
                {"converter.energy_linear_ff", "converter.energy_exponential_ff", "supply_v"}));
  }
  post_ = declare("post.conversion", Component::kAbn, macro.post.energy_fj(v),
                  {"post.capacitance_ff", "supply_v"});
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
  ledger_.count(conversion_[job.out_bits - 1], counts.conversions);
  ledger_.count(post_, counts.conversions);
}

void MacroEvents::count_transport(const JobCounts& counts) {
  ledger_.count(feed_, counts.feed_bytes);
  ledger_.count(write_, counts.write_bytes);
}

void MacroEvents::count_weight_rows(std::uint64_t rows) { ledger_.count(weight_row_, rows); }

}  // namespace leyden::cim
