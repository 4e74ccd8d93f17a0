#include "platform/compiler/layer_room.h"

#include <algorithm>

#include "platform/compiler/weight_loads.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr std::uint64_t kAlignment = 16;
constexpr std::uint64_t kBurst = 256;
constexpr std::uint64_t kBurstCost = 240;  // 60 ns and the way on the bus: 30 cycles of 8 bytes
constexpr std::uint64_t kStepCost = 800;   // about 100 cycles of the core: words, start, interrupt

std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::uint32_t bus_address(std::uint32_t offset) {
  return static_cast<std::uint32_t>(registers::kLmemBase) + offset;
}

/// One way of a layer: its passes, and the bytes of its buffers.
class Way {
 public:
  Way(const Plan& plan, std::size_t index, const LayerNeeds& needs)
      : plan_(plan),
        index_(index),
        layer_(plan.network.layers[index]),
        made_(plan.layers[index]),
        needs_(needs),
        out_(plan.network.tensors[layer_.output].shape) {}

  void choose(bool slices_outer, std::uint32_t stripe_rows, std::uint32_t copies) {
    room_ = {};
    room_.memory.slices_outer = slices_outer;
    room_.memory.stripe_rows = stripe_rows;
    room_.memory.copies = copies;
    passes_ = make_passes(plan_.network, layer_, made_.mapping.tiles, slices_outer, stripe_rows);
    std::uint64_t most_outputs = 0;
    bool slices = false;
    std::vector<std::uint64_t> rows(layer_.inputs.size());
    for (const Pass& pass : passes_) {
      most_outputs =
          std::max(most_outputs, std::uint64_t{pass.rows.count} *
                                     static_cast<std::uint64_t>(out_.width) * pass.output_count);
      slices = slices || pass.output_count != out_.channels;
      for (std::size_t k = 0; k < rows.size(); ++k) {
        rows[k] = std::max<std::uint64_t>(rows[k], pass.inputs[k].rows.count);
      }
    }
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const Shape& in = plan_.network.tensors[layer_.inputs[k]].shape;
      const std::uint64_t bytes = rows[k] * static_cast<std::uint64_t>(in.width * in.channels);
      room_.memory.inputs.push_back(buffer(needs_.inputs_off_chip[k] ? bytes : 0));
    }
    // Accumulation writes pixel after pixel, so a slice needs a place of its own.
    const bool staged = needs_.output_off_chip || (made_.split() && slices);
    room_.memory.output = buffer(staged ? most_outputs : 0);
    if (!made_.split()) return;
    room_.part_stride = static_cast<std::uint32_t>(aligned(most_outputs * kPartialBytes));
    room_.memory.partials = buffer(std::uint64_t{room_.part_stride} * made_.mapping.parts);
  }

  std::uint64_t table_bytes() const { return use_table_ ? made_.table_bytes() : 0; }
  std::uint64_t total_bytes() const {
    return room_.buffer_bytes() + room_.memory.partials.bytes + aligned(table_bytes());
  }
  std::size_t passes() const { return passes_.size(); }

  /// Places the buffers. @return whether all found room
  bool place(const LmemAllocator& lmem) {
    use_table_ = true;
    if (place_by_bank(lmem) || place_by_size(lmem)) return true;
    // The core can read its constants where the image lies, if slowly.
    use_table_ = layer_.kind != LayerKind::kCore;
    return !use_table_ && (place_by_bank(lmem) || place_by_size(lmem));
  }

  LayerRoom finish() {
    count_tensors();
    count_weights();
    return room_;
  }

 private:
  static LmemBuffer buffer(std::uint64_t bytes) {
    return {0, static_cast<std::uint32_t>(std::min<std::uint64_t>(aligned(bytes), 0xfffffff0u))};
  }

  /// The output's rows and the partial sums go to the bank that the inputs are not in.
  bool place_by_bank(LmemAllocator lmem) {
    const unsigned other = other_bank(lmem);
    LayerMemory& memory = room_.memory;
    LmemBuffer table = buffer(table_bytes());
    bool good = take(lmem, table, 1, 1 - other) && take(lmem, memory.partials, 1, other) &&
                take(lmem, memory.output, memory.copies, other);
    for (LmemBuffer& input : memory.inputs) {
      good = good && take(lmem, input, memory.copies, 1 - other);
    }
    room_.table_address = table.address;
    room_.peak_bytes = lmem.peak();
    return good;
  }

  /// The largest first: less is left between them.
  bool place_by_size(LmemAllocator lmem) {
    LayerMemory& memory = room_.memory;
    LmemBuffer table = buffer(table_bytes());
    std::vector<std::pair<LmemBuffer*, std::uint32_t>> all{
        {&table, 1}, {&memory.partials, 1}, {&memory.output, memory.copies}};
    for (LmemBuffer& input : memory.inputs) all.emplace_back(&input, memory.copies);
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return std::uint64_t{a.first->bytes} * a.second > std::uint64_t{b.first->bytes} * b.second;
    });
    for (const auto& [piece, copies] : all) {
      if (!take(lmem, *piece, copies, 0)) return false;
    }
    room_.table_address = table.address;
    room_.peak_bytes = lmem.peak();
    return true;
  }

  unsigned other_bank(const LmemAllocator& lmem) const {
    const auto bank = [&](std::size_t tensor) {
      return std::min(1u, lmem.bank_of(plan_.place(tensor, index_).address - bus_address(0)));
    };
    if (!needs_.inputs_off_chip[0]) return 1 - bank(layer_.inputs[0]);
    return needs_.output_off_chip ? 1 : bank(layer_.output);
  }

  static bool take(LmemAllocator& lmem, LmemBuffer& buffer, std::uint32_t copies, unsigned bank) {
    if (buffer.bytes == 0) return true;
    const auto offset = lmem.allocate(std::uint64_t{buffer.bytes} * copies, bank);
    if (offset) buffer.address = bus_address(*offset);
    return offset.has_value();
  }

  void count_tensors() {
    LayerMemory& memory = room_.memory;
    for (std::size_t p = 0; p < passes_.size(); ++p) {
      const Pass& pass = passes_[p];
      room_.cost += kStepCost * (pass.tiles.size() + (pass.tiles.empty() || made_.split() ? 1 : 0));
      for (std::size_t k = 0; k < memory.inputs.size(); ++k) {
        if (memory.inputs[k].bytes == 0 || !needs_fetch(passes_, p, k, memory.copies)) continue;
        const Shape& in = plan_.network.tensors[layer_.inputs[k]].shape;
        const std::uint64_t bytes =
            pass.inputs[k].rows.count * static_cast<std::uint64_t>(in.width * in.channels);
        memory.read_bytes += bytes;
        room_.cost += transfer_cost(1, bytes);
      }
      if (memory.output.bytes == 0) continue;
      const std::uint64_t pixels = pass.rows.count * static_cast<std::uint64_t>(out_.width);
      if (needs_.output_off_chip) memory.written_bytes += pixels * pass.output_count;
      room_.cost += pass.output_count == out_.channels
                        ? transfer_cost(1, pixels * pass.output_count)
                        : transfer_cost(pixels, pass.output_count);
    }
  }

  void count_weights() {
    LoadedTiles loaded;
    for (const Pass& pass : passes_) {
      for (const Tile* tile : pass.tiles) {
        if (loaded.holds(*tile)) continue;
        loaded.load(*tile);
        room_.cost +=
            transfer_cost(tile->window_count, tile->columns * plan_.geometry.cell_bits / 8) +
            transfer_cost(1, tile->output_count * 4u);
      }
    }
  }

  const Plan& plan_;
  std::size_t index_;
  const QuantLayer& layer_;
  const LayerPlan& made_;
  const LayerNeeds& needs_;
  const Shape& out_;
  std::vector<Pass> passes_;
  bool use_table_ = true;  ///< it has a place in LMEM
  LayerRoom room_;
};

