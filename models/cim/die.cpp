#include "models/cim/die.h"

#include <algorithm>

#include "models/base/random.h"
#include "models/cim/streams.h"

namespace leyden::cim {

Die::Die(const MacroParameters& macro, std::uint32_t seed, unsigned instance,
         const Repairs& repairs)
    : seed_(seed),
      repairs_(repairs.words()),
      columns_(macro.columns),
      page_rows_(macro.page_rows()),
      highest_level_(macro.cells.highest_level()),
      digits_(1u << macro.drive.bits) {
  const auto stream = [&](std::uint32_t purpose) {
    return base::RandomStream({seed, 0, 0, 0, stream_purpose(purpose, instance)});
  };
  const bool rram = macro.cells.kind == CellKind::kRram;
  const double cell_sigma =
      rram ? macro.cells.variation_percent * 1e-2 : macro.dot_product.mismatch_sigma();
  if (cell_sigma > 0) {
    const base::RandomStream cells = stream(rram ? kVariationStream : kMismatchStream);
    mismatch_.resize(static_cast<std::size_t>(page_rows_) * columns_);
    cells.fill_gaussian(0, mismatch_.size(), mismatch_.data());
    // Dummy columns' cells come behind all others.
    dummy_mismatch_.resize(static_cast<std::size_t>(macro.dummy_columns()) * page_rows_);
    cells.fill_gaussian(mismatch_.size(), dummy_mismatch_.size(), dummy_mismatch_.data());
    // Neither capacitor nor conductance can be negative, however large a deviation is asked for.
    const auto sigma = static_cast<float>(cell_sigma);
    for (float& delta : mismatch_) delta = std::max(delta * sigma, -1.0f);
    for (float& delta : dummy_mismatch_) delta = std::max(delta * sigma, -1.0f);
    // Then those of spares.
    const std::uint64_t first = mismatch_.size() + dummy_mismatch_.size();
    std::vector<float> spare(repairs.any() ? page_rows_ : 0);
    for (unsigned c = 0; c < columns_; ++c) {
      const int number = repairs.spare_of(c);
      if (number < 0) continue;
      cells.fill_gaussian(first + static_cast<std::uint64_t>(number) * page_rows_, page_rows_,
                          spare.data());
      for (unsigned r = 0; r < page_rows_; ++r) {
        mismatch_[cell_index(r, c)] = std::max(spare[r] * sigma, -1.0f);
      }
    }
  }
  const double on = macro.cells.stuck_on_ppm * 1e-6;
  const double off = macro.cells.stuck_off_ppm * 1e-6;
  if (on > 0 || off > 0) {
    const base::RandomStream cells = stream(kStuckStream);
    stuck_.resize(static_cast<std::size_t>(macro.rows) * columns_, Stuck::kNot);
    const auto drawn = [&](std::uint64_t index) {
      const double u = cells.uniform(index);
      return u < on ? Stuck::kOn : u < on + off ? Stuck::kOff : Stuck::kNot;
    };
    for (std::size_t i = 0; i < stuck_.size(); ++i) stuck_[i] = drawn(i);
    for (unsigned c = 0; c < columns_; ++c) {
      const int number = repairs.spare_of(c);
      for (unsigned r = 0; number >= 0 && r < macro.rows; ++r) {
        stuck_[cell_index(r, c)] =
            drawn(stuck_.size() + static_cast<std::uint64_t>(number) * macro.rows + r);
      }
    }
  }
  const auto draw = [&](std::uint32_t purpose, double percent, double mean,
                        std::vector<double>& values) {
    if (percent <= 0) return;
    const base::RandomStream columns = stream(purpose);
    for (unsigned c = 0; c < columns_; ++c) {
      // Neither a weight nor a share can be negative.
      values.push_back(mean +
                       std::max(percent * 1e-2 * columns.gaussian(repairs.physical(c)), -1.0));
    }
  };
  draw(kColumnWeightStream, macro.combine.column_mismatch_percent, 1.0, column_weight_);
  draw(kInputShareStream, macro.combine.input_mismatch_percent, 0.0, input_share_);
  if (macro.drive.inl_lsb > 0) {
    const base::RandomStream levels = stream(kDacStream);
    dac_error_.resize(static_cast<std::size_t>(page_rows_) * digits_);
    for (unsigned row = 0; row < page_rows_; ++row) {
      for (unsigned digit = 1; digit < digits_; ++digit) {
        const double error =
            macro.drive.inl_lsb * levels.gaussian(std::uint64_t{row} * 256 + digit);
        dac_error_[row * digits_ + digit] = static_cast<float>(error);
      }
    }
  }

  const base::RandomStream offset = stream(kOffsetStream);
  const base::RandomStream gain = stream(kGainStream);
  const base::RandomStream inl = stream(kInlStream);
  for (unsigned c = 0; c < macro.columns + macro.dummy_columns(); ++c) {
    // Spares have converters of their own, behind all others.
    const int spare = repairs.spare_of(c);
    const unsigned converter =
        spare < 0 ? c / macro.convert.sharing
                  : macro.columns + macro.dummy_columns() + static_cast<unsigned>(spare);
    converter_.push_back(converter);
    offset_v_.push_back(macro.convert.offset_mv * 1e-3 * offset.gaussian(converter));
    gain_.push_back(1.0 + macro.convert.gain_percent * 1e-2 * gain.gaussian(converter));
    inl_bow_.push_back(macro.convert.inl_lsb * (inl.uniform(2 * converter) - 0.5));
    inl_curve_.push_back(macro.convert.inl_lsb * (inl.uniform(2 * converter + 1) - 0.5));
  }
}

}  // namespace leyden::cim
