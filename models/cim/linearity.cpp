#include "models/cim/linearity.h"

#include <algorithm>
#include <cmath>

#include "models/cim/macro.h"

namespace leyden::cim {
namespace {

/// The ramp reaches this much beyond the range on both sides, so that offsets are seen.
constexpr double kReach = 1.25;

/// Part of the ramp: all weights alike, inputs that sum to the wanted dot products.
struct Stretch {
  int weight = 0;
  std::vector<std::uint64_t> sums;  ///< of a position's input codes
};

/// A column's codes along the ramp.
using Codes = std::vector<std::uint8_t>;

class Ramp {
 public:
  Ramp(const MacroParameters& macro, std::uint32_t die, unsigned instance,
       const std::vector<std::uint32_t>& trims, const std::vector<std::uint32_t>& repairs)
      : macro_(macro), model_(macro, instance), layout_(macro.layout(macro.weight_bits)) {
    job_.in_bits = macro.input_bits;
    job_.weight_bits = macro.weight_bits;
    job_.out_bits = std::min(8u, macro.output_bits(false));
    job_.unit_count = macro.page_units();
    job_.window_count = job_.in_channels = job_.in_pixel_stride = macro.page_rows();
    job_.in_height = job_.out_height = 1;
    draws_.position.die = die;
    const int shift = static_cast<int>(job_.in_bits + job_.weight_bits) -
                      static_cast<int>(job_.out_bits + macro.output_range_shift());
    lsb_ = std::ldexp(static_cast<double>(job_.line_rows(macro)), shift);
    for (std::size_t c = 0; c < trims.size(); ++c) model_.array().write_trim(c, trims[c]);
    for (std::size_t s = 0; s < repairs.size(); ++s) model_.array().write_repair(s, repairs[s]);
    const std::uint32_t middle = 16u << (job_.out_bits - 1);
    for (unsigned e = 0; e < macro.abn_entries; ++e) {
      model_.array().write_abn(e, middle << 16 | 256u);
    }
  }

  unsigned out_bits() const { return job_.out_bits; }
  const std::vector<double>& inputs_lsb() const { return inputs_; }

  /// Codes of every output whose first column can be driven, in order of first columns.
  std::vector<Codes> run() {
    const double half = std::ldexp(1.0, static_cast<int>(job_.out_bits) - 1) * kReach;
    std::vector<Stretch> stretches;
    if (layout_.minimum < 0) {
      Stretch down = stretch(layout_.minimum, half, 0);
      std::reverse(down.sums.begin(), down.sums.end());
      stretches.push_back(std::move(down));
    }
    stretches.push_back(stretch(layout_.maximum, half, stretches.empty() ? 0 : 1));
    std::vector<Codes> codes(macro_.columns);
    for (const Stretch& part : stretches) run_stretch(part, codes);
    codes.erase(std::remove_if(codes.begin(), codes.end(),
                               [](const Codes& column) { return column.empty(); }),
                codes.end());
    return codes;
  }

 private:
  /// @param first point of the ramp, 0 for no charge
  Stretch stretch(int weight, double half, unsigned first) const {
    Stretch part;
    part.weight = weight;
    const auto most = static_cast<double>(macro_.page_rows() * ((1ull << job_.in_bits) - 1));
    const double unit = lsb_ / std::abs(weight);  // sum of input codes that makes an LSB
    for (unsigned p = first; p <= half * kRampPointsPerLsb; ++p) {
      const double sum = std::round(p * unit / kRampPointsPerLsb);
      if (sum > most) break;
      if (!part.sums.empty() && part.sums.back() == static_cast<std::uint64_t>(sum)) continue;
      part.sums.push_back(static_cast<std::uint64_t>(sum));
    }
    return part;
  }

  void run_stretch(const Stretch& part, std::vector<Codes>& codes) {
    const unsigned rows = macro_.page_rows();
    std::vector<std::uint8_t> input;
    input.reserve(part.sums.size() * rows);
    for (const std::uint64_t sum : part.sums) {
      inputs_.push_back(static_cast<double>(sum) * part.weight / lsb_);
      for (unsigned i = 0; i < rows; ++i) {
        input.push_back(static_cast<std::uint8_t>(sum / rows + (i < sum % rows ? 1 : 0)));
      }
    }
    job_.in_width = job_.out_width = static_cast<unsigned>(part.sums.size());
    if (part.sums.empty()) return;
    // Pairs are built where they stand; columns of two's complement can be first ones anywhere.
    const bool anywhere = macro_.cells.representation == Representation::kTwosComplement;
    const unsigned width = layout_.width();
    for (unsigned shift = 0; shift < (anywhere ? width : 1); ++shift) {
      const unsigned outputs = (macro_.columns - shift) / width;
      fill(part.weight, shift, outputs);
      for (unsigned j = 0; j < outputs; j += job_.outputs) {
        job_.outputs = job_.out_pixel_stride = std::min(outputs - j, macro_.abn_entries);
        job_.column_first = shift + j * width;
        convert(input, codes);
      }
    }
  }

  void convert(const std::vector<std::uint8_t>& input, std::vector<Codes>& codes) {
    std::vector<std::uint8_t> output(job_.positions() * job_.outputs);
    model_.run(job_, input.data(), base::Fidelity::kAnalog, draws_, output.data());
    for (unsigned j = 0; j < job_.outputs; ++j) {
      Codes& column = codes[job_.column_first + j * layout_.width()];
      for (std::size_t m = 0; m < job_.positions(); ++m) {
        column.push_back(output[m * job_.outputs + j]);
      }
    }
  }

