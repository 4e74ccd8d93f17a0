#include "models/cim/macro.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/cim/im2col.h"
#include "models/cim/streams.h"

namespace leyden::cim {
namespace {

template <typename T>
void grow(std::vector<T>& scratch, std::size_t size) {
  if (scratch.size() < size) scratch.resize(size);
}

void store_word(std::uint8_t* to, std::int32_t value) {
  const auto word = static_cast<std::uint32_t>(value);
  to[0] = static_cast<std::uint8_t>(word);
  to[1] = static_cast<std::uint8_t>(word >> 8);
  to[2] = static_cast<std::uint8_t>(word >> 16);
  to[3] = static_cast<std::uint8_t>(word >> 24);
}

}  // namespace

Macro::Macro(const MacroParameters& parameters, unsigned instance)
    : parameters_(parameters), instance_(instance), array_(parameters, instance) {}

const Die& Macro::die(std::uint32_t seed) {
  if (!die_ || die_->seed() != seed) die_ = std::make_unique<Die>(parameters_, seed, instance_);
  return *die_;
}

base::RandomStream Macro::stream(std::uint32_t purpose, const Job& job,
                                 const JobDraws& draws) const {
  return base::RandomStream({draws.position.die, draws.position.image, draws.layer & 0xffff,
                             job.tile & 0xffff, stream_purpose(purpose, instance_)});
}

Tile& Macro::prepare(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                     const JobDraws& draws, bool want_codes) {
  const bool analog = fidelity == base::Fidelity::kAnalog;
  Tile& tile =
      tiles_.find(placement_of(job, parameters_), array_, parameters_.layout(job.weight_bits));
  const std::size_t positions = job.positions();
  const std::size_t width = padded(job.outputs);
  grow(rows_, positions * job.window_count);
  grow(sums_, positions * tile.stride());
  im2col(job, input, rows_.data());
  find_live(job);
  if (want_codes) prepare_codes(job, parameters_, array_, codes_);
  std::size_t n_count = width;
  if (analog && want_codes) {
    const Die& frozen = die(draws.position.die);
    prepare_analog(job, parameters_, frozen, codes_);
    if (parameters_.dot_product.mismatch_percent_sqrt_ff > 0) {
      tile.fold(frozen, array_);
      codes_.correction_scale = std::ldexp(1.0, -tile.scale_shift());
      n_count = 2 * width;
    }
  }
  product_.multiply(positions, job.window_count, n_count, rows_.data(), job.in_bits, tile.weights(),
                    tile.stride(), sums_.data(), tile.stride());
  return tile;
}

void Macro::grow_result(const Job& job) { grow(result_, job.positions() * padded(job.outputs)); }

void Macro::draw_noise(const Job& job, const JobDraws& draws) {
  const std::size_t count = job.positions() * job.outputs;
  grow(draws_, count + kLanes);
  stream(kTemporalStream, job, draws).fill_gaussian(0, count, draws_.data());
}

JobCounts Macro::run(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                     const JobDraws& draws, std::uint8_t* output) {
  if (converts_apart(job, fidelity)) {
    const double* totals = nullptr;
    const Tile& tile = total(job, input, fidelity, draws, true, totals);
    grow_result(job);
    scale_totals(codes_, job.positions(), totals, result_.data());
    write_codes(job, output);
    return count(job, tile);
  }
  // An unsplit tile is the same in `ideal` and `quantised`; a partial one gives its exact sums.
  const bool exact = job.partial && fidelity == base::Fidelity::kIdeal;
  Tile& tile = prepare(job, input, fidelity, draws, !exact);
  if (exact) {
    write_exact(job, output);
  } else {
    const bool noisy = fidelity == base::Fidelity::kAnalog && codes_.noise > 0;
    if (noisy) draw_noise(job, draws);
    grow_result(job);
    convert_codes(codes_, job.positions(), sums_.data(), tile.stride(),
                  noisy ? draws_.data() : nullptr, result_.data());
    if (fidelity == base::Fidelity::kAnalog) clear_skipped(job);
    write_codes(job, output);
  }
  return count(job, tile);
}

void Macro::write_exact(const Job& job, std::uint8_t* output) const {
  const std::size_t stride = 2 * padded(job.outputs);
  for (std::size_t m = 0; m < job.positions(); ++m) {
    for (unsigned j = 0; j < job.outputs; ++j, output += 4) {
      store_word(output, sums_[m * stride + j]);
    }
  }
}

void Macro::write_codes(const Job& job, std::uint8_t* output) const {
  const std::size_t width = padded(job.outputs);
  // Without padding between them all positions are one long row.
  const bool dense = width == job.outputs;
  const std::size_t rows = dense ? 1 : job.positions();
  const std::size_t length = dense ? job.positions() * width : job.outputs;
  for (std::size_t m = 0; m < rows; ++m) {
    const std::int32_t* row = result_.data() + m * width;
    if (job.partial) {
      for (std::size_t j = 0; j < length; ++j, output += 4) store_word(output, row[j]);
    } else {
      output = std::transform(row, row + length, output,
                              [](std::int32_t code) { return static_cast<std::uint8_t>(code); });
    }
  }
}

void Macro::levels(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                   const JobDraws& draws, bool temporal, std::vector<double>& levels) {
  levels.resize(job.positions() * job.outputs);
  if (converts_apart(job, fidelity)) {
    return digital_levels(job, input, fidelity, draws, temporal, levels);
  }
  const Tile& tile = prepare(job, input, fidelity, draws, true);
  const bool noisy = temporal && fidelity == base::Fidelity::kAnalog && codes_.noise > 0;
  if (noisy) draw_noise(job, draws);
  const std::size_t width = padded(job.outputs);
  for (std::size_t m = 0; m < job.positions(); ++m) {
    const std::int32_t* row = sums_.data() + m * tile.stride();
    for (unsigned j = 0; j < job.outputs; ++j) {
      if (skips(fidelity, m)) {
        levels[m * job.outputs + j] = codes_.base[j] / codes_.denominator;
        continue;
      }
      const double correction =
          codes_.correction_scale != 0 ? row[width + j] * codes_.correction_scale : 0;
      const std::size_t element = m * job.outputs + j;
      levels[element] =
          code_level(codes_, j, row[j] + correction, noisy ? draws_[element] * codes_.noise : 0.0);
    }
  }
}

}  // namespace leyden::cim
