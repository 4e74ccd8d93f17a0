#include "models/cim/array.h"

#include <algorithm>
#include <cstring>

#include "models/base/random.h"
#include "models/cim/streams.h"

namespace leyden::cim {

WeightArray::WeightArray(const MacroParameters& macro, std::uint32_t seed)
    : columns_(macro.columns),
      row_bytes_(macro.row_bytes()),
      cell_bits_(macro.cells.bits),
      seed_(seed),
      cells_(macro.rows * row_bytes_),
      cells_written_(cells_.size()),
      seen_(cells_.data()),
      abn_(macro.abn_entries),
      abn_written_(macro.abn_entries),
      trims_(macro.columns),
      ranges_(macro.convert.range_bits > 0 ? macro.columns : 0),
      highest_range_(macro.convert.highest_range()),
      repairs_(macro.columns, macro.spare_columns) {
  power_off();
}

std::size_t WeightArray::write_cells(std::size_t offset, const std::uint8_t* bytes,
                                     std::size_t count) {
  if (count == 0) return 0;
  std::memcpy(cells_.data() + offset, bytes, count);
  std::memset(cells_written_.data() + offset, 1, count);
  if (!live_.empty()) hold(offset, count);
  ++version_;
  return (offset + count - 1) / row_bytes_ - offset / row_bytes_ + 1;
}

void WeightArray::write_abn(std::size_t entry, std::uint32_t word) {
  abn_[entry] = word;
  abn_written_[entry] = 1;
}

void WeightArray::write_trim(std::size_t column, std::uint32_t word) {
  trims_set_ -= trims_[column] != TrimEntry::kReset ? 1 : 0;
  trims_[column] = word;
  trims_set_ += word != TrimEntry::kReset ? 1 : 0;
}

bool WeightArray::write_range(std::size_t column, std::uint32_t code) {
  if (code > highest_range_) return false;
  ranges_[column] = code;
  return true;
}

bool WeightArray::has_ranges(unsigned first, unsigned count) const {
  if (ranges_.empty()) return false;
  const auto begin = ranges_.begin() + first;
  return std::any_of(begin, begin + count, [](std::uint32_t code) { return code != 0; });
}

void WeightArray::forget_column(unsigned column) {
  const auto [first, bytes] = span(column, 1);
  for (std::size_t row = 0; row < cells_.size(); row += row_bytes_) {
    std::memset(cells_written_.data() + row + first, 0, bytes);
  }
}

bool WeightArray::write_repair(std::size_t spare, std::uint32_t word) {
  const std::uint32_t before = repairs_.word(spare);
  if (!repairs_.write(spare, word)) return false;
  for (const std::uint32_t entry : {before, repairs_.word(spare)}) {
    if ((entry & Repairs::kValid) != 0) forget_column(entry & Repairs::kColumn);
  }
  if (!live_.empty()) place_faults();
  ++version_;
  return true;
}

bool WeightArray::written(const Job& job, const MacroParameters& macro) const {
  const auto [first, bytes] = span(job.column_first, job.columns_used(macro));
  const unsigned row_first = job.unit_first * macro.rows_per_unit;
  for (unsigned r = row_first; r < row_first + job.window_count; ++r) {
    if (!cells_written(r * row_bytes_ + first, bytes)) return false;
  }
  return abn_written(job, macro);
}

bool WeightArray::abn_written(const Job& job, const MacroParameters& macro) const {
  if (macro.post.kind == PostKind::kNone) return true;
  const auto begin = abn_written_.begin() + job.abn_first;
  return std::all_of(begin, begin + job.outputs, [](std::uint8_t flag) { return flag != 0; });
}

bool WeightArray::gains_positive(const Job& job, const MacroParameters& macro) const {
  if (macro.post.kind == PostKind::kNone) return true;
  const auto begin = abn_.begin() + job.abn_first;
  return std::all_of(begin, begin + job.outputs,
                     [](std::uint32_t word) { return (word & 0xffff) != 0; });
}

bool WeightArray::cells_written(std::size_t offset, std::size_t count) const {
  return std::memchr(cells_written_.data() + offset, 0, count) == nullptr;
}

void WeightArray::archive(base::Archive& a) {
  a.fixed(cells_);
  a.fixed(cells_written_);
  a.fixed(abn_);
  a.fixed(abn_written_);
  a.fixed(trims_);
  if (!ranges_.empty()) a.fixed(ranges_);
  for (const std::uint32_t code : ranges_) {
    if (code > highest_range_) a.refuse("a converter has a range that it cannot have");
  }
  a(repairs_);
  if (!live_.empty()) place_faults();
  trims_set_ = static_cast<std::size_t>(std::count_if(
      trims_.begin(), trims_.end(), [](std::uint32_t word) { return word != TrimEntry::kReset; }));
  ++version_;
}

void WeightArray::power_off() {
  const base::RandomStream noise({seed_, 0, 0, 0, kPowerUpStream});
  for (std::size_t i = 0; i < cells_.size(); i += 16) {
    const auto block = noise.block(i / 16);
    std::memcpy(cells_.data() + i, block.data(), std::min<std::size_t>(16, cells_.size() - i));
  }
  const std::uint64_t abn_block = cells_.size() / 16 + 1;
  for (std::size_t i = 0; i < abn_.size(); ++i) abn_[i] = noise.block(abn_block + i)[0];
  if (!live_.empty()) hold(0, cells_.size());
  std::fill(cells_written_.begin(), cells_written_.end(), std::uint8_t{0});
  std::fill(abn_written_.begin(), abn_written_.end(), std::uint8_t{0});
  std::fill(trims_.begin(), trims_.end(), TrimEntry::kReset);
  trims_set_ = 0;
  std::fill(ranges_.begin(), ranges_.end(), 0u);
  const bool replaced = repairs_.any();
  repairs_.reset();
  if (replaced && !live_.empty()) place_faults();
  ++version_;
}

void WeightArray::set_faults(const MacroFaults& faults) {
  faults_ = faults;
  live_.resize(cells_.size());
  seen_ = live_.data();
  place_faults();
  ++version_;
}

void WeightArray::place_faults() {
  free_.assign(cells_.size(), 0xff);
  stuck_.assign(cells_.size(), 0);
  live_mask_.assign(cells_.size(), 0xff);
  const auto each_bit = [this](unsigned r, unsigned column, const auto& act) {
    for (unsigned bit = 0; bit < cell_bits_; ++bit) {
      const std::size_t at = r * row_bytes_ * 8 + std::size_t{column} * cell_bits_ + bit;
      act(at / 8, static_cast<std::uint8_t>(1u << at % 8), bit);
    }
  };
  for (const MacroFaults::StuckCell& cell : faults_.cells) {
    const int column = repairs_.column_of(cell.column);
    if (column < 0) continue;  // replaced, or a spare that is not used
    each_bit(cell.row, static_cast<unsigned>(column),
             [&](std::size_t byte, std::uint8_t mask, unsigned bit) {
               free_[byte] &= static_cast<std::uint8_t>(~mask);
               if ((cell.level >> bit & 1) != 0) {
                 stuck_[byte] |= mask;
               } else {
                 stuck_[byte] &= static_cast<std::uint8_t>(~mask);
               }
             });
  }
  const auto rows = static_cast<unsigned>(cells_.size() / row_bytes_);
  for (unsigned column = 0; column < columns_; ++column) {
    if (!faults_.is_dead(repairs_.physical(column))) continue;
    for (unsigned r = 0; r < rows; ++r) {
      each_bit(r, column, [&](std::size_t byte, std::uint8_t mask, unsigned) {
        live_mask_[byte] &= static_cast<std::uint8_t>(~mask);
      });
    }
  }
  hold(0, cells_.size());
}

void WeightArray::hold(std::size_t offset, std::size_t count) {
  for (std::size_t i = offset; i < offset + count; ++i) {
    cells_[i] = static_cast<std::uint8_t>((cells_[i] & free_[i]) | stuck_[i]);
    live_[i] = cells_[i] & live_mask_[i];
  }
}

void WeightArray::flip_cell(unsigned r, unsigned column, unsigned bit) {
  const std::size_t at = r * row_bytes_ * 8 + std::size_t{column} * cell_bits_ + bit;
  cells_[at / 8] ^= static_cast<std::uint8_t>(1u << at % 8);
  if (!live_.empty()) hold(at / 8, 1);
  ++version_;
}

}  // namespace leyden::cim
