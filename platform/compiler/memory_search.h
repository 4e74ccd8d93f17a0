#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "platform/compiler/block_packer.h"
#include "platform/compiler/layer_room.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// The last layer that finds a tensor in LMEM: its last reader where LMEM is its home, an earlier
/// one, or -1 where it is never there.
using Stay = std::ptrdiff_t;
inline constexpr Stay kNever = -1;

/// Every tensor's and layer's place in LMEM.
struct MemoryChoice {
  std::vector<Stay> stays;
  std::vector<LmemCopy> places;  ///< of each tensor, while it is in LMEM
  std::vector<LayerRoom> rooms;  ///< of each layer
  std::uint64_t cost = 0;
};

/// Judges where tensors stay: packs them and lets every layer find room in what is left.
class MemorySearch {
 public:
  /// @param plan homes and copies are written while judging
  explicit MemorySearch(Plan& plan);

  /// Nothing when a layer finds no room; stuck() tells which.
  std::optional<MemoryChoice> judge(const std::vector<Stay>& stays);
  std::size_t stuck() const { return stuck_; }

  /// The layer that writes a tensor (0 for the network's input) and the last that reads it.
  std::size_t writer(std::size_t tensor) const { return writer_[tensor]; }
  Stay last_read(std::size_t tensor) const { return last_read_[tensor]; }
  /// Layers that read a tensor, in order.
  const std::vector<std::size_t>& readers(std::size_t tensor) const { return readers_[tensor]; }
  /// Sets homes, scratch addresses and LMEM places of the plan.
  void write(const std::vector<Stay>& stays, const std::vector<LmemCopy>& places);

  LayerNeeds needs(std::size_t layer, const std::vector<Stay>& stays) const;
  bool in_lmem(std::size_t tensor, std::size_t layer, const std::vector<Stay>& stays) const {
    return static_cast<Stay>(layer) <= stays[tensor];
  }

 private:
  using Key = std::vector<std::uint64_t>;
  struct Blocks {
    std::vector<LmemBlock> list;
    std::vector<std::optional<std::size_t>> of;  ///< [tensor]
  };

  Blocks make_blocks(const std::vector<Stay>& stays, bool in_place) const;
  /// @param below a choice that costs as much is not told: nothing then, too
  std::optional<MemoryChoice> try_order(const std::vector<Stay>& stays, Blocks blocks,
                                        const std::vector<std::size_t>& order, std::uint64_t below);
  const std::optional<LayerRoom>& room(std::size_t layer, const std::vector<Stay>& stays,
                                       const Blocks& blocks);
  std::uint64_t outer_cost(const std::vector<Stay>& stays) const;

  Plan& plan_;
  const QuantNetwork& network_;
  std::vector<std::size_t> writer_;
  std::vector<Stay> last_read_;
  std::vector<std::vector<std::size_t>> readers_;
  std::size_t stuck_ = 0;
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  std::unordered_map<Key, std::optional<LayerRoom>, KeyHash> rooms_;
};

}  // namespace leyden::compiler
