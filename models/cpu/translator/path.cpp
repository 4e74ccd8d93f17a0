#include "models/cpu/translator/path.h"

#include <algorithm>
#include <optional>

namespace leyden::cpu {
namespace {

/// Instructions after which a path ends, at the next block's end.
constexpr unsigned kLongPath = 96;
/// Instructions up to which a loop is unrolled, and how often at most.
constexpr unsigned kUnrolled = 48;
constexpr std::size_t kMostRounds = 8;
constexpr std::size_t kMostSteps = 48;
/// An indirect jump is followed when this part of its runs went to one place.
constexpr std::uint32_t kSurelyNumerator = 3;
constexpr std::uint32_t kSurelyDenominator = 4;
constexpr unsigned kReturnAddress = 1;  // x1

/// Return addresses of the calls on the path.
using CallStack = std::vector<std::uint32_t>;

struct Next {
  std::uint32_t pc;
  bool taken;
};

/// Where the block is likely to go.
std::optional<Next> likely_next(const Block& block, CallStack& calls) {
  const Op& op = block.ops[block.count - 1];
  switch (end_kind(block)) {
    case Kind::kBranch: {
      const std::uint32_t target = direct_target(block);
      const bool voted = block.votes != 0;
      const bool taken = voted ? block.successor != fall_through(block) : op.immediate < 0;
      return Next{taken ? target : fall_through(block), taken};
    }
    case Kind::kJump: {
      if (op.rd == kReturnAddress) calls.push_back(fall_through(block));
      if (!reads_rs1(info(op.id).format)) return Next{direct_target(block), false};
      if (op.rs1 == kReturnAddress && op.rd == kDiscard && !calls.empty()) {
        const std::uint32_t back = calls.back();
        calls.pop_back();
        return Next{back, false};
      }
      if (block.runs == 0 || block.votes * kSurelyDenominator < block.runs * kSurelyNumerator) {
        return std::nullopt;
      }
      return Next{block.successor, false};
    }
    case Kind::kCompute:
      return Next{fall_through(block), false};
    default:
      return std::nullopt;
  }
}

}  // namespace

EntryCost entry_cost(const Block& block, std::uint32_t carry, const Timing& timing) {
  const std::uint32_t reasons = carry & block.entry_mask;
  EntryCost cost;
  if ((reasons & ~1u) != 0) {
    cost.cycles += timing.load_use;
    cost.load_uses = 1;
  }
  if ((reasons & 1u) != 0) {
    cost.words = block.direct ? 1 : 0;
    if (block.ops[0].length == 4) {
      cost.cycles += timing.fetch_wait;
      cost.fetch_waits = 1;
    }
  }
  return cost;
}

Kind end_kind(const Block& block) {
  const Kind kind = info(block.ops[block.count - 1].id).kind;
  return ends_block(kind) ? kind : Kind::kCompute;
}

std::uint32_t fall_through(const Block& block) { return block.ops[block.count].pc; }

std::uint32_t direct_target(const Block& block) {
  const Op& op = block.ops[block.count - 1];
  return op.pc + static_cast<std::uint32_t>(op.immediate);
}

std::uint32_t carry_of(const Block& block, bool taken) {
  switch (end_kind(block)) {
    case Kind::kBranch:
      return taken ? 1 : 0;
    case Kind::kJump:
      return 1;
    default:
      return static_cast<std::uint32_t>(block.ops[block.count].immediate);
  }
}

Path choose_path(Block& first, BlockCache& cache, const Timing& timing) {
  Path path;
  CallStack calls;
  unsigned instructions = 0;
  Block* block = &first;
  EntryCost cost;
  for (;;) {
    const std::optional<Next> next = likely_next(*block, calls);
    const Next on = next.value_or(Next{fall_through(*block), false});
    path.steps.push_back({block, on.pc, on.taken, cost});
    instructions += block->count;
    if (!next) return path;
    Block* following = cache.find(on.pc);
    if (following == &first) {
      path.closes = true;
      break;
    }
    if (instructions >= kLongPath || path.steps.size() >= kMostSteps || following == nullptr ||
        !following->translatable || !following->direct || following->runs == 0 ||
        (following->unit != nullptr && following->unit->is_loop)) {
      return path;
    }
    const auto seen = [&](const PathStep& step) { return step.block == following; };
    if (std::any_of(path.steps.begin(), path.steps.end(), seen)) return path;
    cost = entry_cost(*following, carry_of(*block, on.taken), timing);
    block = following;
  }
  // A loop: unrolled, so that what a unit costs is paid once in several rounds.
  const std::vector<PathStep> round = path.steps;
  const PathStep& last = round.back();
  const EntryCost again = entry_cost(first, carry_of(*last.block, last.taken), timing);
  for (std::size_t rounds = 1; rounds < kMostRounds; ++rounds) {
    if ((rounds + 1) * instructions > kUnrolled) break;
    for (PathStep step : round) {
      if (step.block == &first) step.entry = again;
      path.steps.push_back(step);
    }
  }
  return path;
}

}  // namespace leyden::cpu
