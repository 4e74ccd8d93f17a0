#include "models/cim/job_words.h"

#include <type_traits>

namespace leyden::cim {
namespace {

namespace reg = registers::cim;

constexpr std::size_t index_of(std::uint32_t offset) { return (offset - reg::kJobFirst) / 4; }

/// Calls visit(word index, field, member) for every field of the job registers but the addresses;
/// a fourth argument is what a field holds less than the member.
template <typename JobType, typename Visit>
void for_each_field(JobType& job, Visit visit) {
  visit(reg::kInSize, reg::in_size::kWidth, job.in_width);
  visit(reg::kInSize, reg::in_size::kHeight, job.in_height);
  visit(reg::kInChannels, reg::in_channels::kCount, job.in_channels);
  visit(reg::kInChannels, reg::in_channels::kPixelStride, job.in_pixel_stride);
  visit(reg::kKernel, reg::kernel::kWidth, job.kernel_width);
  visit(reg::kKernel, reg::kernel::kHeight, job.kernel_height);
  visit(reg::kKernel, reg::kernel::kStrideX, job.stride_x);
  visit(reg::kKernel, reg::kernel::kStrideY, job.stride_y);
  visit(reg::kPad, reg::pad::kLeft, job.pad_left);
  visit(reg::kPad, reg::pad::kTop, job.pad_top);
  visit(reg::kPad, reg::pad::kValue, job.pad_value);
  visit(reg::kPad, reg::pad::kDilationX, job.dilation_x, 1u);
  visit(reg::kPad, reg::pad::kDilationY, job.dilation_y, 1u);
  visit(reg::kWindow, reg::window::kFirst, job.window_first);
  visit(reg::kWindow, reg::window::kCount, job.window_count);
  visit(reg::kOutSize, reg::out_size::kWidth, job.out_width);
  visit(reg::kOutSize, reg::out_size::kHeight, job.out_height);
  visit(reg::kOutChannels, reg::out_channels::kCount, job.outputs);
  visit(reg::kOutChannels, reg::out_channels::kPixelStride, job.out_pixel_stride);
  visit(reg::kPlace, reg::place::kUnitFirst, job.unit_first);
  visit(reg::kPlace, reg::place::kUnitCount, job.unit_count);
  visit(reg::kPlace, reg::place::kColumnFirst, job.column_first);
  visit(reg::kPrecision, reg::precision::kInBits, job.in_bits);
  visit(reg::kPrecision, reg::precision::kWeightBits, job.weight_bits);
  visit(reg::kPrecision, reg::precision::kOutBits, job.out_bits);
  visit(reg::kPrecision, reg::precision::kPartial, job.partial);
  visit(reg::kPrecision, reg::precision::kRange, job.range);
  visit(reg::kTag, reg::tag::kTile, job.tile);
  visit(reg::kTag, reg::tag::kAbnFirst, job.abn_first);
}

}  // namespace

DecodedJob decode_job(const JobWords& words) {
  DecodedJob decoded;
  decoded.in_address = words[index_of(reg::kInAddr)];
  decoded.out_address = words[index_of(reg::kOutAddr)];
  const auto read = [&](std::uint32_t offset, base::Field field, auto& member, unsigned less = 0) {
    const std::uint32_t value = field.get(words[index_of(offset)]) + less;
    member = static_cast<std::decay_t<decltype(member)>>(value);
  };
  for_each_field(decoded.job, read);
  return decoded;
}

JobWords encode_job(const DecodedJob& decoded) {
  JobWords words{};
  words[index_of(reg::kInAddr)] = decoded.in_address;
  words[index_of(reg::kOutAddr)] = decoded.out_address;
  const auto write = [&](std::uint32_t offset, base::Field field, const auto& member,
                         unsigned less = 0) {
    std::uint32_t& word = words[index_of(offset)];
    word = field.set(word, static_cast<std::uint32_t>(member) - less);
  };
  for_each_field(decoded.job, write);
  return words;
}

}  // namespace leyden::cim
