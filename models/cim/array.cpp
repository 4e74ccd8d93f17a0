#include "models/cim/array.h"

#include <algorithm>
#include <cstring>

#include "models/base/random.h"
#include "models/cim/streams.h"

namespace leyden::cim {

WeightArray::WeightArray(const MacroParameters& macro, std::uint32_t seed)
    : row_bytes_(macro.row_bytes()),
      cell_bits_(macro.cells.bits),
      seed_(seed),
      cells_(macro.rows * row_bytes_),
      cells_written_(cells_.size()),
      abn_(macro.abn_entries),
      abn_written_(macro.abn_entries),
      trims_(macro.columns) {
  power_off();
}

std::size_t WeightArray::write_cells(std::size_t offset, const std::uint8_t* bytes,
                                     std::size_t count) {
  if (count == 0) return 0;
  std::memcpy(cells_.data() + offset, bytes, count);
  std::memset(cells_written_.data() + offset, 1, count);
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
  std::fill(cells_written_.begin(), cells_written_.end(), std::uint8_t{0});
  std::fill(abn_written_.begin(), abn_written_.end(), std::uint8_t{0});
  std::fill(trims_.begin(), trims_.end(), TrimEntry::kReset);
  trims_set_ = 0;
  ++version_;
}

}  // namespace leyden::cim
