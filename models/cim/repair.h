#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/base/archive.h"

namespace leyden::cim {

/// Which spare column stands in the place of which column (docs/ecc.md): the repair table of the
/// weight window. A column that is replaced has the spare's cells, converter and faults.
class Repairs {
 public:
  static constexpr std::uint32_t kColumn = 0xffff;     ///< bits of an entry
  static constexpr std::uint32_t kValid = 0x80000000;  ///< the same
  Repairs(unsigned columns, unsigned spares) : columns_(columns), words_(spares) {}

  unsigned spares() const { return static_cast<unsigned>(words_.size()); }
  /// An entry.
  std::uint32_t word(std::size_t spare) const { return words_[spare]; }
  /// @return false, and nothing is done: a valid entry of a column that is not there or that
  ///         another spare replaces
  bool write(std::size_t spare, std::uint32_t word);
  /// No column is replaced.
  void reset();
  /// Whether a spare stands in a column's place. @return its number, or -1
  int spare_of(unsigned column) const { return column < spare_of_.size() ? spare_of_[column] : -1; }
  /// Number of a column as faults and dies count them: spares behind the others.
  unsigned physical(unsigned column) const {
    const int spare = spare_of(column);
    return spare < 0 ? column : columns_ + static_cast<unsigned>(spare);
  }
  /// Where a physical column stands. @return its column, or -1: nowhere
  int column_of(unsigned physical) const {
    if (physical < columns_) return spare_of(physical) < 0 ? static_cast<int>(physical) : -1;
    const std::uint32_t entry = words_[physical - columns_];
    return (entry & kValid) != 0 ? static_cast<int>(entry & kColumn) : -1;
  }
  /// All entries: what is the same for two tables that replace the same.
  const std::vector<std::uint32_t>& words() const { return words_; }
  bool any() const { return !spare_of_.empty(); }
  void archive(base::Archive& a);

 private:
  void place();

  unsigned columns_;
  std::vector<std::uint32_t> words_;
  std::vector<int> spare_of_;  // of each column; empty: no column is replaced
};

}  // namespace leyden::cim