/// Rows of a stripe when the output is cut into 1, 2, 3 ... stripes of equal rows.
std::vector<std::uint32_t> stripe_heights(const QuantLayer& layer, std::uint32_t height) {
  std::vector<std::uint32_t> rows{height};
  if (!has_row_windows(layer)) return rows;
  for (std::uint32_t stripes = 2; rows.back() > 1; ++stripes) {
    const std::uint32_t next = (height + stripes - 1) / stripes;
    if (next != rows.back()) rows.push_back(next);
  }
  return rows;
}

}  // namespace

std::uint64_t transfer_cost(std::uint64_t rows, std::uint64_t row_bytes) {
  return kStepCost + rows * (row_bytes + (row_bytes + kBurst - 1) / kBurst * kBurstCost);
}

namespace {

/// Joining is transfers from where the inputs live to where the output lives.
LayerRoom join_room(const Plan& plan, std::size_t index, const LayerNeeds& needs,
                    const LmemAllocator& free) {
  const QuantLayer& layer = plan.network.layers[index];
  LayerRoom room;
  room.memory.stripe_rows =
      static_cast<std::uint32_t>(plan.network.tensors[layer.output].shape.height);
  room.memory.inputs.resize(layer.inputs.size());
  room.peak_bytes = free.used_bytes();
  for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
    const Shape& in = plan.network.tensors[layer.inputs[k]].shape;
    const auto bytes = static_cast<std::uint64_t>(in.elements());
    if (needs.inputs_off_chip[k]) room.memory.read_bytes += bytes;
    if (needs.output_off_chip) room.memory.written_bytes += bytes;
    room.cost += transfer_cost(static_cast<std::uint64_t>(in.pixels()),
                               static_cast<std::uint64_t>(in.channels));
  }
  return room;
}

