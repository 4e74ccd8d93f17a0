#pragma once

#include <cstdint>

#include "models/cim/parameters.h"

namespace leyden::cim {

/// A job: one mapped tile over an output region, as the job registers describe it
/// (configs/registers/cim.yaml). Addresses are apart: they matter to the unit only.
struct Job {
  unsigned in_width = 0;
  unsigned in_height = 0;
  unsigned in_channels = 0;      ///< channels the kernel reads from a pixel
  unsigned in_pixel_stride = 0;  ///< bytes from a pixel to the next
  unsigned kernel_width = 1;
  unsigned kernel_height = 1;
  unsigned stride_x = 1;
  unsigned stride_y = 1;
  unsigned dilation_x = 1;  ///< pixels from a tap of a kernel row to the next
  unsigned dilation_y = 1;  ///< rows of pixels from a kernel row to the next
  unsigned pad_left = 0;
  unsigned pad_top = 0;
  std::uint8_t pad_value = 0;
  unsigned window_first = 0;  ///< first element of the window, in (ky, kx, channel) order
  unsigned window_count = 0;  ///< elements, which is the rows of the array used (K)
  unsigned out_width = 0;
  unsigned out_height = 0;
  unsigned outputs = 0;           ///< outputs of this tile (N)
  unsigned out_pixel_stride = 0;  ///< bytes from an output pixel to the next
  unsigned unit_first = 0;
  unsigned unit_count = 0;
  unsigned column_first = 0;
  unsigned in_bits = 0;
  unsigned weight_bits = 0;
  unsigned out_bits = 0;
  unsigned range = 0;  ///< m of the converters' range m / 2^n; 0: all of it
  bool partial = false;
  unsigned tile = 0;
  unsigned abn_first = 0;

  std::uint64_t positions() const { return std::uint64_t{out_width} * out_height; }  ///< M
  unsigned window() const { return kernel_width * kernel_height * in_channels; }
  unsigned output_bytes() const { return partial ? 4 : 1; }
  unsigned position_bytes() const { return outputs * output_bytes(); }
  unsigned columns_used(const MacroParameters& macro) const {
    return outputs * macro.columns_per_output(weight_bits);
  }
  /// Rows that load the line: of all units in use.
  unsigned line_rows(const MacroParameters& macro) const {
    return unit_count * macro.rows_per_unit;
  }
};

/// ERROR_CODE of the CIM unit.
enum class JobError : std::uint32_t {
  kNone = 0,
  kBusy = 1,
  kOutsideArray = 2,
  kOutsideLmem = 3,
  kPrecision = 4,
  kShapes = 5,
  kAbn = 6,
  kNotWritten = 7,
};

/// Checks a job against the macro. @return the first error of kOutsideArray, kPrecision, kShapes,
/// kAbn (table range only), or kNone
JobError validate(const Job& job, const MacroParameters& macro);

}  // namespace leyden::cim
