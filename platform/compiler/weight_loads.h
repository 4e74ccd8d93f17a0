#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "platform/compiler/job_words.h"
#include "platform/compiler/plan.h"
#include "platform/compiler/step_list.h"

namespace leyden::compiler {

inline constexpr unsigned kDataChannel = 0;    ///< DMA: tensors, tables, ABN entries
inline constexpr unsigned kWeightChannel = 1;  ///< DMA: weights

/// Two tiles that share cells or ABN entries of a macro.
bool collide(const Tile& a, const Tile& b);

/// The tiles whose weights are in place, resident ones aside.
class LoadedTiles {
 public:
  bool holds(const Tile& tile) const;
  /// A tile is loaded; those it overwrites are gone.
  void load(const Tile& tile);

 private:
  std::vector<const Tile*> tiles_;
};

/// Bytes of the image behind its tables; pieces begin at multiples of 16.
class ImageData {
 public:
  /// @param counting sizes are all that is wanted: no byte is kept
  explicit ImageData(bool counting) : counting_(counting) {}

  /// @param bytes not looked at when counting
  /// @return offset of the piece
  std::uint32_t append(const std::uint8_t* bytes, std::size_t count);
  std::size_t size() const { return size_; }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  bool counting_;
  std::size_t size_ = 0;
  std::vector<std::uint8_t> bytes_;
};

/// Regions of a transfer: what it reads, then what it writes.
std::vector<Use> uses_of(const Transfer& transfer);

/// Makes the steps that bring weights and ABN entries into the arrays.
class WeightLoads {
 public:
  WeightLoads(const Plan& plan, ImageData& data) : plan_(plan), data_(data) {}

  /// Appends the transfers of a tile, and its data where they are new.
  /// @param abn_channel DMA channel of the ABN entries
  void load(const Tile& tile, unsigned abn_channel, StepList& steps);
  /// Whether no unit is at work on what loading the tile overwrites.
  bool is_free(const Tile& tile, const StepList& steps) const;
  /// Cells and ABN entries of a tile, as its job reads them.
  std::vector<Use> uses(const Tile& tile, bool writes) const;

 private:
  std::uint32_t window(const Tile& tile) const;
  /// Offsets of a tile's weights and ABN entries; written once, however often they are loaded.
  std::pair<std::uint32_t, std::uint32_t> data_of(const Tile& tile);

  const Plan& plan_;
  ImageData& data_;
  std::map<const Tile*, std::pair<std::uint32_t, std::uint32_t>> placed_;
};

}  // namespace leyden::compiler
