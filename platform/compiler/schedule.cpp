#include "platform/compiler/schedule.h"

#include <algorithm>
#include <map>
#include <optional>

#include "platform/compiler/core_step.h"
#include "platform/compiler/job_words.h"
#include "platform/compiler/tile_weights.h"
#include "registers/cim.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr unsigned kDataChannel = 0;
constexpr unsigned kWeightChannel = 1;
constexpr std::uint32_t kWaitLoaded =
    LEYDEN_WAIT_DMA(kDataChannel) | LEYDEN_WAIT_DMA(kWeightChannel);
constexpr std::size_t kAlignment = 16;
// An ABN entry (configs/registers/cim.yaml, the weight window).
constexpr std::uint32_t kAbnBytes = 4;
constexpr base::Field kAbnGamma{0, 16};
constexpr base::Field kAbnBeta{16, 16};

/// A job in the order of one image.
struct Job {
  std::size_t layer;
  const Tile* tile;
  RowRange rows;
  std::uint32_t number;  ///< within the layer
  bool last_of_chunk;
};

bool overlap(unsigned a, unsigned a_count, unsigned b, unsigned b_count) {
  return a < b + b_count && b < a + a_count;
}

/// Two tiles that share cells or ABN entries of a macro.
bool collide(const Tile& a, const Tile& b) {
  if (a.macro != b.macro) return false;
  return (overlap(a.unit_first, a.units, b.unit_first, b.units) &&
          overlap(a.column_first, a.columns, b.column_first, b.columns)) ||
         overlap(a.abn_first, a.output_count, b.abn_first, b.output_count);
}

class Scheduler {
 public:
  explicit Scheduler(const Plan& plan) : plan_(plan), network_(plan.network) {}

