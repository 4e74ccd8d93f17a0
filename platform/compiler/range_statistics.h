#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "platform/compiler/combining.h"
#include "platform/compiler/plan.h"
#include "platform/compiler/quantisation_options.h"

namespace leyden::compiler {

/// What the sums that a layer's converters see reach, to choose their ranges after training. A sum
/// u takes the share 2^(r+1) |u| / F of the whole range of a pair or a whole weight, 2^r u / F of
/// that of a column, with the full scale F of its conversion.
class RangeStatistics {
 public:
  /// @param plan must outlive this; its mapping is set
  RangeStatistics(const Plan& plan, std::size_t layer, const LayerQuantisation& options);

  /// Conversions of one position.
  std::size_t conversions() const;
  /// Adds a position of the output, of the layer's input codes.
  void add(const std::vector<std::uint8_t>& codes, std::size_t position);
  /// The least range that clips no sum (min/max) or at most so many (percentile); or that with the
  /// least squared error of D^ against D, of 2^n 2^(-k/6) for whole k.
  ConverterRanges choose() const;

 private:
  struct Part {
    const Tile* tile;
    CombinedTile combined;
    std::vector<CombinedTile::Conversion> conversions;
  };

  std::size_t key(const Tile& tile, std::size_t output) const;
  void add_shares(const Part& part);
  void add_errors(const Part& part);
  unsigned chosen(std::size_t key) const;

  const Plan& plan_;
  std::size_t layer_;
  LayerQuantisation options_;
  unsigned highest_;  ///< 2^n
  std::vector<Part> parts_;
  std::vector<unsigned> candidates_;                ///< range codes that are tried
  std::vector<std::vector<std::uint64_t>> shares_;  ///< [key][least code that does not clip]
  std::vector<std::vector<double>> errors_;         ///< [key][candidate]: squares
  std::vector<std::uint8_t> window_;
  std::vector<std::int64_t> sums_;
};

}  // namespace leyden::compiler
