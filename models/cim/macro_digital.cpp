// Jobs of macros that combine digitally, and what all jobs count.
#include <cmath>

#include "models/base/error.h"
#include "models/cim/im2col.h"
#include "models/cim/macro.h"
#include "models/cim/streams.h"

namespace leyden::cim {
namespace {

constexpr double kExact = 9007199254740992.0;  // 2^53

}  // namespace

Tile& Macro::prepare_digital(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                             const JobDraws& draws) {
  follow_repairs();
  const bool analog = fidelity == base::Fidelity::kAnalog;
  Tile& tile = tiles_.find(placement_of(job, parameters_, converts_columns_apart(parameters_)),
                           array_, parameters_.layout(job.weight_bits));
  const std::size_t codes = job.positions() * job.window_count;
  if (rows_.size() < codes) rows_.resize(codes);
  im2col(job, input, 0, job.positions(), rows_.data());
  start_counts(job);
  add_counts(job, job.positions());
  prepare_codes(job, parameters_, array_, codes_);
  digital_.prepare(job, parameters_, array_, analog ? &die(draws.position.die) : nullptr);
  // D^ has bits behind the binary point: everything in its last one must stay exact.
  const double fraction = std::ldexp(1.0, digital_.fraction_bits());
  for (unsigned j = 0; j < job.outputs; ++j) {
    if ((digital_.most() * codes_.slope[j] + std::abs(codes_.base[j]) + codes_.denominator) *
            fraction >=
        kExact) {
      throw base::ModelError("the job of tile " + std::to_string(job.tile) +
                             " needs integers of 2^53 or more for its digital scale: a smaller "
                             "gain of output " +
                             std::to_string(j) + " would be right");
    }
  }
  if (analog && CellResponse::has_errors(parameters_)) {
    tile.fold(die(draws.position.die), array_, CellResponse(parameters_));
    codes_.correction_scale = std::ldexp(1.0, -tile.scale_shift());
  }
  if (by_effects(fidelity)) {
    prepare_effects(job, draws, tile, parameters_.convert.bits);
  }
  return tile;
}

Tile& Macro::total(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                   const JobDraws& draws, bool temporal, const double*& totals) {
  Tile& tile = prepare_digital(job, input, fidelity, draws);
  const base::RandomStream noise = stream(kTemporalStream, job, draws);
  const bool noisy = temporal && fidelity == base::Fidelity::kAnalog;
  totals =
      digital_.run(job, tile, codes_.correction_scale != 0, rows_.data(),
                   parameters_.drive.zero_skipping ? live_.masks().data() : nullptr,
                   noisy ? &noise : nullptr, by_effects(fidelity) ? &effects_ : nullptr, product_);
  return tile;
}

void Macro::digital_levels(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                           const JobDraws& draws, bool temporal, std::vector<double>& levels) {
  const double* totals = nullptr;
  total(job, input, fidelity, draws, temporal, totals);
  const std::size_t width = padded(job.outputs);
  for (std::size_t m = 0; m < job.positions(); ++m) {
    for (unsigned j = 0; j < job.outputs; ++j) {
      levels[m * job.outputs + j] =
          (totals[m * width + j] * codes_.slope[j] + codes_.base[j]) / codes_.denominator;
    }
  }
}

JobCounts Macro::run_digital(const Job& job, const std::uint8_t* input, base::Fidelity fidelity,
                             const JobDraws& draws, std::uint8_t* output) {
  const double* totals = nullptr;
  const Tile& tile = total(job, input, fidelity, draws, true, totals);
  grow_result(job, job.positions());
  scale_totals(codes_, job.positions(), totals, result_.data());
  write_codes(job, job.positions(), output);
  return count(job, tile);
}

void Macro::clear_skipped(const Job& job, const Block& block) {
  // One conversion an output: a position without a step has the code of exactly 0.
  const std::size_t width = padded(job.outputs);
  for (std::size_t m = 0; m < block.count; ++m) {
    if (live_.steps()[block.first + m] != 0) continue;
    for (unsigned j = 0; j < job.outputs; ++j) {
      result_[m * width + j] = code_of_level(codes_, codes_.base[j] / codes_.denominator);
    }
  }
}

bool Macro::converts_apart(const Job& job, base::Fidelity fidelity) {
  follow_repairs();
  if (faults_ && parameters_.post.digital()) return converts_beside_stuck(fidelity);
  if (!digital(fidelity)) return false;
  if (fidelity == base::Fidelity::kAnalog || parameters_.convert.own) return true;
  make_conversions(job, parameters_, conversions_);
  return !lossless(conversions_, parameters_);
}

void Macro::start_counts(const Job& job) {
  if (parameters_.drive.bits == 1) {
    bit_counter_.start(job.window_count);
  } else {
    digit_counter_.start(job.window_count, job.in_bits, parameters_.drive.bits);
  }
  if (!parameters_.drive.zero_skipping) return;
  make_conversions(job, parameters_, conversions_);
  live_.start();
}

void Macro::add_counts(const Job& job, std::size_t positions) {
  if (parameters_.drive.bits == 1) {
    bit_counter_.add(rows_.data(), positions);
  } else {
    digit_counter_.add(rows_.data(), positions);
  }
  if (!parameters_.drive.zero_skipping) return;
  live_.add(rows_.data(), positions, job, parameters_.drive.bits, conversions_.segments);
}

const std::uint32_t* Macro::steps_taken() const {
  return parameters_.drive.zero_skipping ? live_.steps().data() : nullptr;
}

JobCounts Macro::count(const Job& job, const Tile& tile) {
  DriveActivity activity;
  if (parameters_.drive.bits == 1) {
    activity.levels = &bit_counter_.sums();
    for (const std::uint64_t bits : *activity.levels) activity.driven_digits += bits;
  } else {
    activity.levels = &digit_counter_.sums();
    activity.driven_digits = digit_counter_.driven_digits();
  }
  if (parameters_.drive.zero_skipping) {
    for (std::size_t m = 0; m < job.positions(); ++m) activity.steps += live_.steps()[m];
  } else {
    activity.steps =
        job.positions() * segments_of(job, parameters_) * parameters_.drive.digits(job.in_bits);
  }
  return count_job(job, parameters_, tile, activity);
}

}  // namespace leyden::cim
