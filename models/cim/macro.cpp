#include "models/cim/macro.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/cim/im2col.h"
#include "models/cim/streams.h"
#include "models/cim/trim.h"

namespace leyden::cim {
namespace {

template <typename Vector>
void grow(Vector& scratch, std::size_t size) {
  if (scratch.size() < size) scratch.resize(size);
}

/// Positions of a block: codes, products, draws and results together within half a megabyte, and
/// enough of them for the product to run at its full speed.
std::size_t block_positions(const Job& job) {
  constexpr std::size_t kScratch = std::size_t{1} << 19;
  constexpr std::size_t kStep = 64;
  const std::size_t each = job.window_count + 16 * padded(job.outputs);
  return std::max(kScratch / each / kStep, std::size_t{1}) * kStep;
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
    : parameters_(parameters),
      instance_(instance),
      array_(parameters, instance),
      has_effects_(Effects::needed(parameters)),
      effects_(parameters_, instance) {}

const Die& Macro::die(std::uint32_t seed) {
  follow_repairs();
  if (!die_ || die_->seed() != seed) {
    die_ = std::make_unique<Die>(parameters_, seed, instance_, array_.repairs());
  }
  return *die_;
}

base::RandomStream Macro::stream(std::uint32_t purpose, const Job& job,
                                 const JobDraws& draws) const {
  return base::RandomStream({draws.position.die, draws.position.image, draws.layer & 0xffff,
                             job.tile & 0xffff, stream_purpose(purpose, instance_)});
}

Tile& Macro::begin(const Job& job, base::Fidelity fidelity, const JobDraws& draws,
                   bool want_codes) {
  follow_repairs();
  Tile& tile =
      tiles_.find(placement_of(job, parameters_), array_, parameters_.layout(job.weight_bits));
  codes_.correction_scale = 0;
  if (!want_codes) return tile;
  prepare_codes(job, parameters_, array_, codes_);
  if (fidelity == base::Fidelity::kAnalog) {
    const Die& frozen = die(draws.position.die);
    prepare_analog(job, parameters_, frozen, codes_);
    if (CellResponse::has_errors(parameters_)) {
      tile.fold(frozen, array_, CellResponse(parameters_));
      codes_.correction_scale = std::ldexp(1.0, -tile.scale_shift());
    }
  }
  apply_trims(job, parameters_, array_, codes_);
  if (by_effects(fidelity)) {
    prepare_effects(job, draws, tile, job.out_bits);
  }
  return tile;
}

void Macro::products(const Job& job, const std::uint8_t* input, const Block& block, Tile& tile) {
  grow(rows_, block.count * job.window_count);
  grow(sums_, block.count * tile.stride());
  im2col(job, input, block.first, block.count, rows_.data());
  add_counts(job, block.count);
  const std::size_t width = padded(job.outputs);
  product_.multiply(block.count, job.window_count, codes_.correction_scale != 0 ? 2 * width : width,
                    rows_.data(), job.in_bits, tile.packed(0, codes_.correction_scale != 0),
                    sums_.data(), tile.stride());
}

Tile& Macro::prepare(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                     const JobDraws& draws, bool want_codes) {
  Tile& tile = begin(job, fidelity, draws, want_codes);
  start_counts(job);
  products(job, input, {0, job.positions()}, tile);
  if (faults_) force_codes(job, job.positions(), tile.stride(), false);
  return tile;
}

void Macro::grow_result(const Job& job, std::size_t count) {
  grow(result_, count * padded(job.outputs));
}

void Macro::draw_noise(const Job& job, const Block& block, const JobDraws& draws) {
  const std::size_t count = block.count * job.outputs;
  grow(draws_, count + kLanes);
  stream(kTemporalStream, job, draws)
      .fill_gaussian(block.first * job.outputs, count, draws_.data());
}

JobCounts Macro::run(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                     const JobDraws& draws, std::uint8_t* output) {
  if (converts_apart(job, fidelity)) return run_digital(job, input, fidelity, draws, output);
  // An unsplit tile is the same in `ideal` and `quantised`; a partial one gives its exact sums.
  const bool exact = job.partial && fidelity == base::Fidelity::kIdeal;
  Tile& tile = begin(job, fidelity, draws, !exact);
  const bool analog = !exact && fidelity == base::Fidelity::kAnalog;
  const bool noisy = analog && codes_.noise > 0;
  const bool skipping = analog && parameters_.drive.zero_skipping;
  const std::size_t most = block_positions(job);
  // Codes can go straight to where bytes belong, unless some are replaced afterwards.
  const bool direct = !job.partial && padded(job.outputs) == job.outputs && !skipping &&
                      !by_effects(fidelity) && !by_own(fidelity);
  start_counts(job);
  for (Block block; block.first < job.positions(); block.first += block.count) {
    block.count = std::min<std::size_t>(most, job.positions() - block.first);
    products(job, input, block, tile);
    if (faults_) force_codes(job, block.count, tile.stride(), exact);
    std::uint8_t* to = output + block.first * job.position_bytes();
    if (exact) {
      write_exact(job, block.count, to);
      continue;
    }
    if (by_effects(fidelity)) {
      convert_effects(job, block, draws, tile, true, nullptr);
      if (skipping) clear_skipped(job, block);
      write_codes(job, block.count, to);
      continue;
    }
    if (by_own(fidelity)) {
      convert_own(job, block, tile, nullptr);
      write_codes(job, block.count, to);
      continue;
    }
    if (noisy) draw_noise(job, block, draws);
    const float* z = noisy ? draws_.data() : nullptr;
    if (direct) {
      convert_codes(codes_, block.count, sums_.data(), tile.stride(), z, to);
      continue;
    }
    grow_result(job, block.count);
    convert_codes(codes_, block.count, sums_.data(), tile.stride(), z, result_.data());
    if (skipping) clear_skipped(job, block);
    write_codes(job, block.count, to);
  }
  return count(job, tile);
}

void Macro::write_exact(const Job& job, std::size_t count, std::uint8_t* output) const {
  const std::size_t stride = 2 * padded(job.outputs);
  for (std::size_t m = 0; m < count; ++m) {
    for (unsigned j = 0; j < job.outputs; ++j, output += 4) {
      store_word(output, sums_[m * stride + j]);
    }
  }
}

void Macro::write_codes(const Job& job, std::size_t count, std::uint8_t* output) const {
  const std::size_t width = padded(job.outputs);
  for (std::size_t m = 0; m < count; ++m) {
    const std::int32_t* row = result_.data() + m * width;
    if (job.partial) {
      for (std::size_t j = 0; j < job.outputs; ++j, output += 4) store_word(output, row[j]);
    } else {
      output = std::transform(row, row + job.outputs, output,
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
  if (by_effects(fidelity)) {
    return convert_effects(job, {0, job.positions()}, draws, tile, temporal, &levels);
  }
  if (by_own(fidelity)) return convert_own(job, {0, job.positions()}, tile, &levels);
  const bool noisy = temporal && fidelity == base::Fidelity::kAnalog && codes_.noise > 0;
  if (noisy) draw_noise(job, {0, job.positions()}, draws);
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
