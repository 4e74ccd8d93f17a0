#include "platform/compiler/job_words.h"

#include <algorithm>

#include "models/base/error.h"
#include "platform/compiler/tile_weights.h"
#include "registers/cim.h"
#include "registers/dma.h"
#include "registers/vector.h"

namespace leyden::compiler {
namespace {

namespace rc = registers::cim;
namespace rd = registers::dma;
namespace rv = registers::vector;

std::uint32_t narrow(std::int64_t value) { return static_cast<std::uint32_t>(value); }

void set_pool(const QuantLayer& layer, const Shape& in, const InputRows& rows, JobWords& words) {
  words.set(rv::kInSize, rv::in_size::kWidth, narrow(in.width), "input width");
  words.set(rv::kInSize, rv::in_size::kHeight, rows.rows.count, "input height");
  const Window& window = layer.window;
  words.set(rv::kKernel, rv::kernel::kWidth, narrow(window.kernel_width), "kernel width");
  words.set(rv::kKernel, rv::kernel::kHeight, narrow(window.kernel_height), "kernel height");
  words.set(rv::kKernel, rv::kernel::kStrideX, narrow(window.stride_x), "stride");
  words.set(rv::kKernel, rv::kernel::kStrideY, narrow(window.stride_y), "stride");
  words.set(rv::kPad, rv::pad::kLeft, narrow(window.pad_left), "padding");
  words.set(rv::kPad, rv::pad::kTop, narrow(rows.pad_top), "padding");
}

void set_result(const vector::Result& result, JobWords& words) {
  words.set(rv::kResult, rv::result::kShift, result.shift, "shift");
  words.set(rv::kResult, rv::result::kLow, result.low, "lowest result");
  words.set(rv::kResult, rv::result::kHigh, result.high, "highest result");
}

void set_partial(const LayerPlan& made, JobWords& words) {
  words.set(rv::kSrc0Addr, made.memory.partials.address);
  words.set(rv::kSrc1Addr, made.part_stride);
  words.set(rv::kChannels, rv::channels::kParts, made.mapping.parts, "parts");
  words.set(rv::kPartial, rv::partial::kUnits, made.format.units, "units");
  words.set(rv::kPartial, rv::partial::kInBits, made.format.in_bits, "input bits");
  words.set(rv::kPartial, rv::partial::kWeightBits, made.format.weight_bits, "weight bits");
  words.set(rv::kPartial, rv::partial::kOutBits, made.format.out_bits, "converter bits");
  set_result(made.accumulate, words);
}

vector::Operation operation_of(LayerKind kind) {
  switch (kind) {
    case LayerKind::kMaxPool:
      return vector::Operation::kMaxPool;
    case LayerKind::kAveragePool:
      return vector::Operation::kAveragePool;
    case LayerKind::kAdd:
      return vector::Operation::kAdd;
    case LayerKind::kScale:
      return vector::Operation::kScale;
    case LayerKind::kLookup:
      return vector::Operation::kLookup;
    case LayerKind::kMacro:
    case LayerKind::kConcat:
    case LayerKind::kCore:
      break;
  }
  return vector::Operation::kAccumulate;
}

}  // namespace

JobWords::JobWords(std::uint32_t first, unsigned words, std::string where)
    : first_(first), words_(words), where_(std::move(where)) {}

void JobWords::set(std::uint32_t offset, base::Field field, std::uint64_t value, const char* what) {
  std::uint32_t& word = words_.at((offset - first_) / 4);
  const auto narrowed = static_cast<std::uint32_t>(value);
  word = field.set(word, narrowed);
  if (narrowed != value || field.get(word) != narrowed) {
    throw base::UsageError("layer '" + where_ + "': " + what + " of " + std::to_string(value) +
                           " does not fit the " + std::to_string(field.width) +
                           " bits of its register field");
  }
}

void JobWords::set(std::uint32_t offset, std::uint32_t value) {
  words_.at((offset - first_) / 4) = value;
}

leyden_step JobWords::step(leyden_unit unit, unsigned instance) const {
  leyden_step made{};
  made.unit = static_cast<std::uint32_t>(unit) | instance << 8;
  made.word_count = static_cast<std::uint32_t>(words_.size());
  std::copy(words_.begin(), words_.end(), made.words);
  return made;
}

leyden_step cim_step(const Plan& plan, std::size_t index, const Pass& pass, const Operands& at,
                     const Tile& tile, std::uint32_t number) {
  const QuantLayer& layer = plan.network.layers[index];
  const LayerPlan& made = plan.layers[index];
  const QuantTensor& in = plan.network.tensors[layer.inputs[0]];
  const QuantTensor& out = plan.network.tensors[layer.output];
  const Window& window = layer.window;
  const InputRows& region = pass.inputs[0];
  const std::uint32_t element = made.split() ? kPartialBytes : 1;
  const std::uint32_t pixel = (made.split() ? pass.output_count : at.pixel_channels) * element;
  const std::uint32_t base = made.split() ? at.partials + tile.part * made.part_stride : at.output;

  JobWords words(rc::kJobFirst, rc::kJobWords, layer.name);
  const ChannelRange channels = tile_channels(plan.network, layer, tile);
  words.set(rc::kInAddr, at.inputs[0] + narrow(channels.first));
  words.set(rc::kInSize, rc::in_size::kWidth, narrow(in.shape.width), "input width");
  words.set(rc::kInSize, rc::in_size::kHeight, region.rows.count, "input height");
  words.set(rc::kInChannels, rc::in_channels::kCount, narrow(channels.count), "channels");
  words.set(rc::kInChannels, rc::in_channels::kPixelStride, narrow(in.shape.channels),
            "bytes from a pixel to the next");
  words.set(rc::kKernel, rc::kernel::kWidth, narrow(window.kernel_width), "kernel width");
  words.set(rc::kKernel, rc::kernel::kHeight, narrow(window.kernel_height), "kernel height");
  words.set(rc::kKernel, rc::kernel::kStrideX, narrow(window.stride_x), "stride");
  words.set(rc::kKernel, rc::kernel::kStrideY, narrow(window.stride_y), "stride");
  words.set(rc::kPad, rc::pad::kLeft, narrow(window.pad_left), "padding");
  words.set(rc::kPad, rc::pad::kTop, narrow(region.pad_top), "padding");
  words.set(rc::kPad, rc::pad::kValue, narrow(in.zero_point), "zero point");
  words.set(rc::kPad, rc::pad::kDilationX, narrow(window.dilation_x - 1), "dilation less 1");
  words.set(rc::kPad, rc::pad::kDilationY, narrow(window.dilation_y - 1), "dilation less 1");
  words.set(rc::kWindow, rc::window::kFirst, tile.window_first, "first row");
  words.set(rc::kWindow, rc::window::kCount, tile.window_count, "rows");
  words.set(rc::kOutAddr, base + (tile.output_first - pass.output_first) * element);
  words.set(rc::kOutSize, rc::out_size::kWidth, narrow(out.shape.width), "output width");
  words.set(rc::kOutSize, rc::out_size::kHeight, pass.rows.count, "output height");
  words.set(rc::kOutChannels, rc::out_channels::kCount, tile.output_count, "outputs");
  words.set(rc::kOutChannels, rc::out_channels::kPixelStride, pixel,
            "bytes from an output pixel to the next");
  words.set(rc::kPlace, rc::place::kUnitFirst, tile.unit_first, "first unit");
  words.set(rc::kPlace, rc::place::kUnitCount, tile.units, "units");
  words.set(rc::kPlace, rc::place::kColumnFirst, tile.column_first, "first column");
  words.set(rc::kPrecision, rc::precision::kInBits, in.bits, "input bits");
  words.set(rc::kPrecision, rc::precision::kWeightBits, layer.weight_bits, "weight bits");
  words.set(rc::kPrecision, rc::precision::kOutBits, made.converter_bits, "converter bits");
  words.set(rc::kPrecision, rc::precision::kPartial, made.split() ? 1 : 0, "partial");
  words.set(rc::kPrecision, rc::precision::kRange, made.ranges.job(tile.part), "converter range");
  words.set(rc::kTag, rc::tag::kTile, number, "job number");
  words.set(rc::kTag, rc::tag::kAbnFirst, tile.abn_first, "first ABN entry");
  return words.step(LEYDEN_UNIT_CIM, tile.macro);
}

leyden_step vector_step(const Plan& plan, std::size_t index, const Pass& pass, const Operands& at) {
  const QuantLayer& layer = plan.network.layers[index];
  const LayerPlan& made = plan.layers[index];
  const QuantTensor& in = plan.network.tensors[layer.inputs[0]];
  const QuantTensor& out = plan.network.tensors[layer.output];

  JobWords words(rv::kJobFirst, rv::kJobWords, layer.name);
  words.set(rv::kOperation, rv::operation::kCode,
            static_cast<std::uint32_t>(operation_of(layer.kind)), "operation");
  words.set(rv::kSrc0Addr, at.inputs[0]);
  words.set(rv::kDstAddr, at.output);
  words.set(rv::kOutSize, rv::out_size::kWidth, narrow(out.shape.width), "output width");
  words.set(rv::kOutSize, rv::out_size::kHeight, pass.rows.count, "output height");
  words.set(rv::kChannels, rv::channels::kCount, pass.output_count, "channels");
  words.set(rv::kTableAddr,
            made.table_bytes() == 0
                ? 0
                : made.table_address + pass.output_first * narrow(vector::kTableEntryBytes));
  set_result(layer.result, words);
  switch (layer.kind) {
    case LayerKind::kMacro:
      set_partial(made, words);
      break;
    case LayerKind::kMaxPool:
    case LayerKind::kAveragePool:
      set_pool(layer, in.shape, pass.inputs[0], words);
      break;
    case LayerKind::kAdd:
      words.set(rv::kSrc1Addr, at.inputs[1]);
      break;
    case LayerKind::kScale:
    case LayerKind::kLookup:
      break;
    case LayerKind::kConcat:
    case LayerKind::kCore:
      throw base::ModelError("layer '" + layer.name + "' has no operation of the vector unit");
  }
  words.set(rv::kScale0, static_cast<std::uint32_t>(layer.scales.scale0));
  words.set(rv::kScale1, static_cast<std::uint32_t>(layer.scales.scale1));
  words.set(rv::kOffset, static_cast<std::uint32_t>(layer.scales.offset));
  return words.step(LEYDEN_UNIT_VECTOR, 0);
}

leyden_step dma_step(unsigned channel, const Transfer& transfer) {
  JobWords words(rd::kJobFirst, rd::kJobWords, "transfer");
  words.set(rd::kSrc, transfer.source);
  words.set(rd::kDst, transfer.destination);
  words.set(rd::kRowBytes, transfer.row_bytes);
  words.set(rd::kRows, transfer.rows);
  words.set(rd::kSrcStride, transfer.source_stride);
  words.set(rd::kDstStride, transfer.destination_stride);
  leyden_step made = words.step(LEYDEN_UNIT_DMA, channel);
  made.spaces = static_cast<std::uint32_t>(transfer.source_space) |
                static_cast<std::uint32_t>(transfer.destination_space) << 8;
  return made;
}

}  // namespace leyden::compiler
