#include "models/cim/combinations.h"

#include "models/base/error.h"

namespace leyden::cim {
namespace {

bool several_digits(const MacroParameters& m) { return m.drive.digits(m.input_bits) > 1; }
bool accumulates(const MacroParameters& m) {
  return several_digits(m) && m.combine.inputs == CombineKind::kChargeSharing;
}
bool converts_digits(const MacroParameters& m) {
  return several_digits(m) && m.combine.inputs == CombineKind::kDigital;
}
/// Whether a weight of the most bits is more than one conversion.
bool converts_columns(const MacroParameters& m) {
  return m.combine.columns == CombineKind::kDigital && m.layout(m.weight_bits).groups.size() > 1;
}
bool shares_columns(const MacroParameters& m) {
  return m.combine.columns == CombineKind::kChargeSharing &&
         m.layout(m.weight_bits).groups.size() > 1;
}
bool segments_rows(const MacroParameters& m) { return m.rows_at_once() < m.page_rows(); }
bool summing(const MacroParameters& m) {
  return m.dot_product.kind == DotProductKind::kCurrentSumming;
}

}  // namespace

const std::vector<CombinationRule>& combination_rules() {
  using M = MacroParameters;
  static const std::vector<CombinationRule> kRules = {
      {"drive.kind bit_serial with drive.bits above 1",
       "a bit-serial step drives one bit; drive.kind dac drives several",
       [](const M& m) { return m.drive.kind == DriveKind::kBitSerial && m.drive.bits > 1; }},
      {"drive.kind bit_serial with drive.inl_lsb",
       "a bit has two levels and no linearity; drive.kind dac has one",
       [](const M& m) { return m.drive.kind == DriveKind::kBitSerial && m.drive.inl_lsb > 0; }},
      {"combine.inputs charge_sharing with digits of several bits",
       "an accumulation by equal capacitors halves once a step, which weighs single bits; digits "
       "need combine.inputs digital, or input_bits of at most drive.bits",
       [](const M& m) { return accumulates(m) && m.drive.bits > 1; }},
      {"combine.inputs charge_sharing with drive.order msb_first",
       "each sharing halves what came before, so the most significant bit must come last",
       [](const M& m) { return accumulates(m) && m.drive.order == DriveOrder::kMsbFirst; }},
      {"combine.inputs charge_sharing with drive.zero_skipping",
       "a bit that is skipped would not halve what came before",
       [](const M& m) { return accumulates(m) && m.drive.zero_skipping; }},
      {"cell.kind rram with dot_product.kind charge_sharing",
       "a resistive cell has no capacitor to share; current_summing would be right",
       [](const M& m) { return m.cells.kind == CellKind::kRram && !summing(m); }},
      {"cell.kind charge with dot_product.kind current_summing",
       "a capacitor carries no steady current; charge_sharing would be right",
       [](const M& m) { return m.cells.kind == CellKind::kCharge && summing(m); }},
      {"cell.kind rram with cell.pages above 1",
       "a resistive cell is its own MAC circuit and cannot share one",
       [](const M& m) { return m.cells.kind == CellKind::kRram && m.cells.pages > 1; }},
      {"cell.kind rram without cell.on_conductance_us or dot_product.read_voltage_v",
       "currents need both",
       [](const M& m) {
         return m.cells.kind == CellKind::kRram &&
                (m.cells.on_conductance_us <= 0 || m.dot_product.read_voltage_v <= 0);
       }},
      {"cell.kind charge with keys of resistive cells",
       "cell.variation_percent, cell.read_noise_percent and cell.on_off_ratio belong to rram; a "
       "capacitor has cell.mismatch_percent_sqrt_ff",
       [](const M& m) {
         return m.cells.kind == CellKind::kCharge &&
                (m.cells.variation_percent > 0 || m.cells.read_noise_percent > 0 ||
                 m.cells.on_off_ratio > 0);
       }},
      {"cell.on_off_ratio from above 0 to 1",
       "the highest level must conduct more than the lowest; 0 stands for a lowest level that does "
       "not conduct",
       [](const M& m) { return m.cells.on_off_ratio > 0 && m.cells.on_off_ratio <= 1; }},
      {"cell.representation ternary_pair with cell.bits above 1",
       "a pair of cells holds -1, 0 or +1, one bit each",
       [](const M& m) {
         return m.cells.representation == Representation::kTernaryPair && m.cells.bits > 1;
       }},
      {"cell.representation differential or ternary_pair with weight_bits 1",
       "a sign and a magnitude take at least 2 bits",
       [](const M& m) { return m.weight_bits < least_weight_bits(m.cells.representation); }},
      {"dot_product.kind current_summing with an analog combination and no combine.capacitance_ff",
       "a current leaves no charge to share unless a capacitor samples it",
       [](const M& m) {
         const bool analog_columns = m.combine.columns == CombineKind::kChargeSharing &&
                                     m.layout(m.weight_bits).groups.size() > 1;
         return summing(m) && (accumulates(m) || analog_columns) && m.combine.capacitance_ff <= 0;
       }},
      {"dot_product.kind current_summing with converter.reference replica",
       "a replica of a charge line has no counterpart here; supply would be right",
       [](const M& m) { return summing(m) && m.convert.reference == ReferenceKind::kReplica; }},
      {"post.kind abn or none with combine.inputs digital",
       "gain and offset in the converter act on one conversion an output, but every input digit is "
       "converted; post.kind digital_scale would be right",
       [](const M& m) { return !m.post.digital() && converts_digits(m); }},
      {"post.kind abn or none with combine.columns digital",
       "gain and offset in the converter act on one conversion an output, but every weight column "
       "is converted; post.kind digital_scale would be right",
       [](const M& m) { return !m.post.digital() && converts_columns(m); }},
      {"dot_product.rows_active below the rows of a page with post.kind other than adder_tree",
       "rows that are on one after the other are added after conversion; post.kind adder_tree does",
       [](const M& m) { return segments_rows(m) && m.post.kind != PostKind::kAdderTree; }},
      {"pipelined yes with several conversions an output",
       "the phases of one position alternate; only one accumulation and one conversion overlap",
       [](const M& m) { return m.pipelined && (converts_digits(m) || segments_rows(m)); }},
      {"converter.kind flash with converter.bits above 8",
       "a flash converter has 2^bits - 1 comparators; at most 255 are modelled",
       [](const M& m) { return m.convert.kind == ConvertKind::kFlash && m.convert.bits > 8; }},
      {"converter.kind other than flash with converter.comparator_offset_mv",
       "a successive converter has one comparator, whose offset is converter.offset_mv",
       [](const M& m) {
         return m.convert.kind != ConvertKind::kFlash && m.convert.comparator_offset_mv > 0;
       }},
      {"converter.kind flash with converter.unit_mismatch_percent",
       "a flash converter has comparators, converter.comparator_offset_mv, and no unit elements",
       [](const M& m) {
         return m.convert.kind == ConvertKind::kFlash && m.convert.unit_mismatch_percent > 0;
       }},
      {"cell.stuck_on_ppm and cell.stuck_off_ppm of more than 1000000 together",
       "a cell is stuck at one level only",
       [](const M& m) { return m.cells.stuck_on_ppm + m.cells.stuck_off_ppm > 1e6; }},
      {"dot_product times that leave less than a thousandth of the signal",
       "dot_product.settling_tau_ns and dot_product.leakage_tau_us must suit step_time_ns",
       [](const M& m) {
         return m.dot_product.gain(m.drive.digits(m.input_bits)) *
                    (1 + m.dot_product.parasitic_ratio) <
                1e-3;
       }},
      {"dot_product.kind charge_sharing with dot_product.wire_resistance_ohm",
       "charge that is shared to the end leaves no drop along a wire; dot_product.settling_tau_ns "
       "tells how far it gets",
       [](const M& m) { return !summing(m) && m.dot_product.wire_resistance_ohm > 0; }},
      {"combine.column_mismatch_percent without columns combined in charge",
       "columns that are converted apart, or a single one, have no weights in a sharing",
       [](const M& m) { return m.combine.column_mismatch_percent > 0 && !shares_columns(m); }},
      {"combine.input_mismatch_percent or combine.settling_tau_ns without input digits combined in "
       "charge",
       "digits that are converted apart, or a single one, are not accumulated",
       [](const M& m) {
         return (m.combine.input_mismatch_percent > 0 || m.combine.settling_tau_ns > 0) &&
                !accumulates(m);
       }},
      {"converter.metastability_tau_ps without converter.decision_time_ps",
       "a comparator that is given no time decides nothing",
       [](const M& m) {
         return m.convert.metastability_tau_ps > 0 && m.convert.decision_time_ps <= 0;
       }},
      {"post.kind abn or none with converter.range_bits",
       "one conversion an output has its range in the gain, gamma of the ABN table; "
       "post.kind digital_scale has ranges",
       [](const M& m) { return !m.post.digital() && m.convert.range_bits > 0; }},
      {"post.kind abn or none with converter.bits above 8",
       "a code of the converter is written as a byte; post.kind digital_scale would be right",
       [](const M& m) { return !m.post.digital() && m.convert.bits > 8; }},
  };
  return kRules;
}

void check_combinations(const MacroParameters& macro, const std::string& scope) {
  for (const CombinationRule& rule : combination_rules()) {
    if (rule.broken(macro)) {
      throw base::UsageError(scope + ": " + rule.subject + " cannot be: " + rule.reason);
    }
  }
}

}  // namespace leyden::cim
