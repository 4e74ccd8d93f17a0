#pragma once

#include <cstdint>
#include <vector>

#include "firmware/include/leyden/core_step.h"
#include "platform/compiler/cost_core.h"

namespace leyden::compiler::core {

/// Expected new maxima among `count` codes in random order, all different, the first one included.
double maxima(std::uint64_t count);
std::uint64_t rounded(double value);

/// Taps of one axis at one position of the result.
struct Taps {
  std::uint64_t before = 0, inside = 0, behind = 0;
  std::int64_t first = 0;  ///< coordinate of the first one inside
};

/// A step taken apart, and the sums over its loops.
class Kernel {
 public:
  explicit Kernel(const leyden_step& step) : words_(step.words) {}
  CoreWork work();

 private:
  std::uint32_t byte(unsigned word, unsigned n) const { return words_[word] >> 8 * n & 0xffu; }
  std::uint32_t low(unsigned word) const { return words_[word] & 0xffffu; }
  std::uint32_t high(unsigned word) const { return words_[word] >> 16; }
  std::uint32_t source() const { return words_[LEYDEN_CORE_WORD_SRC]; }
  std::uint32_t destination() const { return words_[LEYDEN_CORE_WORD_DST]; }
  std::uint32_t in_width() const { return low(LEYDEN_CORE_WORD_IN_SIZE); }
  std::uint32_t in_height() const { return high(LEYDEN_CORE_WORD_IN_SIZE); }
  std::uint32_t out_width() const { return low(LEYDEN_CORE_WORD_OUT_SIZE); }
  std::uint32_t out_height() const { return high(LEYDEN_CORE_WORD_OUT_SIZE); }
  std::uint32_t channels() const { return low(LEYDEN_CORE_WORD_CHANNELS); }
  std::uint32_t outputs() const { return high(LEYDEN_CORE_WORD_CHANNELS); }
  bool shifts() const { return byte(LEYDEN_CORE_WORD_KERNEL, 3) != 0; }
  bool flag() const { return (words_[LEYDEN_CORE_WORD_GROUPS] & LEYDEN_CORE_FLAG) != 0; }

  void add(const CoreWork& block, std::uint64_t times = 1) { work_.add(block, times); }
  /// A loop's body and the branch back to its begin.
  void loop(const CoreWork& body, const CoreWork& next, std::uint64_t times) {
    add(body, times);
    if (times > 0) add(next, times - 1);
  }

  Taps taps(std::uint32_t out, bool rows) const {
    const unsigned axis = rows ? 1 : 0;
    const std::int64_t size = rows ? in_height() : in_width();
    std::int64_t at = std::int64_t{out} * byte(LEYDEN_CORE_WORD_WINDOW, 2 + axis) -
                      byte(LEYDEN_CORE_WORD_PAD, axis);
    Taps taps;
    for (std::uint32_t k = 0; k < byte(LEYDEN_CORE_WORD_WINDOW, axis); ++k) {
      if (at >= 0 && at < size && taps.inside++ == 0) taps.first = at;
      if (at < 0) ++taps.before;
      if (at >= size) ++taps.behind;
      at += byte(LEYDEN_CORE_WORD_PAD, 2 + axis);
    }
    return taps;
  }

  void copy(std::uint32_t to, std::uint32_t from, std::uint32_t bytes);
  void copy_rest(std::uint32_t bytes);
  void fill(std::uint32_t to, std::uint32_t bytes);
  void pad();
  void flatten();
  void arg_max();
  void softmax();
  void log_softmax();
  void max_pool();
  void average_pool();
  void conv();
  void conv_taps(std::uint32_t groups);
  /// Outputs of every group whose weights of a tap begin on a word: DATA does.
  std::vector<std::uint64_t> outputs_on_words(std::uint32_t groups) const;
  /// The loop over the taps of one axis. Those before the source and behind it look different.
  struct AxisCode {
    const CoreWork &in, &first, &later, &in_end, &before, &behind, &end, &next;
  };
  void axis(const Taps& taps, const AxisCode& code);

  const std::uint32_t* words_;
  CoreWork work_;
};

}  // namespace leyden::compiler::core
