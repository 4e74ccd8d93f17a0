// The macro bit by bit and column by column: the reference the collapsed path is compared with.
#include <cmath>

#include "models/cim/macro.h"
#include "models/cim/streams.h"

namespace leyden::cim {
namespace {

/// Standard deviations of the single noise sources, in units of D at the combined output.
struct NoiseSources {
  double line = 0;          ///< of one sampled line
  double accumulation = 0;  ///< of one accumulation sharing
  double converter = 0;
};

NoiseSources noise_sources(const Job& job, const MacroParameters& macro) {
  const unsigned rows = job.line_rows(macro);
  const double reference = macro.convert.reference == ReferenceKind::kReplica
                               ? macro.dot_product.gain(job.in_bits)
                               : 1.0;
  const double per_volt =
      std::ldexp(static_cast<double>(rows), static_cast<int>(job.in_bits + job.weight_bits)) /
      (macro.supply_v * reference);
  const double variance = macro.dot_product.noise_variance_v2(rows, macro.temperature_k);
  return {std::sqrt(variance) * per_volt, std::sqrt(variance / 2) * per_volt,
          macro.convert.noise_mv * 1e-3 * per_volt};
}

}  // namespace

void Macro::run_bitwise(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                        const JobDraws& draws, bool temporal, std::vector<double>& levels,
                        std::uint8_t* output) {
  const bool analog = fidelity == base::Fidelity::kAnalog;
  const Tile& tile = prepare(job, input, fidelity, draws, true);  // im2col and the mismatch scale
  const Placement& place = tile.placement();
  const unsigned columns = job.columns_used(parameters_);
  const bool mismatched = codes_.correction_scale != 0;

  // 1. Charge of every cell when set and driven, in units of a nominal cell: 1 + delta, rounded as
  //    the collapsed path rounds it. charge[i * columns + column]
  std::vector<double> charge(static_cast<std::size_t>(place.rows) * columns);
  const std::vector<double> means =
      mismatched ? Tile::line_means(*die_, place) : std::vector<double>();
  for (unsigned i = 0; i < place.rows; ++i) {
    for (unsigned column = 0; column < columns; ++column) {
      if (!array_.cell(place.row_first + i, place.column_first + column)) continue;
      double& cell = charge[static_cast<std::size_t>(i) * columns + column];
      cell = 1.0;
      if (mismatched) {
        const unsigned c = column % job.weight_bits;
        const int share = Tile::cell_share(*die_, place, i, column, means, tile.scale_shift());
        cell += column_sign(c, job.weight_bits) *
                std::ldexp(share, -tile.scale_shift() - static_cast<int>(c));
      }
    }
  }

  // 2. Every position and column: one charge sharing and one accumulation a bit, LSB first.
  const double injected =
      analog ? parameters_.dot_product.injected_charge(place.line_rows, parameters_.supply_v) : 0.0;
  codes_.pedestal = 0;  // here it is in every step
  const NoiseSources sources = noise_sources(job, parameters_);
  const base::RandomStream noise = stream(kBitTemporalStream, job, draws);
  std::uint64_t draw = 0;
  const bool noisy = temporal && analog;
  const int all_bits = static_cast<int>(job.in_bits + job.weight_bits);
  levels.resize(job.positions() * job.outputs);
  grow_result(job, job.positions());
  for (std::size_t m = 0; m < job.positions(); ++m) {
    const std::uint8_t* x = rows_.data() + m * job.window_count;
    for (unsigned j = 0; j < job.outputs; ++j) {
      double combined = 0;        // in units of a cell's charge
      double combined_noise = 0;  // in units of D
      for (unsigned c = 0; c < job.weight_bits; ++c) {
        const unsigned column = j * job.weight_bits + c;
        double accumulated = 0;
        double accumulated_noise = 0;
        for (unsigned k = 0; k < job.in_bits; ++k) {
          double line = injected;
          for (unsigned i = 0; i < place.rows; ++i) {
            if ((x[i] >> k) & 1u) line += charge[static_cast<std::size_t>(i) * columns + column];
          }
          accumulated = (accumulated + line) / 2;
          if (noisy) {
            const double sampled = sources.line * noise.gaussian(draw++);
            accumulated_noise =
                (accumulated_noise + sampled) / 2 + sources.accumulation * noise.gaussian(draw++);
          }
        }
        const double weight =
            column_sign(c, job.weight_bits) *
            std::ldexp(1.0, static_cast<int>(c) - static_cast<int>(job.weight_bits));
        combined += weight * accumulated;
        combined_noise += weight * accumulated_noise;
      }
      if (noisy) combined_noise += sources.converter * noise.gaussian(draw++);
      const double level = code_level(codes_, j, std::ldexp(combined, all_bits), combined_noise);
      levels[m * job.outputs + j] = level;
      result_[m * padded(job.outputs) + j] = code_of_level(codes_, level);
    }
  }
  write_codes(job, job.positions(), output);
}

}  // namespace leyden::cim
