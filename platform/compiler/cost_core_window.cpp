#include "platform/compiler/cost_core_firmware.h"
#include "platform/compiler/cost_core_kernel.h"

/// Kernels with a window: pools and the convolution.
namespace leyden::compiler::core {

void Kernel::axis(const Taps& taps, const AxisCode& code) {
  add(code.in, taps.inside);
  add(code.in_end, taps.inside);
  if (taps.inside > 0) {
    add(code.first);
    add(code.later, taps.inside - 1);
  }
  add(code.before, taps.before);
  add(code.behind, taps.behind);
  loop(code.end, code.next, taps.before + taps.inside + taps.behind);
}

void Kernel::max_pool() {
  const AxisCode row{kMaxRowIn,    kMaxRowFirst, kMaxRowLater, kMaxRowInEnd,
                     kMaxRowAbove, kMaxRowBelow, kMaxRowEnd,   kMaxRowNext};
  const AxisCode column{kMaxColumnIn,   kMaxColumnFirst, kMaxColumnLater, kMaxColumnInEnd,
                        kMaxColumnLeft, kMaxColumnRight, kMaxColumnEnd,   kMaxColumnNext};
  add(kMax);
  for (std::uint32_t y = 0; y < out_height(); ++y) {
    const Taps rows = taps(y, true);
    add(y == 0 ? kMaxRowsFirst : kMaxRows);
    axis(rows, row);
    if (y > 0) add(kMaxRowsEnd);
    for (std::uint32_t x = 0; x < out_width(); ++x) {
      const Taps columns = taps(x, false);
      const bool first = y == 0 && x == 0;
      add(first ? kMaxColumnsFirst : kMaxColumns);
      axis(columns, column);
      add(first ? kMaxPixelFirst : kMaxPixel);
      loop(kMaxChannel, kMaxChannelNext, channels());
      if (rows.inside == 0) {
        add(kMaxNoRows, channels());
      } else {
        const std::uint64_t lines = rows.inside * channels();
        add(kMaxTapRow, lines);
        if (columns.inside == 0) {
          add(kMaxNoTaps, lines);
        } else {
          const std::uint64_t all = lines * columns.inside;
          const std::uint64_t more =
              rounded(maxima(rows.inside * columns.inside) * double(channels()));
          add(kMaxTap, all);
          add(kMaxMore, more);
          add(kMaxNotMore, all - more);
          add(kMaxTapEnd, all);
          add(kMaxTapNext, all - lines);
        }
        add(kMaxTapRowEnd, lines);
        add(kMaxTapRowNext, lines - channels());
        add(kMaxTapRowsEnd, channels());
      }
      add(kMaxChannelEnd, channels());
      add(kMaxPixelEnd);
    }
    add(kMaxLineEnd);
  }
  add(kMaxEnd);
}

void Kernel::average_pool() {
  const AxisCode row{kAverageRowIn,    kAverageRowFirst, kAverageRowLater, kAverageRowInEnd,
                     kAverageRowAbove, kAverageRowBelow, kAverageRowEnd,   kAverageRowNext};
  const AxisCode column{kAverageColumnIn,    kAverageColumnFirst, kAverageColumnLater,
                        kAverageColumnInEnd, kAverageColumnLeft,  kAverageColumnRight,
                        kAverageColumnEnd,   kAverageColumnNext};
  add(kAverage);
  for (std::uint32_t y = 0; y < out_height(); ++y) {
    const Taps rows = taps(y, true);
    add(kAverageRows);
    axis(rows, row);
    add(kAverageRowsEnd);
    for (std::uint32_t x = 0; x < out_width(); ++x) {
      const Taps columns = taps(x, false);
      add(kAverageColumns);
      axis(columns, column);
      add(kAverageTaps);
      add(flag() ? kAverageCounted : kAverageUncounted);
      add(kAverageFactor);
      add(flag() || rows.inside * columns.inside > 0 ? kAverageDivide : kAverageNoTaps);
      add(kAveragePixel);
      loop(kAverageChannel, kAverageChannelNext, channels());
      if (rows.inside == 0) {
        add(kAverageNoRows, channels());
      } else {
        const std::uint64_t lines = rows.inside * channels();
        add(kAverageTapRow, lines);
        if (columns.inside == 0) {
          add(kAverageNoTap, lines);
        } else {
          add(kAverageTap, lines * columns.inside);
          add(kAverageTapNext, lines * (columns.inside - 1));
        }
        add(kAverageTapRowEnd, lines);
        add(kAverageTapRowNext, lines - channels());
      }
      add(kAverageSum, channels());
      add(shifts() ? kAverageShift : kAverageUnshifted, channels());
      add(kAverageClamp, channels());
      add(kAveragePixelEnd);
      if (x + 1 < out_width()) add(kAveragePixelNext);
    }
    add(kAverageLineEnd);
    if (y + 1 < out_height()) add(kAverageLineNext);
  }
  add(kAverageEnd);
}

void Kernel::conv() {
  const std::uint32_t groups = low(LEYDEN_CORE_WORD_GROUPS);
  const std::uint64_t pixels = std::uint64_t{out_width()} * out_height();
  const std::uint64_t results = pixels * outputs();
  add(kConv);
  loop(kConvLine, kConvLineNext, out_height());
  add(kConvPixel, pixels);
  add(kConvPixelNext, pixels - out_height());
  add(kConvGroup, pixels * groups);
  add(kConvGroupNext, pixels * (groups - 1));
  add(kConvOutput, results);
  add(kConvOutputNext, results - pixels * groups);
  add(kConvSum, results);
  add(shifts() ? kConvShift : kConvUnshifted, results);
  add(kConvClamp, results);
  add(kConvGroupEnd, pixels * groups);
  add(kConvPixelEnd, pixels);
  add(kConvLineEnd, out_height());
  add(kConvEnd);
  conv_taps(groups);
}

void Kernel::conv_taps(std::uint32_t groups) {
  const std::uint32_t kernel_width = byte(LEYDEN_CORE_WORD_WINDOW, 0);
  const std::uint32_t kernel_height = byte(LEYDEN_CORE_WORD_WINDOW, 1);
  const std::uint64_t count = channels() / groups;
  std::uint64_t apart = 0, aligned = 0;
  const std::vector<std::uint64_t> on_words = outputs_on_words(groups);
  for (std::uint32_t y = 0; y < out_height(); ++y) {
    const Taps rows = taps(y, true);
    const std::uint64_t lines = std::uint64_t{outputs()} * rows.inside;
    add(kConvRowAbove, outputs() * rows.before * out_width());
    add(kConvRowBelow, outputs() * rows.behind * out_width());
    add(kConvRow, lines * out_width());
    add(kConvTapsEnd, lines * out_width());
    add(kConvRowEnd, std::uint64_t{outputs()} * kernel_height * out_width());
    add(kConvRowNext, std::uint64_t{outputs()} * (kernel_height - 1) * out_width());
    for (std::uint32_t x = 0; x < out_width(); ++x) {
      const Taps columns = taps(x, false);
      add(kConvTapLeft, lines * columns.before);
      add(kConvTapRight, lines * columns.behind);
      add(kConvTap, lines * columns.inside);
      add(kConvTapEnd, lines * kernel_width);
      add(kConvTapNext, lines * (kernel_width - 1));
      // Taps whose codes and weights both begin on a word.
      std::uint64_t here = 0;
      for (std::uint64_t ky = 0; ky < rows.inside; ++ky) {
        for (std::uint64_t kx = 0; kx < columns.inside; ++kx) {
          const std::uint64_t row = rows.first + ky * byte(LEYDEN_CORE_WORD_PAD, 3);
          const std::uint64_t at = columns.first + kx * byte(LEYDEN_CORE_WORD_PAD, 2);
          const std::uint64_t from = source() + (row * in_width() + at) * channels();
          const std::uint64_t tap = (rows.before + ky) * kernel_width + columns.before + kx;
          for (std::uint32_t group = 0; group < groups; ++group) {
            if ((from + group * count) % 4 == 0) here += on_words[tap * groups + group];
          }
        }
      }
      aligned += here;
      apart += lines * columns.inside - here;
    }
  }
  const std::uint64_t words = count / 4;
  const std::uint64_t rest = count % 4;
  add(kConvTapApart, apart);
  add(kConvTapAligned, aligned);
  if (words == 0) {
    add(kConvTapFew, aligned);
  } else {
    add(kConvWords, aligned);
    add(kConvWord, aligned * words);
    add(kConvWordNext, aligned * (words - 1));
    add(kConvWordsEnd, aligned);
  }
  add(kConvRest, apart + aligned);
  add(kConvByte, apart * count + aligned * rest);
  add(kConvByteNext, apart * (count - 1) + (rest > 0 ? aligned * (rest - 1) : 0));
  add(kConvBytesEnd, apart + (rest > 0 ? aligned : 0));
  if (rest == 0) add(kConvRestNothing, aligned);
}

std::vector<std::uint64_t> Kernel::outputs_on_words(std::uint32_t groups) const {
  const std::uint64_t count = channels() / groups;
  const std::uint64_t all =
      std::uint64_t{byte(LEYDEN_CORE_WORD_WINDOW, 0)} * byte(LEYDEN_CORE_WORD_WINDOW, 1);
  std::vector<std::uint64_t> on_words(all * groups);
  for (std::uint64_t tap = 0; tap < all; ++tap) {
    for (std::uint64_t o = 0; o < outputs(); ++o) {
      const std::uint64_t group = o / (outputs() / groups);
      if ((o * all + tap) * count % 4 == 0) ++on_words[tap * groups + group];
    }
  }
  return on_words;
}

}  // namespace leyden::compiler::core
