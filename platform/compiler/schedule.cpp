#include "platform/compiler/schedule.h"

#include "platform/compiler/copy_share.h"
#include "platform/compiler/core_step.h"
#include "platform/compiler/job_words.h"
#include "platform/compiler/range_loads.h"
#include "platform/compiler/tile_weights.h"
#include "platform/compiler/weight_loads.h"

namespace leyden::compiler {
namespace {

/// A job in the order of one image.
struct Job {
  std::size_t layer;
  const Tile* tile;
};

class Scheduler {
 public:
  explicit Scheduler(const Plan& plan)
      : plan_(plan),
        network_(plan.network),
        data_(plan.for_cost),
        weights_(plan, data_),
        ranges_(plan, data_) {}

  Schedule run() {
    load_resident();
    list_jobs();
    schedule_.layers.resize(network_.layers.size());
    steps_.begin(schedule_.input);
    bring_input();
    if (!jobs_.empty()) prefetch(0);
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      steps_.begin(schedule_.layers[i]);
      add_layer(i);
    }
    steps_.begin(schedule_.output);
    send_output();
    schedule_.data_bytes = data_.size();
    schedule_.data = data_.take();
    return std::move(schedule_);
  }

 private:
  void load_resident() {
    steps_.begin(schedule_.load);
    for (const LayerPlan& layer : plan_.layers) {
      for (const Tile& tile : layer.mapping.tiles) {
        if (tile.resident) weights_.load(tile, kDataChannel, steps_);
      }
    }
    ranges_.load_fixed(steps_);
  }

  void list_jobs() {
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      const LayerPlan& made = plan_.layers[i];
      passes_.push_back(make_passes(network_, network_.layers[i], made.mapping.tiles,
                                    made.memory.slices_outer, made.memory.stripe_rows));
      for (const Pass& pass : passes_.back()) {
        for (const Tile* tile : pass.tiles) jobs_.push_back({i, tile});
      }
    }
  }

  void transfer(const Transfer& made) { steps_.add(dma_step(kDataChannel, made), uses_of(made)); }

  static Transfer from(const TensorPlace& place, std::uint64_t offset) {
    Transfer made;
    made.source = place.address + static_cast<std::uint32_t>(offset);
    made.source_space = place.space;
    return made;
  }
  static void to(Transfer& made, const TensorPlace& place, std::uint64_t offset) {
    made.destination = place.address + static_cast<std::uint32_t>(offset);
    made.destination_space = place.space;
  }

  std::uint32_t row_bytes(std::size_t tensor) const {
    const Shape& shape = network_.tensors[tensor].shape;
    return static_cast<std::uint32_t>(shape.width * shape.channels);
  }
  std::uint32_t bytes(std::size_t tensor) const {
    return static_cast<std::uint32_t>(network_.tensors[tensor].bytes());
  }

  void bring_input() {
    const TensorPlace place = plan_.place(network_.input, 0);
    if (!place.in_lmem()) return;
    Transfer made = from({LEYDEN_SPACE_INPUT, 0}, 0);
    to(made, place, 0);
    made.row_bytes = bytes(network_.input);
    transfer(made);
  }

  void send_output() {
    if (!plan_.in_lmem(network_.output)) return;
    Transfer made = from({LEYDEN_SPACE_BUS, plan_.addresses[network_.output]}, 0);
    made.destination_space = LEYDEN_SPACE_OUTPUT;
    made.row_bytes = bytes(network_.output);
    transfer(made);
  }

  void add_layer(std::size_t index) {
    const LayerMemory& memory = plan_.layers[index].memory;
    number_ = 0;
    if (network_.layers[index].kind == LayerKind::kConcat) {
      add_concat_layer(index);
      return keep_at_home(index);
    }
    load_table(index);
    for (std::size_t p = 0; p < passes_[index].size(); ++p) {
      if (p == 0 || memory.copies == 1) fetch(index, p);
      add_pass(index, p);
      store(index, p);
    }
    keep_at_home(index);
  }

