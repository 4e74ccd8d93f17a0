#include "platform/compiler/combining.h"

#include <algorithm>
#include <cmath>

#include "platform/compiler/dot_product.h"
#include "platform/compiler/tile_weights.h"

namespace leyden::compiler {

CombinedTile::CombinedTile(const QuantLayer& layer, const Tile& tile, std::size_t rows,
                           unsigned in_bits, const ChipGeometry& geometry,
                           const ConverterRanges& ranges)
    : combining_(geometry.combining),
      own_(geometry.own_converter),
      shift_(combining_.scale_shift()),
      job_range_(1u << combining_.range_bits),
      rows_(tile.window_count),
      outputs_(tile.output_count) {
  for (unsigned j = 0; j < tile.output_count; ++j) {
    const unsigned m = ranges.of(tile.part, tile.output_first + j);
    output_ranges_.push_back(m == 0 ? 1u << combining_.range_bits : m);
  }
  if (ranges.job(tile.part) != 0) job_range_ = ranges.job(tile.part);
  const cim::WeightLayout layout = geometry.layout(layer.weight_bits);
  add_groups(layer, tile, rows, layout);
  const unsigned digit = combining_.inputs ? combining_.digit_bits : in_bits;
  for (unsigned first = 0; first < in_bits; first += digit) {
    digits_.push_back({first, std::min(digit, in_bits - first)});
  }
  const std::size_t line = std::size_t{tile.units} * geometry.rows_per_unit;
  const std::size_t most = combining_.rows_active == 0 ? line : combining_.rows_active;
  for (std::size_t first = 0; first < rows_; first += most) {
    segments_.push_back({first, std::min(most, rows_ - first),
                         static_cast<std::int64_t>(std::min(most, line - first))});
  }
}

void CombinedTile::add_groups(const QuantLayer& layer, const Tile& tile, std::size_t rows,
                              const cim::WeightLayout& layout) {
  if (!combining_.columns) {
    ColumnGroup whole;
    whole.is_signed = true;
    whole.span = std::int64_t{1} << layer.weight_bits;
    for (unsigned j = 0; j < tile.output_count; ++j) {
      whole.weights.resize(whole.weights.size() + tile.window_count);
      tile_column(layer, rows, tile, j, &whole.weights[std::size_t{j} * tile.window_count]);
    }
    groups_.push_back(std::move(whole));
    return;
  }
  for (unsigned g = 0; g < layout.groups.size(); ++g) {
    ColumnGroup group;
    group.significance = layout.groups[g].significance;
    group.is_signed = layout.groups[g].is_signed;
    group.dummy_level = layout.groups[g].dummy_level;
    add_group(std::move(group), layer, tile, rows, layout, g);
  }
}

void CombinedTile::add_group(ColumnGroup group, const QuantLayer& layer, const Tile& tile,
                             std::size_t rows, const cim::WeightLayout& layout, unsigned number) {
  for (const cim::LayoutColumn& column : layout.columns) {
    if (column.group != number) continue;
    group.span = (std::int64_t{1} << column.level_bits) - 1;
    if (group.is_signed) group.span *= 2;
  }
  std::vector<std::uint8_t> levels(layout.width());
  std::vector<std::int8_t> weights(tile.window_count);
  for (unsigned j = 0; j < tile.output_count; ++j) {
    tile_column(layer, rows, tile, j, weights.data());
    for (unsigned i = 0; i < tile.window_count; ++i) {
      layout.encode(weights[i], levels.data());
      int value = 0;
      for (std::size_t c = 0; c < levels.size(); ++c) {
        const cim::LayoutColumn& column = layout.columns[c];
        if (column.group != number) continue;
        value += column.significance == group.significance ? levels[c] : -int{levels[c]};
      }
      group.weights.push_back(static_cast<std::int8_t>(value));
    }
  }
  groups_.push_back(std::move(group));
}

std::int64_t CombinedTile::full_scale(const ColumnGroup& group, const Digit& digit,
                                      const Segment& segment) const {
  const std::int64_t inputs = std::int64_t{1} << digit.bits;
  return segment.line_rows * (group.is_signed ? inputs : inputs - 1) * group.span;
}

std::int64_t CombinedTile::converted(std::int64_t u, const ColumnGroup& group, const Digit& digit,
                                     const Segment& segment, unsigned m) const {
  // What the converter's range is of, F m; a step is F m / 2^(b + r + n).
  const std::int64_t full = full_scale(group, digit, segment) * m;
  const std::int64_t codes = std::int64_t{1} << combining_.converter_bits;
  const std::int64_t least = group.is_signed ? -codes / 2 : 0;
  const std::int64_t most = group.is_signed ? codes / 2 - 1 : codes - 1;
  const std::int64_t one = std::int64_t{1} << shift_;
  if (own_) {
    const double step =
        std::max(1.0, std::ldexp(static_cast<double>(full), -static_cast<int>(shift_)));
    const double level = static_cast<double>(u) / step + (static_cast<double>(-least) + 0.5);
    const std::int64_t q = cim::own_code(*own_, level, combining_.converter_bits, {}) + least;
    return q * std::max(full, one);
  }
  if (full <= one) return std::clamp(u, least, most) * one;  // finer than the sum's own steps
  const std::int64_t numerator = 2 * u * one + full;
  std::int64_t q = numerator / (2 * full);
  if (numerator % (2 * full) < 0) --q;
  return std::clamp(q, least, most) * full;
}

template <typename Visit>
void CombinedTile::each_sum(const std::uint8_t* window, Visit visit) const {
  std::vector<std::uint8_t> x(rows_);
  for (const Segment& segment : segments_) {
    for (const Digit& digit : digits_) {
      std::int64_t total = 0;
      for (std::size_t i = 0; i < segment.count; ++i) {
        const unsigned code = window[segment.first + i];
        x[i] = static_cast<std::uint8_t>(code >> digit.first & ((1u << digit.bits) - 1));
        total += x[i];
      }
      for (const ColumnGroup& group : groups_) {
        for (std::size_t j = 0; j < outputs_; ++j) {
          const std::int64_t u =
              dot(x.data(), group.weights.data() + j * rows_ + segment.first, segment.count);
          visit(segment, digit, group, total * group.dummy_level, j, u);
        }
      }
    }
  }
}

void CombinedTile::run(const std::uint8_t* window, std::int64_t* sums) const {
  std::fill_n(sums, outputs_, 0);
  std::int64_t dummy = 0;  // one conversion for all outputs
  each_sum(window, [&](const Segment& segment, const Digit& digit, const ColumnGroup& group,
                       std::int64_t dummy_sum, std::size_t j, std::int64_t u) {
    if (j == 0) {
      dummy = group.dummy_level == 0 ? 0 : converted(dummy_sum, group, digit, segment, job_range_);
    }
    const std::int64_t weight = std::int64_t{1} << digit.first;
    sums[j] += weight * group.significance *
               (converted(u, group, digit, segment, output_ranges_[j]) - dummy);
  });
}

std::vector<CombinedTile::Conversion> CombinedTile::conversions() const {
  std::vector<Conversion> all;
  for (const Segment& segment : segments_) {
    for (const Digit& digit : digits_) {
      for (const ColumnGroup& group : groups_) {
        all.push_back(
            {std::ldexp(static_cast<double>(group.significance), static_cast<int>(digit.first)),
             static_cast<double>(full_scale(group, digit, segment)), group.is_signed,
             group.dummy_level != 0});
      }
    }
  }
  return all;
}

void CombinedTile::conversion_sums(const std::uint8_t* window,
                                   std::vector<std::int64_t>& sums) const {
  sums.clear();
  each_sum(window, [&](const Segment&, const Digit&, const ColumnGroup&, std::int64_t dummy_sum,
                       std::size_t j, std::int64_t u) {
    sums.push_back(u);
    if (j + 1 == outputs_) sums.push_back(dummy_sum);
  });
}

std::vector<double> CombinedTile::reach() const {
  std::vector<double> reached(outputs_);
  for (const Segment& segment : segments_) {
    for (const Digit& digit : digits_) {
      for (const ColumnGroup& group : groups_) {
        // Of a pair, what either sign can reach; the dummy's number is taken off another's.
        const std::int64_t most =
            segment.line_rows * ((std::int64_t{1} << digit.bits) - 1) * group.span;
        const double significance = std::ldexp(std::abs(static_cast<double>(group.significance)),
                                               static_cast<int>(digit.first));
        for (std::size_t j = 0; j < outputs_; ++j) {
          std::int64_t value = converted(most, group, digit, segment, output_ranges_[j]);
          if (group.is_signed) {
            value = std::max(value, -converted(-most, group, digit, segment, output_ranges_[j]));
          } else if (group.dummy_level != 0) {
            value = std::max(value, converted(most, group, digit, segment, job_range_));
          }
          reached[j] += significance * std::ldexp(static_cast<double>(value),
                                                  -static_cast<int>(combining_.scale_shift()));
        }
      }
    }
  }
  return reached;
}

}  // namespace leyden::compiler
