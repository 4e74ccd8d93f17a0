#include "platform/compiler/memory_search.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr std::uint32_t kScratchAlignment = 64;

std::uint32_t bus_address(std::uint32_t offset) {
  return static_cast<std::uint32_t>(registers::kLmemBase) + offset;
}

/// The vector unit may write an element where it read it.
bool replaces_its_input(LayerKind kind) {
  return kind == LayerKind::kAdd || kind == LayerKind::kScale || kind == LayerKind::kLookup;
}

/// Orders in which blocks are packed: of time, of size, of size times time.
std::vector<std::vector<std::size_t>> orders(const std::vector<LmemBlock>& blocks) {
  std::vector<std::size_t> time(blocks.size());
  std::iota(time.begin(), time.end(), 0);
  const auto sorted = [&](const std::function<std::uint64_t(const LmemBlock&)>& key) {
    std::vector<std::size_t> order = time;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return key(blocks[a]) > key(blocks[b]); });
    return order;
  };
  return {time, sorted([](const LmemBlock& b) { return b.bytes; }),
          sorted([](const LmemBlock& b) { return b.bytes * (b.last - b.first + 1); })};
}

/// Nothing travels to off-chip memory and every layer is done in one pass.
bool simple(const MemoryChoice& choice, const Plan& plan) {
  for (std::size_t i = 0; i < choice.rooms.size(); ++i) {
    const LayerRoom& room = choice.rooms[i];
    const Shape& out = plan.network.tensors[plan.network.layers[i].output].shape;
    if (room.buffer_bytes() > 0 || room.memory.slices_outer || room.memory.read_bytes > 0 ||
        room.memory.written_bytes > 0 ||
        room.memory.stripe_rows != static_cast<std::uint64_t>(out.height)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::size_t MemorySearch::KeyHash::operator()(const Key& key) const {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a, a word at a time
  for (const std::uint64_t word : key) {
    hash = (hash ^ word) * 0x100000001b3u;
    hash ^= hash >> 32;
  }
  return hash;
}

MemorySearch::MemorySearch(Plan& plan)
    : plan_(plan),
      network_(plan.network),
      writer_(plan.network.tensors.size()),
      last_read_(plan.network.tensors.size()),
      readers_(plan.network.tensors.size()) {
  for (std::size_t i = 0; i < network_.layers.size(); ++i) {
    const QuantLayer& layer = network_.layers[i];
    writer_[layer.output] = i;
    last_read_[layer.output] = static_cast<Stay>(i);
    for (const std::size_t tensor : layer.inputs) {
      last_read_[tensor] = static_cast<Stay>(i);
      if (readers_[tensor].empty() || readers_[tensor].back() != i) readers_[tensor].push_back(i);
    }
  }
  last_read_[network_.output] = static_cast<Stay>(network_.layers.size());
}

LayerNeeds MemorySearch::needs(std::size_t layer, const std::vector<Stay>& stays) const {
  LayerNeeds made;
  made.inputs_off_chip.reserve(network_.layers[layer].inputs.size());
  for (const std::size_t input : network_.layers[layer].inputs) {
    made.inputs_off_chip.push_back(!in_lmem(input, layer, stays));
  }
  made.output_off_chip = !in_lmem(network_.layers[layer].output, layer, stays);
  return made;
}

MemorySearch::Blocks MemorySearch::make_blocks(const std::vector<Stay>& stays,
                                               bool in_place) const {
  Blocks blocks;
  blocks.of.resize(network_.tensors.size());
  const auto add = [&](std::size_t tensor) {
    LmemBlock block;
    block.first = writer_[tensor];
    block.last = static_cast<std::size_t>(stays[tensor]);
    block.bytes = network_.tensors[tensor].bytes();
    blocks.of[tensor] = blocks.list.size();
    blocks.list.push_back(block);
  };
  if (stays[network_.input] != kNever) add(network_.input);
  for (std::size_t i = 0; i < network_.layers.size(); ++i) {
    const QuantLayer& layer = network_.layers[i];
    const std::size_t output = layer.output;
    if (stays[output] == kNever) continue;
    for (const std::size_t input : layer.inputs) {
      const bool dies = stays[input] == static_cast<Stay>(i) && blocks.of[input];
      if (!in_place || !dies || !replaces_its_input(layer.kind) || blocks.of[output]) continue;
      if (network_.tensors[input].bytes() != network_.tensors[output].bytes()) continue;
      blocks.of[output] = blocks.of[input];
      LmemBlock& block = blocks.list[*blocks.of[input]];
      block.last = std::max(block.last, static_cast<std::size_t>(stays[output]));
    }
    if (blocks.of[output]) continue;
    add(output);
    blocks.list.back().other_bank_than = blocks.of[layer.inputs[0]];
  }
  return blocks;
}

void MemorySearch::write(const std::vector<Stay>& stays, const std::vector<LmemCopy>& places) {
  std::uint64_t scratch = 0;
  for (std::size_t t = 0; t < network_.tensors.size(); ++t) {
    const bool at_home = stays[t] == last_read_[t];
    plan_.copies[t] = {};
    if (at_home) {
      plan_.homes[t] = LEYDEN_SPACE_BUS;
      plan_.addresses[t] = places[t].address;
      continue;
    }
    plan_.addresses[t] = 0;
    if (t == network_.input || t == network_.output) {
      plan_.homes[t] = t == network_.input ? LEYDEN_SPACE_INPUT : LEYDEN_SPACE_OUTPUT;
    } else {
      plan_.homes[t] = LEYDEN_SPACE_SCRATCH;
      plan_.addresses[t] = static_cast<std::uint32_t>(scratch);
      scratch += (network_.tensors[t].bytes() + kScratchAlignment - 1) / kScratchAlignment *
                 kScratchAlignment;
    }
    if (stays[t] != kNever) plan_.copies[t] = places[t];
  }
  plan_.scratch_bytes = static_cast<std::uint32_t>(scratch);
}

std::uint64_t MemorySearch::outer_cost(const std::vector<Stay>& stays) const {
  std::uint64_t cost = 0;
  for (std::size_t t = 0; t < stays.size(); ++t) {
    // Brought before the first layer, sent after the last, or kept at home as well.
    const bool whole = t == network_.input || t == network_.output || stays[t] != last_read_[t];
    if (stays[t] != kNever && whole) cost += transfer_cost(1, network_.tensors[t].bytes());
  }
  return cost;
}

const std::optional<LayerRoom>& MemorySearch::room(std::size_t layer,
                                                   const std::vector<Stay>& stays,
                                                   const Blocks& blocks) {
  const LayerNeeds need = needs(layer, stays);
  Key key;
  key.reserve(4 + need.inputs_off_chip.size() + blocks.list.size());
  key.push_back(layer);
  key.push_back(need.output_off_chip);
  for (const bool off : need.inputs_off_chip) key.push_back(off);
  if (!need.inputs_off_chip[0]) {
    key.push_back(plan_.place(network_.layers[layer].inputs[0], layer).address);
  }
  if (!need.output_off_chip)
    key.push_back(plan_.place(network_.layers[layer].output, layer).address);
  for (const LmemBlock& block : blocks.list) {
    if (block.alive(layer)) key.push_back(std::uint64_t{block.offset} << 32 | block.bytes);
  }
  const auto found = rooms_.find(key);
  if (found != rooms_.end()) return found->second;
  LmemAllocator lmem(plan_.geometry);
  for (const LmemBlock& block : blocks.list) {
    if (block.alive(layer)) lmem.occupy(block.offset, block.bytes);
  }
  return rooms_.emplace(std::move(key), find_room(plan_, layer, need, lmem)).first->second;
}

std::optional<MemoryChoice> MemorySearch::try_order(const std::vector<Stay>& stays, Blocks blocks,
                                                    const std::vector<std::size_t>& order,
                                                    std::uint64_t below) {
  if (const auto failed = pack_blocks(plan_.geometry, blocks.list, order)) {
    stuck_ = std::max(stuck_, blocks.list[*failed].first);
    return std::nullopt;
  }
  MemoryChoice choice;
  choice.stays = stays;
  choice.places.resize(stays.size());
  for (std::size_t t = 0; t < stays.size(); ++t) {
    if (!blocks.of[t]) continue;
    choice.places[t] = {true, bus_address(blocks.list[*blocks.of[t]].offset),
                        static_cast<std::size_t>(stays[t])};
  }
  write(stays, choice.places);
  choice.rooms.reserve(network_.layers.size());
  choice.cost = outer_cost(stays);
  if (choice.cost >= below) return std::nullopt;
  for (std::size_t i = 0; i < network_.layers.size(); ++i) {
    const std::optional<LayerRoom>& found = room(i, stays, blocks);
    if (!found) {
      stuck_ = std::max(stuck_, i);
      return std::nullopt;
    }
    choice.cost += found->cost;
    if (choice.cost >= below) return std::nullopt;
    choice.rooms.push_back(*found);
  }
  return choice;
}

std::optional<MemoryChoice> MemorySearch::judge(const std::vector<Stay>& stays) {
  stuck_ = 0;
  std::optional<MemoryChoice> best;
  std::size_t apart = 0;  ///< blocks where none takes its input's place
  for (const bool in_place : {false, true}) {
    const Blocks blocks = make_blocks(stays, in_place);
    if (in_place && blocks.list.size() == apart) break;  // the same again
    apart = blocks.list.size();
    const auto all = orders(blocks.list);
    for (auto order = all.begin(); order != all.end(); ++order) {
      if (std::find(all.begin(), order, *order) != order) continue;
      const std::uint64_t below = best ? best->cost : std::numeric_limits<std::uint64_t>::max();
      auto choice = try_order(stays, blocks, *order, below);
      if (!choice) continue;
      best = std::move(choice);
      if (simple(*best, plan_)) return best;
    }
  }
  return best;
}

}  // namespace leyden::compiler