  void add_pass(std::size_t index, std::size_t p) {
    const LayerPlan& made = plan_.layers[index];
    const Pass& pass = passes_[index][p];
    const Operands at = operands(index, p);
    for (std::size_t i = 0; i < pass.tiles.size(); ++i) {
      const Tile& tile = *pass.tiles[i];
      const Share share = share_of(plan_, index, pass, at, tile.copy);
      if (share.pass.rows.count > 0) {
        if (!loaded_.holds(tile)) load(index, tile);
        ranges_.load(tile, abn_channel(index), steps_);
        steps_.add(cim_step(plan_, index, share.pass, share.at, tile, number_++),
                   job_uses(index, share.pass, share.at, tile));
      }
      ++next_;
      if (i == 0) fetch_early(index, p + 1);
      if (next_ < jobs_.size()) prefetch(next_);
    }
    const bool core = network_.layers[index].kind == LayerKind::kCore;
    if (core) add_core_pass(index, pass, at);
    const bool vector = !core && (pass.tiles.empty() || made.split());
    if (vector) steps_.add(vector_step(plan_, index, pass, at), vector_uses(index, pass, at));
    if (pass.tiles.empty()) fetch_early(index, p + 1);
  }

  /// Weights share the channel of nothing else where tensors travel while a layer computes.
  unsigned abn_channel(std::size_t index) const {
    const LayerMemory& memory = plan_.layers[index].memory;
    bool busy = memory.output.bytes > 0;
    for (const LmemBuffer& input : memory.inputs) busy = busy || input.bytes > 0;
    return busy ? kWeightChannel : kDataChannel;
  }
  void load(std::size_t index, const Tile& tile) {
    weights_.load(tile, abn_channel(index), steps_);
    loaded_.load(tile);
  }

  /// Loads the tile of a job early when what it overwrites is not in use.
  void prefetch(std::size_t job) {
    const Tile& tile = *jobs_[job].tile;
    if (loaded_.holds(tile) || !weights_.is_free(tile, steps_)) return;
    load(jobs_[job].layer, tile);
  }

  void load_table(std::size_t index) {
    const LayerPlan& made = plan_.layers[index];
    const std::size_t count = made.table_bytes();
    if (count == 0 || made.table_address == 0) return;
    Transfer brought = from({LEYDEN_SPACE_IMAGE, append_table(made)}, 0);
    brought.destination = made.table_address;
    brought.row_bytes = static_cast<std::uint32_t>(count);
    transfer(brought);
  }

  /// A layer has a table of entries or constants, not both.
  std::uint32_t append_table(const LayerPlan& made) {
    const auto* entries = reinterpret_cast<const std::uint8_t*>(made.table.data());
    return data_.append(made.table.empty() ? made.constants.data() : entries, made.table_bytes());
  }

  /// A transfer an input: its channels of every pixel to their place among all channels.
  void add_concat_layer(std::size_t index) {
    const QuantLayer& layer = network_.layers[index];
    const auto pixel = static_cast<std::uint32_t>(network_.tensors[layer.output].shape.channels);
    std::uint32_t channel = 0;
    for (const std::size_t input : layer.inputs) {
      const Shape& shape = network_.tensors[input].shape;
      Transfer part = from(plan_.place(input, index), 0);
      to(part, plan_.place(layer.output, index), channel);
      part.row_bytes = static_cast<std::uint32_t>(shape.channels);
      part.rows = static_cast<std::uint32_t>(shape.pixels());
      part.source_stride = part.row_bytes;
      part.destination_stride = pixel;
      transfer(part);
      channel += part.row_bytes;
    }
  }

  /// Work of the core is done when the next step begins; its constants may stay in the image.
  void add_core_pass(std::size_t index, const Pass& pass, const Operands& at) {
    const LayerPlan& made = plan_.layers[index];
    const bool in_image = made.table_address == 0 && !made.constants.empty();
    steps_.add(core_step(plan_, index, at, in_image ? append_table(made) : 0),
               vector_uses(index, pass, at));
  }

