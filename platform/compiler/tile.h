#pragma once

#include <cstdint>

namespace leyden::compiler {

/// A piece of a macro layer's weight matrix and the place it takes in an array.
struct Tile {
  std::size_t layer = 0;
  unsigned part = 0;          ///< which row split
  unsigned group_first = 0;   ///< first group of channels it reads
  unsigned group_count = 1;   ///< 1 where its rows are split; all outputs are of these groups
  unsigned window_first = 0;  ///< first element of the im2col row (ky, kx, channels of its groups)
  unsigned copy = 0;          ///< which copy of the weights; each does a share of the output rows
  unsigned window_count = 0;  ///< elements, which is the rows used
  unsigned output_first = 0;  ///< first output of the layer
  unsigned output_count = 0;
  unsigned units = 0;    ///< units of rows that load the line; equal in all parts of a layer
  unsigned columns = 0;  ///< columns taken, whole bytes of the weight window
  unsigned macro = 0;
  unsigned unit_first = 0;
  unsigned column_first = 0;  ///< at a byte of the weight window
  unsigned abn_first = 0;
  bool resident = true;  ///< loaded once after boot; else before its job, for every image

  /// Rows that hold weights of one output: the others are 0, for they belong to other groups.
  unsigned output_rows() const { return window_count / group_count; }
  std::uint64_t area() const { return std::uint64_t{units} * columns; }
};

}  // namespace leyden::compiler
