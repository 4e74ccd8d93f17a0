#include "models/cim/weight_access.h"

#include <cstring>
#include <vector>

#include "registers/cim.h"

namespace leyden::cim {

namespace reg = registers::cim;

bool access_weight_window(WeightArray& array, std::uint64_t offset, std::size_t length,
                          const WindowBytes& bytes, std::uint64_t& rows) {
  // 1. Cells: any bytes; an access touches one row or several.
  if (offset < array.cell_bytes() && length <= array.cell_bytes() - offset) {
    if (length == 0) return true;
    if (bytes.written != nullptr) {
      rows = array.write_cells(offset, bytes.written, length);
    } else {
      std::memcpy(bytes.read, array.cells() + offset, length);
      rows = (offset + length - 1) / array.row_bytes() - offset / array.row_bytes() + 1;
    }
    return true;
  }
  // 2. Tables: whole words, a row access each 16 bytes.
  const auto in_table = [&](std::uint64_t table, std::uint64_t size) {
    return offset >= table && offset - table < size && length <= size - (offset - table) &&
           (offset - table) % 4 == 0 && length % 4 == 0;
  };
  if (in_table(reg::kRepairTableWindow, 4 * (std::uint64_t{array.repairs().spares()} + 1))) {
    const std::uint64_t first = (offset - reg::kRepairTableWindow) / 4;
    rows = 1;
    if (bytes.written != nullptr) {
      std::uint32_t word = 0;
      std::memcpy(&word, bytes.written, 4);
      return first != 0 && length == 4 && array.write_repair(first - 1, word);
    }
    for (std::size_t i = 0; i < length / 4; ++i) {
      const std::uint32_t word =
          first + i == 0 ? array.repairs().spares() : array.repairs().word(first + i - 1);
      std::memcpy(bytes.read + 4 * i, &word, 4);
    }
    return true;
  }
  if (in_table(reg::kRangeTableWindow, array.range_bytes())) {
    const std::uint64_t first = (offset - reg::kRangeTableWindow) / 4;
    rows = (length + 15) / 16;
    std::vector<std::uint32_t> words(length / 4);
    if (bytes.written == nullptr) {
      for (std::size_t i = 0; i < words.size(); ++i) words[i] = array.range_word(first + i);
      std::memcpy(bytes.read, words.data(), length);
      return true;
    }
    std::memcpy(words.data(), bytes.written, length);
    // All of them or none.
    for (const std::uint32_t word : words) {
      if (word > array.highest_range()) return false;
    }
    for (std::size_t i = 0; i < words.size(); ++i) array.write_range(first + i, words[i]);
    return true;
  }
  const bool abn = in_table(reg::kAbnTableWindow, array.abn_bytes());
  if (!abn && !in_table(reg::kTrimTableWindow, array.trim_bytes())) return false;
  const std::uint64_t first = (offset - (abn ? reg::kAbnTableWindow : reg::kTrimTableWindow)) / 4;
  for (std::size_t i = 0; i < length / 4; ++i) {
    std::uint32_t word = abn ? array.abn_word(first + i) : array.trim_word(first + i);
    if (bytes.written != nullptr) {
      std::memcpy(&word, bytes.written + 4 * i, 4);
      abn ? array.write_abn(first + i, word) : array.write_trim(first + i, word);
    } else {
      std::memcpy(bytes.read + 4 * i, &word, 4);
    }
  }
  rows = (length + 15) / 16;
  return true;
}

}  // namespace leyden::cim