  /// Brings the input rows of a pass from off-chip memory.
  void fetch(std::size_t index, std::size_t p) {
    const QuantLayer& layer = network_.layers[index];
    const LayerMemory& memory = plan_.layers[index].memory;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      const LmemBuffer& buffer = memory.inputs[k];
      if (buffer.bytes == 0 || !needs_fetch(passes_[index], p, k, memory.copies)) continue;
      const std::uint64_t row = row_bytes(layer.inputs[k]);
      const RowRange& rows = passes_[index][p].inputs[k].rows;
      Transfer made = from(plan_.place(layer.inputs[k], index), rows.first * row);
      made.destination = copy_address(buffer, memory, p);
      made.row_bytes = static_cast<std::uint32_t>(rows.count * row);
      transfer(made);
    }
  }

  /// With two copies of the buffers: the rows of the next pass, while this one computes.
  void fetch_early(std::size_t index, std::size_t p) {
    if (plan_.layers[index].memory.copies > 1 && p < passes_[index].size()) fetch(index, p);
  }

  /// Brings the results of a pass to where the output lives.
  void store(std::size_t index, std::size_t p) {
    const QuantLayer& layer = network_.layers[index];
    const LayerMemory& memory = plan_.layers[index].memory;
    if (memory.output.bytes == 0) return;
    const Shape& out = network_.tensors[layer.output].shape;
    const Pass& pass = passes_[index][p];
    const auto channels = static_cast<std::uint32_t>(out.channels);
    const auto pixels = pass.rows.count * static_cast<std::uint32_t>(out.width);
    Transfer made = from({LEYDEN_SPACE_BUS, copy_address(memory.output, memory, p)}, 0);
    to(made, plan_.place(layer.output, index),
       std::uint64_t{pass.rows.first} * row_bytes(layer.output) + pass.output_first);
    const bool whole = pass.output_count == channels;
    made.row_bytes = whole ? pixels * channels : pass.output_count;
    made.rows = whole ? 1 : pixels;
    made.source_stride = whole ? 0 : pass.output_count;
    made.destination_stride = whole ? 0 : channels;
    transfer(made);
  }

  /// An output that stays in LMEM for its first readers goes to its home as well.
  void keep_at_home(std::size_t index) {
    const std::size_t output = network_.layers[index].output;
    if (!plan_.copies[output].used) return;
    Transfer made = from(plan_.place(output, index), 0);
    to(made, {plan_.homes[output], plan_.addresses[output]}, 0);
    made.row_bytes = bytes(output);
    transfer(made);
  }

  static std::uint32_t copy_address(const LmemBuffer& buffer, const LayerMemory& memory,
                                    std::size_t p) {
    return buffer.address + static_cast<std::uint32_t>(p % memory.copies) * buffer.bytes;
  }

  Operands operands(std::size_t index, std::size_t p) const {
    const QuantLayer& layer = network_.layers[index];
    const LayerMemory& memory = plan_.layers[index].memory;
    const Pass& pass = passes_[index][p];
    Operands at;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      const std::size_t tensor = layer.inputs[k];
      at.inputs.push_back(memory.inputs[k].bytes > 0
                              ? copy_address(memory.inputs[k], memory, p)
                              : plan_.place(tensor, index).address +
                                    pass.inputs[k].rows.first * row_bytes(tensor));
    }
    const bool buffered = memory.output.bytes > 0;
    at.pixel_channels =
        buffered ? pass.output_count
                 : static_cast<std::uint32_t>(network_.tensors[layer.output].shape.channels);
    at.partials = memory.partials.address;
    at.output = buffered ? copy_address(memory.output, memory, p)
                         : plan_.place(layer.output, index).address +
                               pass.rows.first * row_bytes(layer.output) + pass.output_first;
    return at;
  }

  std::vector<Use> input_uses(std::size_t index, const Pass& pass, const Operands& at) const {
    const QuantLayer& layer = network_.layers[index];
    std::vector<Use> uses;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      const std::uint64_t length =
          std::uint64_t{pass.inputs[k].rows.count} * row_bytes(layer.inputs[k]);
      uses.push_back({{LEYDEN_SPACE_BUS, at.inputs[k], length, 1, 0}, false});
    }
    return uses;
  }

  std::uint64_t pixels(std::size_t index, const Pass& pass) const {
    return pass.rows.count *
           static_cast<std::uint64_t>(network_.tensors[network_.layers[index].output].shape.width);
  }

  std::vector<Use> job_uses(std::size_t index, const Pass& pass, const Operands& at,
                            const Tile& tile) const {
    const LayerPlan& made = plan_.layers[index];
    std::vector<Use> uses = input_uses(index, pass, at);
    for (const Use& use : weights_.uses(tile, false)) uses.push_back(use);
    for (const Use& use : ranges_.uses(tile, false)) uses.push_back(use);
    const std::uint64_t element = made.split() ? kPartialBytes : 1;
    const std::uint64_t base =
        made.split() ? at.partials + std::uint64_t{tile.part} * made.part_stride : at.output;
    const std::uint64_t pixel = (made.split() ? pass.output_count : at.pixel_channels) * element;
    uses.push_back({{LEYDEN_SPACE_BUS, base + (tile.output_first - pass.output_first) * element,
                     tile.output_count * element, pixels(index, pass), pixel},
                    true});
    return uses;
  }

  std::vector<Use> vector_uses(std::size_t index, const Pass& pass, const Operands& at) const {
    const LayerPlan& made = plan_.layers[index];
    const std::uint64_t outputs = pixels(index, pass) * pass.output_count;
    std::vector<Use> uses;
    if (made.split()) {
      uses.push_back({{LEYDEN_SPACE_BUS, made.memory.partials.address, outputs * kPartialBytes,
                       made.mapping.parts, made.part_stride},
                      false});
    } else {
      uses = input_uses(index, pass, at);
    }
    const std::size_t table = made.table_address == 0 ? 0 : made.table_bytes();
    if (table > 0) uses.push_back({{LEYDEN_SPACE_BUS, made.table_address, table, 1, 0}, false});
    uses.push_back({{LEYDEN_SPACE_BUS, at.output, outputs, 1, 0}, true});
    return uses;
  }

  const Plan& plan_;
  const QuantNetwork& network_;
  Schedule schedule_;
  ImageData data_;
  WeightLoads weights_;
  RangeLoads ranges_;
  LoadedTiles loaded_;
  StepList steps_;
  std::vector<std::vector<Pass>> passes_;  ///< [layer]
  std::vector<Job> jobs_;
  std::size_t next_ = 0;      ///< job that is started next
  std::uint32_t number_ = 0;  ///< of the next job within its layer
};

}  // namespace

