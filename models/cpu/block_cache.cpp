#include "models/cpu/block_cache.h"

#include <algorithm>
#include <cstring>

#include "models/cpu/handlers.h"

namespace leyden::cpu {

std::uint32_t loaded_register(const Op& op) {
  const TimingClass timing = info(op.id).timing;
  const bool loads = timing == TimingClass::kLoad || timing == TimingClass::kAtomic;
  return loads && op.rd != kDiscard ? 1u << op.rd : 0;
}

std::uint32_t read_registers(const Op& op) {
  const Format format = info(op.id).format;
  std::uint32_t mask = 0;
  if (reads_rs1(format)) mask |= 1u << op.rs1;
  if (reads_rs2(format)) mask |= 1u << op.rs2;
  return mask & ~1u;
}

bool waits_for_load(const Block& block, unsigned index) {
  return index > 0 &&
         (loaded_register(block.ops[index - 1]) & read_registers(block.ops[index])) != 0;
}

BlockCache::BlockCache(const Timing& timing, bool bit_manipulation)
    : timing_(timing), bit_manipulation_(bit_manipulation) {}

Block* BlockCache::find_slowly(std::uint32_t pc) {
  const auto found = current_->all.find(pc);
  if (found == current_->all.end()) return nullptr;
  current_->table[(pc >> 1) % kTableSize] = {pc, found->second.get()};
  return found->second.get();
}

Block* BlockCache::decode_block(std::uint32_t pc, std::uint64_t end, const DebugPoints& points) {
  DirectRegion* region = region_of(pc, 2);
  if (region == nullptr) return nullptr;
  auto block = std::make_unique<Block>();
  block->pc = pc;
  std::uint32_t at = pc;
  while (block->count < kMaxBlockLength && region->contains(at, 2) && at + 2ull <= end) {
    std::uint16_t half = 0;
    std::memcpy(&half, region->at(at), 2);
    std::uint32_t word = half;
    const unsigned length = instruction_length(word);
    if (length == 4) {
      if (!region->contains(at, 4) || at + 4ull > end) break;
      std::memcpy(&word, region->at(at), 4);
    }
    const Op& op = append(*block, decode(word, bit_manipulation_), at);
    region->mark_code(at, length);
    at += length;
    if (ends_block(info(op.id).kind)) break;
    if (points.has_breakpoint(at)) {
      block->translatable = false;
      break;
    }
  }
  if (block->count == 0) return nullptr;
  finish(*block, at);

  if (current_->all.size() >= kMostBlocks) {
    flush();
    for (std::uint32_t code = pc; code < at; code += 2) region->mark_code(code, 2);
  }
  Block* result = block.get();
  current_->all[pc] = std::move(block);
  current_->table[(pc >> 1) % kTableSize] = {pc, result};
  return result;
}

Block* BlockCache::decode_alone(std::uint32_t pc, std::uint64_t end) {
  const DirectRegion* region = region_of(pc, 2);
  if (region == nullptr || pc + 2ull > end) return nullptr;
  std::uint16_t half = 0;
  std::memcpy(&half, region->at(pc), 2);
  std::uint32_t word = half;
  if (instruction_length(word) == 4) {
    if (!region->contains(pc, 4) || pc + 4ull > end) return nullptr;
    std::memcpy(&word, region->at(pc), 4);
  }
  Block& block = single(pc, word);
  block.direct = true;
  return &block;
}

Block& BlockCache::single(std::uint32_t pc, std::uint32_t word) {
  single_ = Block();
  single_.pc = pc;
  single_.direct = false;
  single_.translatable = false;
  const Decoded decoded = decode(word, bit_manipulation_);
  append(single_, decoded, pc);
  finish(single_, pc + decoded.length);
  return single_;
}

Op& BlockCache::append(Block& block, const Decoded& decoded, std::uint32_t pc) {
  const TimingClass timing = info(decoded.id).timing;
  Op op{};
  op.run = handler_of(decoded.id);
  op.immediate = decoded.immediate;
  op.rd = decoded.rd == 0 ? kDiscard : decoded.rd;
  op.rs1 = decoded.rs1;
  op.rs2 = decoded.rs2;
  op.length = decoded.length;
  op.pc = pc;
  op.bits = decoded.bits;
  op.cycles_before = block.cycles;
  op.index = static_cast<std::uint16_t>(block.count);
  op.id = decoded.id;

  block.cycles += timing_.of(timing);
  // The wait for a load belongs to the instruction that needs its result.
  if (!block.ops.empty() && (loaded_register(block.ops.back()) & read_registers(op)) != 0) {
    block.cycles += timing_.load_use;
    ++block.counts[kLoadUses];
  }
  ++block.counts[static_cast<std::size_t>(timing)];
  if (block.direct) block.counts[kFetchWords] += words_fetched(pc, op.length);
  ++block.count;
  block.ops.push_back(op);
  return block.ops.back();
}

void BlockCache::finish(Block& block, std::uint32_t next_pc) {
  const Op& first = block.ops.front();
  const Op& last = block.ops.back();
  block.lead = last.cycles_before + timing_.load_use + timing_.fetch_wait;
  block.entry_mask = read_registers(first) | ((block.pc & 2) != 0 ? 1u : 0u);

  Op end{};
  end.run = end_of_block();
  end.immediate = static_cast<std::int32_t>(loaded_register(last));
  end.pc = next_pc;
  end.cycles_before = block.cycles;
  end.index = static_cast<std::uint16_t>(block.count);
  end.id = Id::kIllegal;
  block.ops.push_back(end);
}

void BlockCache::flush() {
  ++flushes_;
  for (Blocks& blocks : by_mode_) {
    if (blocks.all.empty()) continue;
    std::fill(blocks.table.begin(), blocks.table.end(), Entry());
    blocks.all.clear();
  }
  for (auto& region : regions_) region->forget_code();
}

void BlockCache::add_region(const DirectMemory& memory) {
  auto region = std::make_unique<DirectRegion>(memory);
  for (const auto& earlier : regions_) region->inherit(*earlier);
  remove_regions(memory.first, memory.last);
  regions_.push_back(std::move(region));
}

DirectRegion* BlockCache::region_of(std::uint32_t address, unsigned bytes) {
  for (auto& region : regions_) {
    if (region->contains(address, bytes)) return region.get();
  }
  return nullptr;
}

bool BlockCache::remove_regions(std::uint32_t first, std::uint32_t last) {
  const auto overlaps = [&](const std::unique_ptr<DirectRegion>& region) {
    return region->first() <= last && first <= region->last();
  };
  const auto keep = std::remove_if(regions_.begin(), regions_.end(), overlaps);
  if (keep == regions_.end()) return false;
  regions_.erase(keep, regions_.end());
  return true;
}

}  // namespace leyden::cpu
