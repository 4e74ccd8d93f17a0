#include "platform/compiler/core_step.h"

#include "models/base/error.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr std::uint64_t kMostRowElements = 65535;  // their sum of products fits 32 bits

/// The words of a step, read by name.
struct CoreWords {
  const leyden_step& step;

  std::uint64_t half(unsigned word, unsigned index) const {
    return step.words[word] >> 16 * index & 0xffffu;
  }
  std::uint64_t byte(unsigned word, unsigned index) const {
    return step.words[word] >> 8 * index & 0xffu;
  }
  std::uint64_t kernel() const { return byte(LEYDEN_CORE_WORD_KERNEL, 0); }
  std::uint64_t pixels(unsigned word) const { return half(word, 0) * half(word, 1); }
  std::uint64_t in_channels() const { return half(LEYDEN_CORE_WORD_CHANNELS, 0); }
  std::uint64_t out_channels() const { return half(LEYDEN_CORE_WORD_CHANNELS, 1); }
  std::uint64_t groups() const { return half(LEYDEN_CORE_WORD_GROUPS, 0); }
  std::uint64_t in_bytes() const { return pixels(LEYDEN_CORE_WORD_IN_SIZE) * in_channels(); }
  std::uint64_t out_bytes() const { return pixels(LEYDEN_CORE_WORD_OUT_SIZE) * out_channels(); }
  std::uint64_t row_elements() const {
    return byte(LEYDEN_CORE_WORD_WINDOW, 0) * byte(LEYDEN_CORE_WORD_WINDOW, 1) * in_channels() /
           groups();
  }
  bool has_window() const {
    for (unsigned i = 0; i < 4; ++i) {
      if (byte(LEYDEN_CORE_WORD_WINDOW, i) == 0) return false;
    }
    return byte(LEYDEN_CORE_WORD_PAD, 2) != 0 && byte(LEYDEN_CORE_WORD_PAD, 3) != 0;
  }
  bool same_size() const {
    return step.words[LEYDEN_CORE_WORD_IN_SIZE] == step.words[LEYDEN_CORE_WORD_OUT_SIZE];
  }
};

bool shapes_fit(const CoreWords& words) {
  const bool same_channels = words.in_channels() == words.out_channels();
  if (words.in_bytes() == 0 || words.out_bytes() == 0) return false;
  if (words.byte(LEYDEN_CORE_WORD_KERNEL, 3) > 31 ||
      words.byte(LEYDEN_CORE_WORD_KERNEL, 1) > words.byte(LEYDEN_CORE_WORD_KERNEL, 2)) {
    return false;
  }
  switch (words.kernel()) {
    case LEYDEN_CORE_COPY:
    case LEYDEN_CORE_FLATTEN:
      return words.in_bytes() == words.out_bytes();
    case LEYDEN_CORE_PAD:
      return same_channels;
    case LEYDEN_CORE_MAX_POOL:
      return same_channels && words.has_window();
    case LEYDEN_CORE_AVERAGE_POOL:
      return same_channels && words.has_window() &&
             words.step.words[LEYDEN_CORE_WORD_FACTOR] <= 0x7fffffffu;
    case LEYDEN_CORE_SOFTMAX:
    case LEYDEN_CORE_LOG_SOFTMAX:
      return same_channels && words.same_size();
    case LEYDEN_CORE_ARG_MAX:
      return words.same_size() && words.out_channels() == 1 && words.in_channels() <= 256;
    case LEYDEN_CORE_CONV:
      return words.has_window() && words.groups() != 0 &&
             words.in_channels() % words.groups() == 0 &&
             words.out_channels() % words.groups() == 0 && words.row_elements() <= kMostRowElements;
    default:
      return false;
  }
}

std::uint64_t data_bytes(const CoreWords& words) {
  switch (words.kernel()) {
    case LEYDEN_CORE_SOFTMAX:
      return 4 * (LEYDEN_CORE_EXP_ENTRIES + LEYDEN_CORE_EXP_ENTRIES);
    case LEYDEN_CORE_LOG_SOFTMAX:
      return 4 * (LEYDEN_CORE_EXP_ENTRIES + LEYDEN_CORE_LOG_ENTRIES);
    case LEYDEN_CORE_CONV:
      return (words.row_elements() + LEYDEN_CORE_CONV_ENTRY_BYTES) * words.out_channels();
    default:
      return 0;
  }
}

}  // namespace

void check_core_step(const leyden_step& step, const leyden_image_header& header,
                     const std::string& where) {
  const auto refuse = [&](const char* what) {
    throw base::UsageError(where + ": a step of the core " + what);
  };
  const CoreWords words{step};
  if (step.unit >> 8 != 0 || step.word_count != LEYDEN_CORE_WORDS ||
      words.kernel() >= LEYDEN_CORE_KERNELS) {
    refuse("names a kernel or a word count that does not exist");
  }
  if (!shapes_fit(words)) refuse("has shapes that do not fit together");
  if (step.spaces != LEYDEN_SPACE_BUS && step.spaces != LEYDEN_SPACE_IMAGE) {
    refuse("names a space that it cannot read from");
  }
  const auto in_lmem = [&](std::uint64_t address, std::uint64_t bytes) {
    return address >= registers::kLmemBase &&
           address + bytes <= registers::kLmemBase + header.lmem_bytes;
  };
  const std::uint64_t source = step.words[LEYDEN_CORE_WORD_SRC];
  const std::uint64_t destination = step.words[LEYDEN_CORE_WORD_DST];
  if (!in_lmem(source, words.in_bytes()) || !in_lmem(destination, words.out_bytes())) {
    refuse("uses a tensor outside LMEM");
  }
  if (source < destination + words.out_bytes() && destination < source + words.in_bytes()) {
    refuse("writes over the tensor that it reads");
  }
  const std::uint64_t data = step.words[LEYDEN_CORE_WORD_DATA];
  const std::uint64_t bytes = data_bytes(words);
  if (bytes == 0 ? data != 0 : data % 4 != 0) refuse("has tables at a place where they cannot be");
  if (bytes == 0) return;
  const bool inside = step.spaces == LEYDEN_SPACE_BUS
                          ? in_lmem(data, bytes)
                          : data >= sizeof header && data + bytes <= header.total_bytes;
  if (!inside) refuse("has tables outside LMEM and the image");
}

}  // namespace leyden::compiler
