#include "models/vector/vector_job.h"

#include <algorithm>

namespace leyden::vector {
namespace {

constexpr std::uint32_t kOperations = 6;
constexpr std::uint64_t kMostBytes = 0xffffffffu;

/// Whether every window of one direction covers at least one pixel of the input.
bool windows_fit(std::uint32_t in, std::uint32_t out, std::uint32_t kernel, std::uint32_t stride,
                 std::uint32_t pad) {
  if (in == 0 || kernel == 0 || stride == 0 || pad >= kernel) return false;
  return std::uint64_t{out - 1} * stride < std::uint64_t{in} + pad;
}

bool format_fits(const PartialFormat& format) {
  const auto bits_fit = [](std::uint32_t bits) { return bits >= 1 && bits <= 8; };
  // Four bits of the register, and what digital combining gives at most.
  return format.units >= 1 && bits_fit(format.in_bits) && bits_fit(format.weight_bits) &&
         format.out_bits >= 1 && format.out_bits <= 15;
}

bool shape_fits(const VectorJob& job, bool ideal) {
  const PoolShape& shape = job.shape;
  if (shape.out_width == 0 || shape.out_height == 0 || shape.channels == 0) return false;
  if (job.result.shift > 31 || job.result.low > job.result.high) return false;
  if (job.pools()) {
    return windows_fit(shape.in_width, shape.out_width, shape.kernel_width, shape.stride_x,
                       shape.pad_left) &&
           windows_fit(shape.in_height, shape.out_height, shape.kernel_height, shape.stride_y,
                       shape.pad_top);
  }
  if (job.operation() != Operation::kAccumulate) return true;
  return job.parts >= 1 && (!ideal || format_fits(job.format));
}

}  // namespace

std::uint64_t VectorJob::source_bytes() const {
  if (pools()) return std::uint64_t{shape.in_width} * shape.in_height * shape.channels;
  return outputs() * (operation() == Operation::kAccumulate ? 4 : 1);
}

std::uint64_t VectorJob::table_bytes() const {
  if (operation() == Operation::kLookup) return kLookupBytes;
  return has_table() ? std::uint64_t{shape.channels} * kTableEntryBytes : 0;
}

VectorJob decode_job(const std::array<std::uint32_t, kJobWords>& words) {
  const auto low_half = [&](unsigned word) { return words[word] & 0xffffu; };
  const auto high_half = [&](unsigned word) { return words[word] >> 16; };
  const auto byte = [&](unsigned word, unsigned index) { return words[word] >> 8 * index & 0xffu; };
  const auto nibble = [&](unsigned word, unsigned index) {
    return words[word] >> 4 * index & 0xfu;
  };
  VectorJob job;
  job.code = nibble(0, 0);
  job.source0 = words[1];
  job.source1 = words[2];
  job.part_stride = words[2];
  job.destination = words[3];
  job.shape.in_width = low_half(4);
  job.shape.in_height = high_half(4);
  job.shape.out_width = low_half(5);
  job.shape.out_height = high_half(5);
  job.shape.channels = low_half(6);
  job.parts = high_half(6);
  job.shape.kernel_width = byte(7, 0);
  job.shape.kernel_height = byte(7, 1);
  job.shape.stride_x = byte(7, 2);
  job.shape.stride_y = byte(7, 3);
  job.shape.pad_left = byte(8, 0);
  job.shape.pad_top = byte(8, 1);
  job.table = words[9];
  job.scales.scale0 = static_cast<std::int32_t>(words[10]);
  job.scales.scale1 = static_cast<std::int32_t>(words[11]);
  job.scales.offset = static_cast<std::int32_t>(words[12]);
  job.result.shift = words[13] & 0x3fu;
  job.result.low = byte(13, 1);
  job.result.high = byte(13, 2);
  job.format.units = byte(14, 0);
  job.format.in_bits = nibble(14, 2);
  job.format.weight_bits = nibble(14, 3);
  job.format.out_bits = nibble(14, 4);
  return job;
}

JobError check_job(const VectorJob& job, bool ideal) {
  if (job.code >= kOperations) return JobError::kOperation;
  if (!shape_fits(job, ideal)) return JobError::kShape;
  if (std::max(job.source_bytes(), job.outputs()) > kMostBytes) return JobError::kRegion;
  return JobError::kNone;
}

}  // namespace leyden::vector
