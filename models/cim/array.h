#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "models/base/archive.h"
#include "models/cim/job.h"
#include "models/cim/macro_faults.h"
#include "models/cim/parameters.h"
#include "models/cim/repair.h"
#include "models/cim/trim_entry.h"

namespace leyden::cim {

/// The cells and the ABN, trim and range tables as the weight window shows them
/// (configs/registers/cim.yaml): row r at r * columns * cell.bits/8, the level of column c in bits
/// [c, c + 1) * cell.bits of it, little endian.
class WeightArray {
 public:
  /// @param seed  of the power-up contents
  WeightArray(const MacroParameters& macro, std::uint32_t seed);

  std::size_t row_bytes() const { return row_bytes_; }
  std::size_t cell_bytes() const { return cells_.size(); }
  std::size_t abn_bytes() const { return abn_.size() * 4; }
  /// Of the range table: none where the macro's ranges are fixed.
  std::size_t range_bytes() const { return ranges_.size() * 4; }
  std::size_t trim_bytes() const { return trims_.size() * 4; }

  /// Writes bytes of the cells; offset + count must lie inside. @return rows touched
  std::size_t write_cells(std::size_t offset, const std::uint8_t* bytes, std::size_t count);
  const std::uint8_t* cells() const { return cells_.data(); }
  /// A row as products see it: without what dead columns hold.
  const std::uint8_t* row(unsigned r) const { return seen_ + r * row_bytes_; }
  bool cell(unsigned r, unsigned column) const { return level(r, column) != 0; }
  /// Level of a cell, 0 to 2^cell.bits - 1.
  unsigned level(unsigned r, unsigned column) const {
    const std::size_t bit = std::size_t{column} * cell_bits_;
    const std::uint8_t* byte = row(r) + bit / 8;
    const unsigned shift = bit % 8;
    unsigned value = *byte >> shift;
    if (shift + cell_bits_ > 8) value |= static_cast<unsigned>(byte[1]) << (8 - shift);
    return value & ((1u << cell_bits_) - 1);
  }
  /// Bytes of a row that hold columns [first, first + count): first byte and number of bytes.
  std::pair<std::size_t, std::size_t> span(unsigned first, unsigned count) const {
    const std::size_t begin = std::size_t{first} * cell_bits_ / 8;
    return {begin, (std::size_t{first + count} * cell_bits_ - 1) / 8 - begin + 1};
  }

  void write_abn(std::size_t entry, std::uint32_t word);
  std::uint32_t abn_word(std::size_t entry) const { return abn_[entry]; }
  AbnEntry abn(std::size_t entry) const { return AbnEntry::from_word(abn_[entry]); }

  /// Trim registers, one a column; TrimEntry::kReset until written.
  void write_trim(std::size_t column, std::uint32_t word);
  std::uint32_t trim_word(std::size_t column) const { return trims_[column]; }
  bool trims_at_reset() const { return trims_set_ == 0; }

  /// Range codes of columns, m of m / 2^n; 0 until written: the job's (conversions.h).
  /// @return false: refused, a code above 2^n
  bool write_range(std::size_t column, std::uint32_t code);
  std::uint32_t range_word(std::size_t column) const { return ranges_[column]; }
  unsigned range(std::size_t column) const { return ranges_.empty() ? 0 : ranges_[column]; }
  std::uint32_t highest_range() const { return highest_range_; }
  /// Whether any of these columns has a range of its own.
  bool has_ranges(unsigned first, unsigned count) const;

  const Repairs& repairs() const { return repairs_; }
  /// An entry of the repair table. What the columns concerned hold counts as never written then.
  /// @return false: refused (repair.h)
  bool write_repair(std::size_t spare, std::uint32_t word);

  /// Whether every cell and ABN entry the job uses was written since power came on.
  bool written(const Job& job, const MacroParameters& macro) const;
  /// The same of its ABN entries alone.
  bool abn_written(const Job& job, const MacroParameters& macro) const;
  /// Whether every ABN entry the job uses has a gain above 0.
  bool gains_positive(const Job& job, const MacroParameters& macro) const;
  bool cells_written(std::size_t offset, std::size_t count) const;

  /// Contents are lost: they become the power-up contents again, trims and ranges the reset value.
  void power_off();
  void archive(base::Archive& a);

  /// Cells that keep their level and columns that add nothing, from now on. Columns are physical
  /// ones: a spare's faults are seen where it stands. Coordinates must exist.
  void set_faults(const MacroFaults& faults);
  /// Flips one bit of a cell's level; a stuck cell keeps its own.
  void flip_cell(unsigned r, unsigned column, unsigned bit);
  void flip_abn(std::size_t entry, unsigned bit) { abn_[entry] ^= 1u << bit; }
  void flip_trim(std::size_t column, unsigned bit) {
    write_trim(column, trims_[column] ^ 1u << bit);
  }

  /// Grows with every change of the cells, so that what was made of them knows to look again.
  std::uint64_t version() const { return version_; }

 private:
  /// Makes stuck cells hold their level and dead columns none, after a change of some bytes.
  void hold(std::size_t offset, std::size_t count);
  /// Masks of faults_ where repairs_ put them.
  void place_faults();
  /// Takes back that the bytes of a column were written.
  void forget_column(unsigned column);

  unsigned columns_;
  std::size_t row_bytes_;
  unsigned cell_bits_;
  std::uint32_t seed_;
  std::vector<std::uint8_t> cells_;
  std::vector<std::uint8_t> cells_written_;  // one flag per byte of cells_
  const std::uint8_t* seen_;                 // cells_, or live_ where there are faults
  std::vector<std::uint8_t> live_;           // cells_ without dead columns; these empty: no faults
  std::vector<std::uint8_t> free_;           // masks: bits that are not stuck
  std::vector<std::uint8_t> stuck_;          // values of those that are
  std::vector<std::uint8_t> live_mask_;      // bits of columns that are not dead
  std::vector<std::uint32_t> abn_;
  std::vector<std::uint8_t> abn_written_;
  std::vector<std::uint32_t> trims_;
  std::vector<std::uint32_t> ranges_;  // empty: fixed
  std::uint32_t highest_range_;
  std::size_t trims_set_ = 0;  // entries that differ from reset
  Repairs repairs_;
  MacroFaults faults_;
  std::uint64_t version_ = 0;
};

}  // namespace leyden::cim
