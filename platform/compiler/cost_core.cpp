#include "platform/compiler/cost_core.h"

#include <algorithm>
#include <cmath>

#include "platform/compiler/cost_core_firmware.h"
#include "platform/compiler/cost_core_kernel.h"

namespace leyden::compiler {
namespace core {
namespace {

/// Shifts until bit 31 of a sum of exponentials of 15 fraction bits is set.
constexpr std::uint64_t kLogarithmShifts = 15;

}  // namespace

double maxima(std::uint64_t count) {
  double sum = 0;
  for (std::uint64_t n = 1; n <= count; ++n) sum += 1.0 / static_cast<double>(n);
  return sum;
}

std::uint64_t rounded(double value) { return static_cast<std::uint64_t>(std::llround(value)); }

CoreWork Kernel::work() {
  add(kBegin);
  switch (words_[LEYDEN_CORE_WORD_KERNEL] & 0xffu) {
    case LEYDEN_CORE_COPY:
      add(kCopy);
      copy(destination(), source(), in_width() * in_height() * channels());
      break;
    case LEYDEN_CORE_FLATTEN:
      flatten();
      break;
    case LEYDEN_CORE_PAD:
      pad();
      break;
    case LEYDEN_CORE_MAX_POOL:
      max_pool();
      break;
    case LEYDEN_CORE_AVERAGE_POOL:
      average_pool();
      break;
    case LEYDEN_CORE_SOFTMAX:
      softmax();
      break;
    case LEYDEN_CORE_LOG_SOFTMAX:
      log_softmax();
      break;
    case LEYDEN_CORE_ARG_MAX:
      arg_max();
      break;
    default:
      conv();
      break;
  }
  add(kEnd);
  return work_;
}

void Kernel::copy(std::uint32_t to, std::uint32_t from, std::uint32_t bytes) {
  if (((to ^ from) & 3u) != 0) {
    add(kCopyApart);
    if (bytes == 0) return add(kCopyApartNothing);
    add(kCopyByteTaken);
    return copy_rest(bytes);
  }
  add(kCopyAligned);
  if (bytes == 0) return add(kCopyAlignedNothing);
  const std::uint32_t head = std::min(bytes, (4 - from % 4) % 4);
  const std::uint32_t words = (bytes - head) / 4;
  if (head == 0) {
    add(kCopyOnWord);
    if (words == 0) {
      add(kCopyOnWordFew);
      return copy_rest(bytes);
    }
    add(kCopyWordsTaken);
  } else {
    add(kCopyHead);
    loop(kCopyHeadByte, kCopyHeadNext, head);
    if (head < bytes) add(kCopyHeadAligned);
    add(kCopyHeadEnd);
    if (words == 0) add(kCopyHeadFew);
  }
  if (words > 0) {
    add(kCopyWords);
    loop(kCopyWord, kCopyWordNext, words);
    add(kCopyWordsEnd);
  }
  add(kCopyRest);
  const std::uint32_t rest = bytes - head - 4 * words;
  rest == 0 ? add(kCopyRestNothing) : copy_rest(rest);
}

void Kernel::copy_rest(std::uint32_t bytes) {
  loop(kCopyByte, kCopyByteTaken, bytes);
  add(kCopyByteEnd);
}

void Kernel::fill(std::uint32_t to, std::uint32_t bytes) {
  add(kFill);
  if (bytes == 0) return add(kFillNothing);
  const std::uint32_t head = std::min(bytes, (4 - to % 4) % 4);
  const std::uint32_t words = (bytes - head) / 4;
  const std::uint32_t rest = bytes - head - 4 * words;
  if (head == 0) {
    add(kFillOnWord);
    add(words > 0 ? kFillOnWordMany : kFillOnWordFew);
  } else {
    add(kFillHead);
    loop(kFillHeadByte, kFillHeadNext, head);
    if (head < bytes) add(kFillHeadAligned);
    add(kFillHeadEnd);
    if (words == 0) add(kFillHeadFew);
  }
  if (words > 0) {
    add(kFillWords);
    loop(kFillWord, kFillWordNext, words);
    add(kFillWordsEnd);
  }
  if (head > 0 || words > 0) {
    add(kFillRest);
    if (rest == 0) return add(kFillNothing);
  }
  add(kFillBytes);
  loop(kFillByte, kFillByteNext, rest);
  add(kFillEnd);
}

void Kernel::pad() {
  const std::uint32_t pixel = outputs();
  const std::uint32_t pad_left = byte(LEYDEN_CORE_WORD_PAD, 0);
  const std::uint32_t left = std::min(pad_left, out_width());
  const std::uint32_t room = out_width() - left;
  const std::uint32_t columns = std::min(in_width(), room);
  add(kPad);
  add(pad_left <= out_width() ? kPadLeftWhole : kPadLeftCut);
  add(kPadRoom);
  add(in_width() <= room ? kPadRoomWhole : kPadRoomCut);
  add(kPadRows);
  for (std::uint32_t y = 0; y < out_height(); ++y) {
    const bool last = y + 1 == out_height();
    const std::uint32_t to = destination() + y * out_width() * pixel;
    const std::uint32_t from = y - byte(LEYDEN_CORE_WORD_PAD, 1);
    add(kPadRow);
    if (from >= in_height()) {
      add(kPadRowOutside);
      fill(to, out_width() * pixel);
      add(kPadRowOutsideEnd);
      if (!last) add(kPadRowOutsideNext);
      continue;
    }
    add(kPadRowFrom);
    fill(to, left * pixel);
    add(kPadRowCopy);
    copy(to + left * pixel, source() + from * in_width() * pixel, columns * pixel);
    add(kPadRowRight);
    fill(to + (left + columns) * pixel, (room - columns) * pixel);
    add(kPadRowEnd);
    if (last) add(kPadRowLast);
  }
  add(kPadEnd);
}

void Kernel::flatten() {
  const std::uint64_t pixels = std::uint64_t{in_width()} * in_height();
  add(kFlatten);
  loop(kFlattenChannel, kFlattenChannelNext, channels());
  add(kFlattenPixel, pixels * channels());
  add(kFlattenPixelNext, (pixels - 1) * channels());
  add(kFlattenChannelEnd, channels());
  add(kFlattenEnd);
}

void Kernel::arg_max() {
  const std::uint64_t pixels = std::uint64_t{in_width()} * in_height();
  add(kArgMax);
  loop(kArgMaxPixel, kArgMaxPixelNext, pixels);
  if (channels() == 1) {
    add(kArgMaxOneChannel, pixels);
  } else {
    const std::uint64_t codes = (channels() - 1) * pixels;
    const std::uint64_t greater = rounded((maxima(channels()) - 1) * double(pixels));
    add(kArgMaxChannels, pixels);
    add(kArgMaxChannel, codes);
    add(kArgMaxGreater, greater);
    add(flag() ? kArgMaxNotLast : kArgMaxNotFlag, codes - greater);
    add(kArgMaxChannelsEnd, pixels);
  }
  add(kArgMaxPixelEnd, pixels);
  add(kArgMaxEnd);
}

void Kernel::softmax() {
  const std::uint64_t pixels = std::uint64_t{in_width()} * in_height();
  const std::uint64_t codes = pixels * channels();
  const std::uint64_t more = rounded(maxima(channels()) * double(pixels));
  add(kSoftmax);
  loop(kSoftmaxPixel, kSoftmaxPixelNext, pixels);
  add(kSoftmaxMost, codes);
  add(kSoftmaxMore, more);
  add(kSoftmaxNotMore, codes - more);
  add(kSoftmaxMostEnd, codes);
  add(kSoftmaxMostNext, codes - pixels);
  add(kSoftmaxSums, pixels);
  add(kSoftmaxSum, codes);
  add(kSoftmaxSumNext, codes - pixels);
  add(kSoftmaxCodes, pixels);
  add(kSoftmaxCode, codes);
  add(kSoftmaxCodeNext, codes - pixels);
  add(kSoftmaxPixelEnd, pixels);
  add(kSoftmaxEnd);
}

void Kernel::log_softmax() {
  const std::uint64_t pixels = std::uint64_t{in_width()} * in_height();
  const std::uint64_t codes = pixels * channels();
  const std::uint64_t more = rounded(maxima(channels()) * double(pixels));
  add(kLog);
  loop(kLogPixel, kLogPixelNext, pixels);
  add(kLogMost, codes);
  add(kLogMore, more);
  add(kLogNotMore, codes - more);
  add(kLogMostEnd, codes);
  add(kLogMostNext, codes - pixels);
  add(kLogSums, pixels);
  add(kLogSum, codes);
  add(kLogSumNext, codes - pixels);
  add(kLogShifts, pixels);
  add(kLogShift, kLogarithmShifts * pixels);
  add(kLogShiftNext, (kLogarithmShifts - 1) * pixels);
  add(kLogCodes, pixels);
  add(kLogCode, codes);
  add(shifts() ? kLogCodeShift : kLogCodeUnshifted, codes);
  add(kLogCodeClamp, codes);
  add(kLogCodeNext, codes - pixels);
  add(kLogPixelEnd, pixels);
  add(kLogEnd);
}

}  // namespace core

void CoreWork::add(const CoreWork& block, std::uint64_t times) {
  alu += block.alu * times;
  load += block.load * times;
  store += block.store * times;
  branch += block.branch * times;
  jump += block.jump * times;
  multiply += block.multiply * times;
  divide += block.divide * times;
  load_use += block.load_use * times;
  taken += block.taken * times;
  fetch_waits += block.fetch_waits * times;
  lmem_load += block.lmem_load * times;
  lmem_store += block.lmem_store * times;
  data_load += block.data_load * times;
}

std::uint64_t CoreWork::cycles(const CostParameters& p) const {
  const auto of = [&](InstructionClass kind) {
    return std::uint64_t{p.instruction_cycles[static_cast<std::size_t>(kind)]};
  };
  return alu * of(InstructionClass::kAlu) +
         (load + lmem_load + data_load) * of(InstructionClass::kLoad) +
         (store + lmem_store) * of(InstructionClass::kStore) +
         branch * of(InstructionClass::kBranch) + jump * of(InstructionClass::kJump) +
         multiply * of(InstructionClass::kMultiply) + divide * of(InstructionClass::kDivide) +
         load_use * p.load_use_cycles + taken * p.taken_branch_cycles +
         fetch_waits * p.fetch_wait_cycles;
}

CoreWork core_work(const leyden_step& step) { return core::Kernel(step).work(); }

}  // namespace leyden::compiler
