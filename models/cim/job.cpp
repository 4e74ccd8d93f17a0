#include "models/cim/job.h"

namespace leyden::cim {
namespace {

constexpr unsigned kMostPadding = 255;  // PAD.LEFT and PAD.TOP

bool precise(unsigned bits, unsigned most) { return bits >= 1 && bits <= most; }

bool shapes_fit(const Job& job) {
  if (job.in_width == 0 || job.in_height == 0 || job.in_channels == 0) return false;
  if (job.kernel_width == 0 || job.kernel_height == 0) return false;
  if (job.stride_x == 0 || job.stride_y == 0) return false;
  if (job.dilation_x == 0 || job.dilation_y == 0) return false;
  if (job.out_width == 0 || job.out_height == 0 || job.outputs == 0) return false;
  if (job.in_pixel_stride < job.in_channels) return false;
  if (job.out_pixel_stride < job.position_bytes()) return false;
  if (job.partial && job.out_pixel_stride % 4 != 0) return false;
  if (job.window_count == 0 || job.window_first + job.window_count > job.window()) return false;
  // The last output's window must start inside the padded input, where as much padding as a job can
  // have before the input may lie after it.
  const std::uint64_t last_x = std::uint64_t{job.out_width - 1} * job.stride_x;
  const std::uint64_t last_y = std::uint64_t{job.out_height - 1} * job.stride_y;
  return last_x < std::uint64_t{job.in_width} + job.pad_left + kMostPadding &&
         last_y < std::uint64_t{job.in_height} + job.pad_top + kMostPadding;
}

}  // namespace

JobError validate(const Job& job, const MacroParameters& macro) {
  if (!precise(job.in_bits, macro.input_bits) || !precise(job.weight_bits, macro.weight_bits) ||
      job.weight_bits < least_weight_bits(macro.cells.representation) ||
      !precise(job.out_bits, macro.output_bits(job.partial)) ||
      job.range > macro.convert.highest_range()) {
    return JobError::kPrecision;
  }
  if (!shapes_fit(job)) return JobError::kShapes;
  // A job lies in one page: its units do not cross into the next.
  const bool rows_fit =
      job.unit_count > 0 && job.unit_first < macro.units() &&
      job.unit_first % macro.page_units() + job.unit_count <= macro.page_units() &&
      job.window_count <= job.line_rows(macro);
  if (!rows_fit || job.column_first + job.columns_used(macro) > macro.columns) {
    return JobError::kOutsideArray;
  }
  const bool abn_fits = job.abn_first + job.outputs <= macro.abn_entries;
  if (macro.post.kind != PostKind::kNone && !abn_fits) return JobError::kAbn;
  return JobError::kNone;
}

}  // namespace leyden::cim