std::vector<std::uint8_t> weight_bytes(const QuantLayer& layer, std::size_t rows, const Tile& tile,
                                       const ChipGeometry& geometry) {
  const cim::WeightLayout layout = geometry.layout(layer.weight_bits);
  const std::size_t row_bytes = std::size_t{tile.columns} * geometry.cell_bits / 8;
  std::vector<std::uint8_t> levels(layout.width());
  std::vector<std::int8_t> weights(tile.window_count);
  std::vector<std::uint8_t> bytes(tile.window_count * row_bytes);
  for (unsigned j = 0; j < tile.output_count; ++j) {
    tile_column(layer, rows, tile, j, weights.data());
    for (unsigned r = 0; r < tile.window_count; ++r) {
      layout.encode(weights[r], levels.data());
      for (unsigned k = 0; k < layout.width(); ++k) {
        const std::size_t bit = (std::size_t{j} * layout.width() + k) * geometry.cell_bits;
        // A level of 3 bits may lie across two bytes.
        const unsigned placed = unsigned{levels[k]} << bit % 8;
        std::uint8_t* to = bytes.data() + r * row_bytes + bit / 8;
        to[0] = static_cast<std::uint8_t>(to[0] | (placed & 0xffu));
        if (placed > 0xff) to[1] = static_cast<std::uint8_t>(to[1] | placed >> 8);
      }
    }
  }
  return bytes;
}

Schedule make_schedule(const Plan& plan) { return Scheduler(plan).run(); }

}  // namespace leyden::compiler
