// Tiles: packing, folding of a die's mismatch, reuse.
#include "models/cim/tile.h"

#include <cmath>

#include <gtest/gtest.h>

#include "models/cim/codes.h"
#include "models/cim/figures.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

MacroParameters imagine() { return read_macro_parameters(test::imagine_parameters()); }

TEST(Tile, FoldedMismatchIsCloseToTheExactOneAndFits) {
  for (const double percent : {0.1, 0.664, 20.0}) {
    MacroParameters macro = imagine();
    macro.dot_product.mismatch_percent_sqrt_ff = percent;
    macro.dot_product.capacitance_ff = percent > 1 ? 0.05 : 1.91;  // up to 89 % a cell
    WeightArray array(macro, 0);
    fill_array(array, macro, 256, 8, 9);
    const Die die(macro, 5, 0);
    for (const unsigned bits : {1u, 4u, 8u}) {
      const Placement place{36, 100, 108, 8, 16, bits};
      Tile tile(place, array, macro.layout(bits));
      tile.fold(die, array, CellResponse(macro));
      const double step = std::ldexp(1.0, -tile.scale_shift());
      double largest = 0;
      for (unsigned i = 0; i < place.rows; ++i) {
        for (unsigned j = 0; j < place.outputs; ++j) {
          double exact = 0;
          for (unsigned c = 0; c < bits; ++c) {
            const unsigned column = 8 + j * bits + c;
            if (!array.cell(36 + i, column)) continue;
            double mean = 0;
            for (unsigned r = 36; r < 36 + 108; ++r) mean += die.mismatch(r, column);
            mean /= 108;
            const double sign = bits > 1 && c == bits - 1 ? -1 : 1;
            exact += sign * std::ldexp((1.0 + die.mismatch(36 + i, column)) / (1 + mean) - 1.0,
                                       static_cast<int>(c));
          }
          const double folded = tile.weights()[i * tile.stride() + padded(16) + j] * step;
          ASSERT_LE(std::abs(folded - exact), bits * step / 2 + 1e-9) << percent;
          largest = std::max(largest, std::abs(folded) / step);
        }
      }
      EXPECT_LE(largest, 127);
      // The finest scale that fits: one finer would overflow, unless it is the finest there is.
      if (tile.scale_shift() < 12) {
        EXPECT_GT(largest, 127.0 / 2 - bits);
      }
    }
  }
}

TEST(Tile, ReloadedWeightsAreFoundAgain) {
  const MacroParameters macro = imagine();
  WeightArray array(macro, 0);
  fill_array(array, macro, 256, 8, 1);
  TileCache cache;
  const WeightLayout& layout = macro.layout(8);
  const Placement place{0, 36, 36, 0, 4, 8};
  const Placement elsewhere{36, 36, 36, 0, 4, 8};
  cache.find(place, array, layout);
  cache.find(place, array, layout);
  EXPECT_EQ(cache.packed(), 1u);
  fill_array(array, macro, 256, 8, 2);  // other weights
  const std::int8_t other = cache.find(place, array, layout).weights()[0];
  EXPECT_EQ(cache.packed(), 2u);
  fill_array(array, macro, 256, 8, 1);  // the first again
  cache.find(place, array, layout);
  EXPECT_EQ(cache.packed(), 2u);
  fill_array(array, macro, 256, 8, 2);
  EXPECT_EQ(cache.find(place, array, layout).weights()[0], other);
  EXPECT_EQ(cache.packed(), 2u);
  cache.find(elsewhere, array, layout);
  EXPECT_EQ(cache.packed(), 3u);
  // A change outside the tile changes nothing.
  const std::uint8_t byte = 0xff;
  array.write_cells(100 * array.row_bytes(), &byte, 1);
  cache.find(place, array, layout);
  EXPECT_EQ(cache.packed(), 3u);
  array.write_cells(0, &byte, 1);
  array.write_cells(0, &byte, 1);
  cache.find(place, array, layout);
  EXPECT_LE(cache.packed(), 4u);
}

TEST(Tile, CacheStaysWithinItsCapacity) {
  const MacroParameters macro = imagine();
  WeightArray array(macro, 0);
  fill_array(array, macro, 256, 8, 1);
  TileCache cache(2);
  const WeightLayout& layout = macro.layout(8);
  for (int round = 0; round < 3; ++round) {
    for (unsigned u = 0; u < 3; ++u) cache.find({36 * u, 36, 36, 0, 4, 8}, array, layout);
  }
  EXPECT_EQ(cache.packed(), 9u);
}

}  // namespace
}  // namespace leyden::cim
