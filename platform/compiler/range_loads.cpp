#include "platform/compiler/range_loads.h"

#include <algorithm>

#include "platform/compiler/job_words.h"
#include "registers/cim.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr std::uint32_t kEntryBytes = 4;  // configs/registers/cim.yaml, the weight window
constexpr int kOpen = -1;
constexpr int kUnused = -2;  // before a tile is looked at

std::uint64_t table_address(unsigned macro, unsigned column) {
  return registers::kCimWeightsBase + macro * registers::kCimWeightsSize +
         registers::cim::kRangeTableWindow + std::uint64_t{column} * kEntryBytes;
}

}  // namespace

RangeLoads::RangeLoads(const Plan& plan, ImageData& data) : plan_(plan), data_(data) {
  for (const LayerPlan& layer : plan.layers) used_ = used_ || layer.ranges.by_output;
  if (!used_) return;
  state_.assign(plan.geometry.macros, std::vector<int>(plan.geometry.columns, kUnused));
  for (const LayerPlan& layer : plan.layers) {
    for (const Tile& tile : layer.mapping.tiles) {
      const std::vector<unsigned> codes = wanted(tile);
      for (unsigned c = 0; c < tile.columns; ++c) {
        int& there = state_[tile.macro][tile.column_first + c];
        const int code = static_cast<int>(codes[c]);
        there = there == kUnused || there == code ? code : kOpen;
      }
    }
  }
}

std::vector<unsigned> RangeLoads::wanted(const Tile& tile) const {
  const LayerPlan& layer = plan_.layers[tile.layer];
  std::vector<unsigned> codes(tile.columns, 0);
  if (!layer.ranges.by_output) return codes;
  const unsigned width =
      plan_.geometry.layout(plan_.network.layers[tile.layer].weight_bits).width();
  for (unsigned j = 0; j < tile.output_count; ++j) {
    std::fill_n(codes.begin() + std::size_t{j} * width, width,
                layer.ranges.codes[tile.part][tile.output_first + j]);
  }
  return codes;
}

std::vector<Use> RangeLoads::uses(const Tile& tile, bool writes) const {
  if (!used_) return {};
  return {{{LEYDEN_SPACE_BUS, table_address(tile.macro, tile.column_first),
            std::uint64_t{tile.columns} * kEntryBytes, 1, 0},
           writes}};
}

void RangeLoads::load_fixed(StepList& steps) {
  for (unsigned macro = 0; macro < state_.size(); ++macro) {
    const std::vector<int>& state = state_[macro];
    // After power came on all are 0.
    const auto set = [](int code) { return code > 0; };
    const auto first = std::find_if(state.begin(), state.end(), set);
    if (first == state.end()) continue;
    const auto end = std::find_if(state.rbegin(), state.rend(), set).base();
    std::vector<unsigned> codes;
    for (auto code = first; code != end; ++code) {
      codes.push_back(static_cast<unsigned>(std::max(*code, 0)));
    }
    transfer(macro, static_cast<unsigned>(first - state.begin()), codes, kDataChannel, steps);
  }
}

void RangeLoads::load(const Tile& tile, unsigned channel, StepList& steps) {
  if (!used_) return;
  const std::vector<unsigned> codes = wanted(tile);
  std::vector<int>& state = state_[tile.macro];
  const auto there = state.begin() + tile.column_first;
  const auto same = [](int have, unsigned code) { return have == static_cast<int>(code); };
  if (std::equal(there, there + tile.columns, codes.begin(), same)) return;
  transfer(tile.macro, tile.column_first, codes, channel, steps);
  std::copy(codes.begin(), codes.end(), there);
}

void RangeLoads::transfer(unsigned macro, unsigned first, const std::vector<unsigned>& codes,
                          unsigned channel, StepList& steps) {
  const auto bytes = static_cast<std::uint32_t>(codes.size() * kEntryBytes);
  auto found = placed_.find(codes);
  if (found == placed_.end()) {
    std::vector<std::uint8_t> entries;
    for (const unsigned code : codes) {
      for (unsigned byte = 0; byte < kEntryBytes; ++byte) {
        entries.push_back(static_cast<std::uint8_t>(code >> 8 * byte));
      }
    }
    found = placed_.emplace(codes, data_.append(entries.data(), bytes)).first;
  }
  Transfer made;
  made.source = found->second;
  made.source_space = LEYDEN_SPACE_IMAGE;
  made.destination = static_cast<std::uint32_t>(table_address(macro, first));
  made.row_bytes = bytes;
  steps.add(dma_step(channel, made), {{{LEYDEN_SPACE_BUS, made.destination, bytes, 1, 0}, true}});
}

}  // namespace leyden::compiler