/// The way with the most rows at once that finds room.
std::optional<LayerRoom> most_rows(Way& way, const std::vector<std::uint32_t>& heights,
                                   bool slices_outer, std::uint32_t copies,
                                   const LmemAllocator& free) {
  for (const std::uint32_t rows : heights) {
    way.choose(slices_outer, rows, copies);
    if ((copies == 1 || way.passes() > 1) && way.place(free)) return way.finish();
  }
  return std::nullopt;
}

}  // namespace

std::optional<LayerRoom> find_room(const Plan& plan, std::size_t index, const LayerNeeds& needs,
                                   const LmemAllocator& free) {
  if (plan.network.layers[index].kind == LayerKind::kConcat) {
    return join_room(plan, index, needs, free);
  }
  const QuantLayer& layer = plan.network.layers[index];
  const auto height = static_cast<std::uint32_t>(plan.network.tensors[layer.output].shape.height);
  const std::vector<std::uint32_t> heights = stripe_heights(layer, height);
  Way way(plan, index, needs);
  std::optional<LayerRoom> best;
  std::uint64_t least = 0;  ///< cost of the best with one copy of the buffers
  for (const bool slices_outer : {false, true}) {
    if (slices_outer && layer.kind != LayerKind::kMacro) continue;
    const auto one = most_rows(way, heights, slices_outer, 1, free);
    if (!one || (best && one->cost >= least)) continue;
    least = one->cost;
    best = one;
    if (one->buffer_bytes() == 0) continue;
    const auto two = most_rows(way, heights, slices_outer, 2, free);
    if (two && two->cost <= least + least / 4) best = two;
  }
  return best;
}

std::uint64_t smallest_room(const Plan& plan, std::size_t index, const LayerNeeds& needs) {
  Way way(plan, index, needs);
  const QuantLayer& layer = plan.network.layers[index];
  const auto height = static_cast<std::uint32_t>(plan.network.tensors[layer.output].shape.height);
  std::uint64_t least = 0;
  for (const bool slices_outer : {false, true}) {
    way.choose(slices_outer, stripe_heights(layer, height).back(), 1);
    if (least == 0 || way.total_bytes() < least) least = way.total_bytes();
  }
  return least;
}

}  // namespace leyden::compiler
