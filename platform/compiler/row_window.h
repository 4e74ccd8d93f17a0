#pragma once

#include <cstdint>
#include <vector>

#include "platform/compiler/quantised.h"

namespace leyden::compiler {

/// Rows [first, first + count) of a tensor.
struct RowRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;

  std::uint32_t end() const { return first + count; }
  bool operator==(const RowRange& other) const {
    return first == other.first && count == other.count;
  }
};

/// The rows of an input that some output rows of a layer are computed from, as an input of their
/// own: rows above them are no longer part of it, and the padding above only counts for the first.
struct InputRows {
  RowRange rows;
  std::int64_t pad_top = 0;
};

/// Whether output rows of the layer need no more than a window of input rows.
bool has_row_windows(const QuantLayer& layer);

/// Input rows of output rows `rows`, at least one; all rows where `rows` is the whole output.
/// @throws base::UsageError when the first window lies wholly in the padding below the input
InputRows input_rows(const QuantLayer& layer, const Shape& in, const Shape& out,
                     const RowRange& rows);

/// Cuts the output into stripes of `rows` rows. The last takes also the rows whose windows lie
/// wholly in the padding below, for no job can begin there.
std::vector<RowRange> cut_stripes(const QuantLayer& layer, const Shape& in, const Shape& out,
                                  std::uint32_t rows);

}  // namespace leyden::compiler