  /// The same weight in all outputs from column `shift` on, in every row.
  void fill(int weight, unsigned shift, unsigned outputs) {
    const unsigned bits = macro_.cells.bits;
    std::vector<std::uint8_t> levels(layout_.width());
    layout_.encode(weight, levels.data());
    std::vector<std::uint8_t> row(model_.array().row_bytes());
    for (unsigned c = 0; c < outputs * layout_.width(); ++c) {
      const unsigned bit = (shift + c) * bits;
      const unsigned level = static_cast<unsigned>(levels[c % layout_.width()]) << bit % 8;
      row[bit / 8] = static_cast<std::uint8_t>(row[bit / 8] | level);
      if (level > 0xff) row[bit / 8 + 1] = static_cast<std::uint8_t>(level >> 8);
    }
    for (unsigned r = 0; r < macro_.page_rows(); ++r) {
      model_.array().write_cells(r * row.size(), row.data(), row.size());
    }
  }

  const MacroParameters macro_;
  Macro model_;
  const WeightLayout layout_;
  Job job_;
  JobDraws draws_;
  double lsb_ = 1;  ///< in units of D
  std::vector<double> inputs_;
};

/// Sums over columns and codes.
struct Sums {
  double greatest = 0;
  double squares = 0;
  std::uint64_t count = 0;

  void add(double value) {
    greatest = std::max(greatest, std::fabs(value));
    squares += value * value;
    ++count;
  }
  double rms() const { return count == 0 ? 0 : std::sqrt(squares / static_cast<double>(count)); }
};

struct Line {
  double at_middle = 0;  ///< input at which the middle code begins
  double slope = 1;      ///< input per code
};

/// Least squares through the transitions, codes counted from the middle one.
Line best_fit(const Transfer& transfer, double middle) {
  const auto n = static_cast<double>(transfer.transitions.size());
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < transfer.transitions.size(); ++i) {
    const double code = static_cast<double>(transfer.first + i) - middle;
    x += code;
    y += transfer.transitions[i];
    xx += code * code;
    xy += code * transfer.transitions[i];
  }
  const double slope = (n * xy - x * y) / (n * xx - x * x);
  return {(y - slope * x) / n, slope};
}

}  // namespace

std::vector<Transfer> measure_transfers(MacroParameters macro, std::uint32_t die, unsigned instance,
                                        const std::vector<std::uint32_t>& trims,
                                        const std::vector<std::uint32_t>& repairs) {
  macro.convert.noise_mv = 0;
  macro.temperature_k = 0;
  macro.supply_noise_mv = 0;
  macro.cells.read_noise_percent = 0;
  macro.convert.metastability_tau_ps = 0;
  Ramp ramp(macro, die, instance, trims, repairs);
  const std::vector<Codes> columns = ramp.run();
  const std::vector<double>& inputs = ramp.inputs_lsb();
  std::vector<Transfer> transfers;
  for (const Codes& codes : columns) {
    // Points below each code: what a histogram counts, whatever the order the codes come in.
    std::vector<std::size_t> below((std::size_t{1} << ramp.out_bits()) + 1);
    for (const std::uint8_t code : codes) ++below[code + 1u];
    for (std::size_t k = 1; k < below.size(); ++k) below[k] += below[k - 1];
    Transfer transfer;
    transfer.first = 0;
    for (unsigned k = 1; k + 1 < below.size(); ++k) {
      if (below[k] == 0 || below[k] == codes.size()) continue;  // the ramp does not cross it
      if (transfer.transitions.empty()) transfer.first = k;
      transfer.transitions.push_back(0.5 * (inputs[below[k] - 1] + inputs[below[k]]));
    }
    transfers.push_back(std::move(transfer));
  }
  return transfers;
}

Linearity linearity_of(const std::vector<Transfer>& transfers, unsigned bits) {
  Sums inl;
  Sums dnl;
  Sums offset;
  Sums gain;
  Sums error;
  Linearity result;
  const double middle = std::ldexp(1.0, static_cast<int>(bits) - 1);
  for (const Transfer& transfer : transfers) {
    if (transfer.transitions.size() < 3) continue;  // no line to speak of
    ++result.columns;
    const Line line = best_fit(transfer, middle);
    // Code k begins half an LSB below its centre.
    offset.add(-(line.at_middle + 0.5) / line.slope);
    gain.add(100 * (1 / line.slope - 1));
    for (std::size_t i = 0; i < transfer.transitions.size(); ++i) {
      const double code = static_cast<double>(transfer.first + i) - middle;
      const double at = transfer.transitions[i];
      inl.add((at - line.at_middle) / line.slope - code);
      error.add(at - (code - 0.5));
      if (i == 0) continue;
      const double width = at - transfer.transitions[i - 1];
      dnl.add(width / line.slope - 1);
      result.missing_codes += width <= 0 ? 1 : 0;
    }
  }
  result.inl_max_lsb = inl.greatest;
  result.inl_rms_lsb = inl.rms();
  result.dnl_max_lsb = dnl.greatest;
  result.dnl_rms_lsb = dnl.rms();
  result.offset_rms_lsb = offset.rms();
  result.gain_rms_percent = gain.rms();
  result.error_max_lsb = error.greatest;
  result.error_rms_lsb = error.rms();
  return result;
}

}  // namespace leyden::cim
