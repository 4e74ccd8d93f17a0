#include "platform/compiler/core_step.h"

#include "models/base/error.h"
#include "platform/compiler/job_words.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

static_assert(static_cast<int>(CoreKernel::kCopy) == LEYDEN_CORE_COPY);
static_assert(static_cast<int>(CoreKernel::kFlatten) == LEYDEN_CORE_FLATTEN);
static_assert(static_cast<int>(CoreKernel::kPad) == LEYDEN_CORE_PAD);
static_assert(static_cast<int>(CoreKernel::kMaxPool) == LEYDEN_CORE_MAX_POOL);
static_assert(static_cast<int>(CoreKernel::kAveragePool) == LEYDEN_CORE_AVERAGE_POOL);
static_assert(static_cast<int>(CoreKernel::kSoftmax) == LEYDEN_CORE_SOFTMAX);
static_assert(static_cast<int>(CoreKernel::kLogSoftmax) == LEYDEN_CORE_LOG_SOFTMAX);
static_assert(static_cast<int>(CoreKernel::kArgMax) == LEYDEN_CORE_ARG_MAX);
static_assert(static_cast<int>(CoreKernel::kConv) == LEYDEN_CORE_CONV);

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

/// Bytes and half words of a step's words.
class WordSetter {
 public:
  explicit WordSetter(const std::string& layer) : words_(0, LEYDEN_CORE_WORDS, layer) {}

  void byte(unsigned word, unsigned index, std::int64_t value, const char* what) {
    words_.set(4 * word, {8 * index, 8}, static_cast<std::uint64_t>(value), what);
  }
  void half(unsigned word, unsigned index, std::int64_t value, const char* what) {
    words_.set(4 * word, {16 * index, 16}, static_cast<std::uint64_t>(value), what);
  }
  void whole(unsigned word, std::uint32_t value) { words_.set(4 * word, value); }
  void size(unsigned word, const Shape& shape) {
    half(word, 0, shape.width, "width");
    half(word, 1, shape.height, "height");
  }
  leyden_step step() const { return words_.step(LEYDEN_UNIT_CORE, 0); }

 private:
  JobWords words_;
};

void set_window(const QuantLayer& layer, WordSetter& words) {
  const Window& window = layer.window;
  words.byte(LEYDEN_CORE_WORD_WINDOW, 0, window.kernel_width, "kernel width");
  words.byte(LEYDEN_CORE_WORD_WINDOW, 1, window.kernel_height, "kernel height");
  words.byte(LEYDEN_CORE_WORD_WINDOW, 2, window.stride_x, "stride");
  words.byte(LEYDEN_CORE_WORD_WINDOW, 3, window.stride_y, "stride");
  words.byte(LEYDEN_CORE_WORD_PAD, 0, window.pad_left, "padding");
  words.byte(LEYDEN_CORE_WORD_PAD, 1, window.pad_top, "padding");
  words.byte(LEYDEN_CORE_WORD_PAD, 2, window.dilation_x, "dilation");
  words.byte(LEYDEN_CORE_WORD_PAD, 3, window.dilation_y, "dilation");
}

}  // namespace

leyden_step core_step(const Plan& plan, std::size_t index, const Operands& at,
                      std::uint32_t in_image) {
  const QuantLayer& layer = plan.network.layers[index];
  const LayerPlan& made = plan.layers[index];
  const CoreWork& core = layer.core;
  const Shape& in = plan.network.tensors[layer.inputs[0]].shape;
  const Shape& out = plan.network.tensors[layer.output].shape;
  WordSetter words(layer.name);
  words.byte(LEYDEN_CORE_WORD_KERNEL, 0, static_cast<int>(core.kernel), "kernel");
  words.byte(LEYDEN_CORE_WORD_KERNEL, 1, layer.result.low, "lowest result");
  words.byte(LEYDEN_CORE_WORD_KERNEL, 2, layer.result.high, "highest result");
  words.byte(LEYDEN_CORE_WORD_KERNEL, 3, layer.result.shift, "shift");
  words.whole(LEYDEN_CORE_WORD_SRC, at.inputs[0]);
  words.whole(LEYDEN_CORE_WORD_DST, at.output);
  const bool loaded = made.table_address != 0;
  words.whole(LEYDEN_CORE_WORD_DATA, loaded ? made.table_address : in_image);
  words.size(LEYDEN_CORE_WORD_IN_SIZE, in);
  words.size(LEYDEN_CORE_WORD_OUT_SIZE, out);
  words.half(LEYDEN_CORE_WORD_CHANNELS, 0, in.channels, "channels");
  words.half(LEYDEN_CORE_WORD_CHANNELS, 1, out.channels, "channels");
  set_window(layer, words);
  words.half(LEYDEN_CORE_WORD_GROUPS, 0, layer.groups, "groups");
  words.byte(LEYDEN_CORE_WORD_GROUPS, 2, core.fill, "zero point");
  words.byte(LEYDEN_CORE_WORD_GROUPS, 3, core.flag ? 1 : 0, "flag");
  words.whole(LEYDEN_CORE_WORD_FACTOR, static_cast<std::uint32_t>(core.factor));
  words.whole(LEYDEN_CORE_WORD_SECOND, static_cast<std::uint32_t>(core.second));
  words.whole(LEYDEN_CORE_WORD_OFFSET, static_cast<std::uint32_t>(core.offset));
  leyden_step step = words.step();
  if (!loaded && !made.constants.empty()) step.spaces = LEYDEN_SPACE_IMAGE;
  return step;
}

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