  Schedule run() {
    load_resident();
    schedule_.layers.resize(network_.layers.size());
    const QuantTensor& in = network_.tensors[network_.input];
    Transfer transfer;
    transfer.source_space = LEYDEN_SPACE_INPUT;
    transfer.destination = plan_.addresses[network_.input];
    transfer.row_bytes = static_cast<std::uint32_t>(in.bytes());
    schedule_.input.push_back(dma_step(kDataChannel, transfer, 0));
    list_jobs();
    if (!jobs_.empty()) prefetch(0, schedule_.input);
    std::size_t next = 0;
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      running_.clear();  // firmware waits for all units between layers
      if (network_.layers[i].kind == LayerKind::kMacro) {
        next = add_macro_layer(i, next);
      } else if (network_.layers[i].kind == LayerKind::kConcat) {
        add_concat_layer(i);
      } else if (network_.layers[i].kind == LayerKind::kCore) {
        add_core_layer(i);
      } else {
        add_vector_layer(i);
      }
    }
    const QuantTensor& out = network_.tensors[network_.output];
    Transfer result;
    result.source = plan_.addresses[network_.output];
    result.destination_space = LEYDEN_SPACE_OUTPUT;
    result.row_bytes = static_cast<std::uint32_t>(out.bytes());
    schedule_.output.push_back(dma_step(kDataChannel, result, 0));
    return std::move(schedule_);
  }

 private:
  std::uint32_t append(const std::uint8_t* bytes, std::size_t count) {
    const std::size_t offset = (schedule_.data.size() + kAlignment - 1) / kAlignment * kAlignment;
    schedule_.data.resize(offset);
    schedule_.data.insert(schedule_.data.end(), bytes, bytes + count);
    return static_cast<std::uint32_t>(offset);
  }

  /// Appends a tile's weights and ABN entries and makes the transfers that load them.
  void load(const Tile& tile, std::uint32_t wait_mask, std::vector<leyden_step>& steps) {
    const QuantLayer& layer = network_.layers[tile.layer];
    const std::uint32_t row_bytes = plan_.geometry.row_bytes();
    const unsigned cell_bits = plan_.geometry.cell_bits;
    const auto window = static_cast<std::uint32_t>(registers::kCimWeightsBase +
                                                   tile.macro * registers::kCimWeightsSize);
    const auto [weights, abn] = data_of(layer, tile);
    Transfer cells;
    cells.source = weights;
    cells.source_space = LEYDEN_SPACE_IMAGE;
    cells.destination = window + registers::cim::kWeightsWindow +
                        tile.unit_first * plan_.geometry.rows_per_unit * row_bytes +
                        tile.column_first * cell_bits / 8;
    cells.row_bytes = tile.columns * cell_bits / 8;
    cells.rows = tile.window_count;
    cells.source_stride = cells.row_bytes;
    cells.destination_stride = row_bytes;
    steps.push_back(dma_step(kWeightChannel, cells, wait_mask));
    Transfer entries;
    entries.source = abn;
    entries.source_space = LEYDEN_SPACE_IMAGE;
    entries.destination = window + registers::cim::kAbnTableWindow + tile.abn_first * kAbnBytes;
    entries.row_bytes = tile.output_count * kAbnBytes;
    steps.push_back(dma_step(kDataChannel, entries, wait_mask));
  }

  /// Offsets of a tile's weights and ABN entries; written once, however often they are loaded.
  std::pair<std::uint32_t, std::uint32_t> data_of(const QuantLayer& layer, const Tile& tile) {
    const auto found = placed_.find(&tile);
    if (found != placed_.end()) return found->second;
    const auto weights = weight_bytes(layer, network_.rows(layer), tile, plan_.geometry);
    std::vector<std::uint8_t> abn;
    for (unsigned j = 0; j < tile.output_count; ++j) {
      const AbnCode& code = plan_.layers[tile.layer].abn[tile.output_first + j];
      const std::uint32_t entry =
          kAbnGamma.set(kAbnBeta.set(0, static_cast<std::uint16_t>(code.beta)), code.gamma);
      for (unsigned byte = 0; byte < kAbnBytes; ++byte) {
        abn.push_back(static_cast<std::uint8_t>(entry >> 8 * byte));
      }
    }
    const auto offset = append(weights.data(), weights.size());
    return placed_[&tile] = {offset, append(abn.data(), abn.size())};
  }

  void load_resident() {
    for (const LayerPlan& layer : plan_.layers) {
      for (const Tile& tile : layer.mapping.tiles) {
        if (tile.resident) load(tile, 0, schedule_.load);
      }
    }
  }

  void list_jobs() {
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      const LayerPlan& made = plan_.layers[i];
      const auto height =
          static_cast<std::uint32_t>(network_.tensors[network_.layers[i].output].shape.height);
      const std::uint32_t chunk = made.split() ? made.chunk_rows : height;
      std::uint32_t number = 0;
      for (std::uint32_t row = 0; row < height; row += chunk) {
        for (const Tile& tile : made.mapping.tiles) {
          const bool last = &tile == &made.mapping.tiles.back();
          jobs_.push_back({i, &tile, {row, std::min(chunk, height - row)}, number++, last});
        }
      }
    }
  }

  /// Marks a tile's cells as holding its weights; tiles it overwrote are gone.
  void mark_loaded(const Tile& tile) {
    loaded_.erase(std::remove_if(loaded_.begin(), loaded_.end(),
                                 [&](const Tile* other) { return collide(*other, tile); }),
                  loaded_.end());
    loaded_.push_back(&tile);
  }
  bool is_loaded(const Tile& tile) const {
    return tile.resident || std::find(loaded_.begin(), loaded_.end(), &tile) != loaded_.end();
  }

  /// Loads the tile of a job early when what it overwrites is not in use.
  void prefetch(std::size_t job, std::vector<leyden_step>& steps) {
    const Tile& tile = *jobs_[job].tile;
    if (is_loaded(tile)) return;
    const auto running = running_.find(tile.macro);
    if (running != running_.end() && collide(*running->second, tile)) return;
    load(tile, 0, steps);
    mark_loaded(tile);
  }

  std::size_t add_macro_layer(std::size_t index, std::size_t next) {
    const LayerPlan& made = plan_.layers[index];
    std::vector<leyden_step>& steps = schedule_.layers[index];
    if (made.split()) load_table(made, steps);
    bool accumulating = false;  // the vector unit may still read the chunk before
    std::uint32_t macros = 0;
    for (; next < jobs_.size() && jobs_[next].layer == index; ++next) {
      const Job& job = jobs_[next];
      const std::uint32_t wait_macro = LEYDEN_WAIT_CIM(job.tile->macro);
      if (!is_loaded(*job.tile)) {
        load(*job.tile, wait_macro, steps);
        mark_loaded(*job.tile);
      }
      const std::uint32_t wait =
          (job.tile->resident ? 0 : kWaitLoaded) | (accumulating ? LEYDEN_WAIT_VECTOR : 0);
      steps.push_back(cim_step(plan_, index, *job.tile, job.rows, job.number, wait));
      running_[job.tile->macro] = job.tile;
      macros |= wait_macro;
      if (next + 1 < jobs_.size()) prefetch(next + 1, steps);
      if (made.split() && job.last_of_chunk) {
        steps.push_back(
            vector_step(plan_, index, job.rows, macros | LEYDEN_WAIT_DMA(kDataChannel)));
        accumulating = true;
      }
    }
    return next;
  }

  void load_table(const LayerPlan& made, std::vector<leyden_step>& steps) {
    const std::size_t bytes = made.table_bytes();
    Transfer table;
    table.source = append_table(made);
    table.source_space = LEYDEN_SPACE_IMAGE;
    table.destination = made.table_address;
    table.row_bytes = static_cast<std::uint32_t>(bytes);
    steps.push_back(dma_step(kDataChannel, table, 0));
  }

  /// A layer has a table of entries or constants, not both.
  std::uint32_t append_table(const LayerPlan& made) {
    const auto* entries = reinterpret_cast<const std::uint8_t*>(made.table.data());
    return append(made.table.empty() ? made.constants.data() : entries, made.table_bytes());
  }

  /// A transfer an input: its channels of every pixel to their place among all channels.
  void add_concat_layer(std::size_t index) {
    const QuantLayer& layer = network_.layers[index];
    const auto pixel = static_cast<std::uint32_t>(network_.tensors[layer.output].shape.channels);
    std::uint32_t place = plan_.addresses[layer.output];
    for (const std::size_t input : layer.inputs) {
      const Shape& shape = network_.tensors[input].shape;
      Transfer part;
      part.source = plan_.addresses[input];
      part.destination = place;
      part.row_bytes = static_cast<std::uint32_t>(shape.channels);
      part.rows = static_cast<std::uint32_t>(shape.pixels());
      part.source_stride = part.row_bytes;
      part.destination_stride = pixel;
      schedule_.layers[index].push_back(dma_step(kDataChannel, part, 0));
      place += part.row_bytes;
    }
  }

  void add_core_layer(std::size_t index) {
    const LayerPlan& made = plan_.layers[index];
    std::vector<leyden_step>& steps = schedule_.layers[index];
    const bool loaded = made.table_address != 0;
    if (loaded) load_table(made, steps);
    const std::uint32_t in_image = loaded || made.constants.empty() ? 0 : append_table(made);
    steps.push_back(core_step(plan_, index, in_image, loaded ? LEYDEN_WAIT_DMA(kDataChannel) : 0));
  }

  void add_vector_layer(std::size_t index) {
    const LayerPlan& made = plan_.layers[index];
    std::vector<leyden_step>& steps = schedule_.layers[index];
    const bool loaded = made.table_bytes() > 0;
    if (loaded) load_table(made, steps);
    const Shape& out = network_.tensors[network_.layers[index].output].shape;
    const std::uint32_t wait = loaded ? LEYDEN_WAIT_DMA(kDataChannel) : 0;
    steps.push_back(vector_step(plan_, index, {0, static_cast<std::uint32_t>(out.height)}, wait));
  }

  const Plan& plan_;
  const QuantNetwork& network_;
  Schedule schedule_;
  std::vector<Job> jobs_;
  std::map<const Tile*, std::pair<std::uint32_t, std::uint32_t>> placed_;
  std::vector<const Tile*> loaded_;          ///< streamed tiles whose weights are in place
  std::map<unsigned, const Tile*> running_;  ///< last job started, by macro
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
