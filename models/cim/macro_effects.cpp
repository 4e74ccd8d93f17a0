// Jobs whose conversions take effects that the vector passes do not know.
#include <cmath>

#include "models/cim/conversion_terms.h"
#include "models/cim/macro.h"
#include "models/cim/streams.h"

namespace leyden::cim {

void Macro::prepare_effects(const Job& job, const JobDraws& draws, Tile& tile, unsigned out_bits) {
  const double lsb_v = converter_lsb_v(parameters_, out_bits);
  effects_.prepare(tile, array_, die(draws.position.die), out_bits, lsb_v,
                   stream(kMetastableStream, job, draws), stream(kSupplyStream, job, draws));
}

std::int32_t Macro::curve_code(unsigned column, std::uint64_t conversion, bool temporal,
                               double& level, bool want_level) const {
  const unsigned code = effects_.code(column, level, conversion, temporal);
  if (want_level) level = effects_.equivalent(column, level);
  return static_cast<std::int32_t>(code) - static_cast<std::int32_t>(codes_.partial_offset);
}

std::int32_t Macro::nominal_code(const Job& job, double level) const {
  const unsigned code = own_code(*parameters_.convert.own, level, job.out_bits, {});
  return static_cast<std::int32_t>(code) - static_cast<std::int32_t>(codes_.partial_offset);
}

void Macro::convert_own(const Job& job, const Block& block, const Tile& tile,
                        std::vector<double>* levels) {
  const std::size_t width = padded(job.outputs);
  grow_result(job, block.count);
  for (std::size_t m = 0; m < block.count; ++m) {
    for (unsigned j = 0; j < job.outputs; ++j) {
      const double level = code_level(codes_, j, sums_[m * tile.stride() + j], 0.0);
      result_[m * width + j] = nominal_code(job, level);
      if (levels != nullptr) {
        (*levels)[m * job.outputs + j] = result_[m * width + j] + codes_.partial_offset + 0.5;
      }
    }
  }
}

void Macro::convert_effects(const Job& job, const Block& block, const JobDraws& draws,
                            const Tile& tile, bool temporal, std::vector<double>* levels) {
  const std::size_t width = padded(job.outputs);
  EffectsBlock inputs;
  inputs.codes = rows_.data();
  inputs.bits = job.in_bits;
  inputs.positions = block.count;
  inputs.segment = {0, job.window_count, job.line_rows(parameters_)};
  inputs.sums = sums_.data();
  inputs.corrections = codes_.correction_scale != 0 ? sums_.data() + width : nullptr;
  inputs.stride = tile.stride();
  inputs.first_phase = block.first;
  const Effects::Terms terms = effects_.terms(inputs, product_, temporal);
  const bool noisy = temporal && (codes_.noise > 0 || terms.noise != nullptr);
  if (noisy) draw_noise(job, block, draws);
  grow_result(job, block.count);
  const unsigned columns = parameters_.columns_per_output(job.weight_bits);
  const std::uint64_t first = block.first * job.outputs;
  for (std::size_t m = 0; m < block.count; ++m) {
    for (unsigned j = 0; j < job.outputs; ++j) {
      const std::size_t element = m * job.outputs + j;
      const double noise = noisy ? draws_[element] * terms.noise_at(element, codes_.noise) : 0.0;
      double level = code_level(codes_, j, terms.sums[element], noise);
      const unsigned column = job.column_first + j * columns;
      std::int32_t& code = result_[m * width + j];
      if (skips(base::Fidelity::kAnalog, block.first + m)) {
        level = codes_.base[j] / codes_.denominator;
        code = code_of_level(codes_, level);
      } else if (effects_.has_curves()) {
        code = curve_code(column, first + element, temporal, level, levels != nullptr);
      } else {
        code = code_of_level(codes_, level);
      }
      if (levels != nullptr) (*levels)[element] = level;
    }
  }
}

}  // namespace leyden::cim
