#include "platform/compiler/weight_loads.h"

#include <algorithm>

#include "platform/compiler/schedule.h"
#include "registers/cim.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr std::size_t kAlignment = 16;
// An ABN entry (configs/registers/cim.yaml, the weight window).
constexpr std::uint32_t kAbnBytes = 4;
constexpr base::Field kAbnGamma{0, 16};
constexpr base::Field kAbnBeta{16, 16};

bool overlap(unsigned a, unsigned a_count, unsigned b, unsigned b_count) {
  return a < b + b_count && b < a + a_count;
}

Region region_of(std::uint32_t space, std::uint32_t first, const Transfer& transfer,
                 std::uint32_t stride) {
  return {space, first, transfer.row_bytes, transfer.rows, stride};
}

}  // namespace

bool collide(const Tile& a, const Tile& b) {
  if (a.macro != b.macro) return false;
  return (overlap(a.unit_first, a.units, b.unit_first, b.units) &&
          overlap(a.column_first, a.columns, b.column_first, b.columns)) ||
         overlap(a.abn_first, a.output_count, b.abn_first, b.output_count);
}

bool LoadedTiles::holds(const Tile& tile) const {
  return tile.resident || std::find(tiles_.begin(), tiles_.end(), &tile) != tiles_.end();
}

void LoadedTiles::load(const Tile& tile) {
  tiles_.erase(std::remove_if(tiles_.begin(), tiles_.end(),
                              [&](const Tile* other) { return collide(*other, tile); }),
               tiles_.end());
  tiles_.push_back(&tile);
}

std::uint32_t ImageData::append(const std::uint8_t* bytes, std::size_t count) {
  const std::size_t offset = (size_ + kAlignment - 1) / kAlignment * kAlignment;
  size_ = offset + count;
  if (!counting_) {
    bytes_.resize(offset);
    bytes_.insert(bytes_.end(), bytes, bytes + count);
  }
  return static_cast<std::uint32_t>(offset);
}

std::vector<Use> uses_of(const Transfer& transfer) {
  return {
      {region_of(transfer.source_space, transfer.source, transfer, transfer.source_stride), false},
      {region_of(transfer.destination_space, transfer.destination, transfer,
                 transfer.destination_stride),
       true}};
}

std::uint32_t WeightLoads::window(const Tile& tile) const {
  return static_cast<std::uint32_t>(registers::kCimWeightsBase +
                                    tile.macro * registers::kCimWeightsSize);
}

std::vector<Use> WeightLoads::uses(const Tile& tile, bool writes) const {
  const ChipGeometry& geometry = plan_.geometry;
  const std::uint64_t base = window(tile);
  const std::uint64_t cells =
      base + registers::cim::kWeightsWindow +
      std::uint64_t{tile.unit_first} * geometry.rows_per_unit * geometry.row_bytes() +
      tile.column_first * geometry.cell_bits / 8;
  const std::uint64_t entries = base + registers::cim::kAbnTableWindow + tile.abn_first * kAbnBytes;
  return {
      {{LEYDEN_SPACE_BUS, cells, std::uint64_t{tile.columns} * geometry.cell_bits / 8,
        std::uint64_t{tile.units} * geometry.rows_per_unit, geometry.row_bytes()},
       writes},
      {{LEYDEN_SPACE_BUS, entries, std::uint64_t{tile.output_count} * kAbnBytes, 1, 0}, writes}};
}

bool WeightLoads::is_free(const Tile& tile, const StepList& steps) const {
  return steps.in_the_way(uses(tile, true)) == 0;
}

void WeightLoads::load(const Tile& tile, unsigned abn_channel, StepList& steps) {
  const std::uint32_t row_bytes = plan_.geometry.row_bytes();
  const unsigned cell_bits = plan_.geometry.cell_bits;
  const auto [weights, abn] = data_of(tile);
  const std::vector<Use> touched = uses(tile, true);
  Transfer cells;
  cells.source = weights;
  cells.source_space = LEYDEN_SPACE_IMAGE;
  cells.destination = static_cast<std::uint32_t>(touched[0].region.first);
  cells.row_bytes = tile.columns * cell_bits / 8;
  cells.rows = tile.window_count;
  cells.source_stride = cells.row_bytes;
  cells.destination_stride = row_bytes;
  Transfer entries;
  entries.source = abn;
  entries.source_space = LEYDEN_SPACE_IMAGE;
  entries.destination = static_cast<std::uint32_t>(touched[1].region.first);
  entries.row_bytes = tile.output_count * kAbnBytes;
  // On one channel the short transfer goes first: firmware waits for it before the next step.
  const bool one_channel = abn_channel == kWeightChannel;
  if (one_channel) steps.add(dma_step(abn_channel, entries), {touched[1]});
  steps.add(dma_step(kWeightChannel, cells), {touched[0]});
  if (!one_channel) steps.add(dma_step(abn_channel, entries), {touched[1]});
}

std::pair<std::uint32_t, std::uint32_t> WeightLoads::data_of(const Tile& tile) {
  const auto found = placed_.find(&tile);
  if (found != placed_.end()) return found->second;
  if (plan_.for_cost) {
    const auto cells = data_.append(
        nullptr, std::size_t{tile.window_count} * tile.columns * plan_.geometry.cell_bits / 8);
    return placed_[&tile] = {cells,
                             data_.append(nullptr, std::size_t{tile.output_count} * kAbnBytes)};
  }
  const QuantLayer& layer = plan_.network.layers[tile.layer];
  const auto weights = weight_bytes(layer, plan_.network.rows(layer), tile, plan_.geometry);
  std::vector<std::uint8_t> abn;
  for (unsigned j = 0; j < tile.output_count; ++j) {
    const AbnCode& code = plan_.layers[tile.layer].abn[tile.output_first + j];
    const std::uint32_t entry =
        kAbnGamma.set(kAbnBeta.set(0, static_cast<std::uint16_t>(code.beta)), code.gamma);
    for (unsigned byte = 0; byte < kAbnBytes; ++byte) {
      abn.push_back(static_cast<std::uint8_t>(entry >> 8 * byte));
    }
  }
  const auto offset = data_.append(weights.data(), weights.size());
  return placed_[&tile] = {offset, data_.append(abn.data(), abn.size())};
}

}  // namespace leyden::compiler
