// Weights that a representation does not hold at the bits they have.
#include "platform/compiler/weight_fit.h"

#include <gtest/gtest.h>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

using cim::Representation;

QuantNetwork network_of(std::vector<std::int8_t> weights, unsigned bits) {
  QuantNetwork network;
  QuantLayer layer;
  layer.name = "conv";
  layer.weight_bits = bits;
  layer.weights = std::move(weights);
  network.layers.push_back(layer);
  return network;
}

ChipGeometry chip(Representation representation, unsigned weight_bits = 8) {
  ChipGeometry geometry;
  geometry.representation = representation;
  geometry.weight_bits = weight_bits;
  return geometry;
}

unsigned bits_after(std::vector<std::int8_t> weights, unsigned bits,
                    Representation representation) {
  QuantNetwork network = network_of(weights, bits);
  fit_weights(network, chip(representation));
  EXPECT_EQ(network.layers[0].weights, weights);
  EXPECT_TRUE(network.notes.empty());
  return network.layers[0].weight_bits;
}

TEST(WeightFit, TakesTheLeastBitsThatHoldTheIntegers) {
  // A single column counts 0 and +1 in two's complement, and -1 and 0 where it stands for w + 1.
  EXPECT_EQ(bits_after({0, 1}, 1, Representation::kTwosComplement), 1u);
  EXPECT_EQ(bits_after({0, -1}, 1, Representation::kTwosComplement), 2u);
  EXPECT_EQ(bits_after({0, -1}, 1, Representation::kShiftedUnsigned), 1u);
  EXPECT_EQ(bits_after({-1, 1}, 1, Representation::kShiftedUnsigned), 2u);
  EXPECT_EQ(bits_after({0, 1}, 1, Representation::kDifferential), 2u);
  EXPECT_EQ(bits_after({-1, 1}, 1, Representation::kTernaryPair), 2u);
  EXPECT_EQ(bits_after({-1, 1}, 2, Representation::kTernaryPair), 2u);
  // The negative end.
  EXPECT_EQ(bits_after({-128, 127}, 8, Representation::kTwosComplement), 8u);
  EXPECT_EQ(bits_after({-128, 127}, 8, Representation::kShiftedUnsigned), 8u);
  EXPECT_EQ(bits_after({-8, 7}, 4, Representation::kDifferential), 5u);
  EXPECT_EQ(bits_after({-2, 1}, 2, Representation::kTernaryPair), 3u);
  EXPECT_EQ(bits_after({-7, 7}, 4, Representation::kDifferential), 4u);
}

TEST(WeightFit, MovesTheLowestNumberWhereThereAreNoMoreBits) {
  QuantNetwork network = network_of({-128, 127, -128, -127}, 8);
  fit_weights(network, chip(Representation::kDifferential));
  EXPECT_EQ(network.layers[0].weights, (std::vector<std::int8_t>{-127, 127, -127, -127}));
  EXPECT_EQ(network.layers[0].weight_bits, 8u);
  ASSERT_EQ(network.notes.size(), 1u);
  EXPECT_EQ(network.notes[0],
            "layer 'conv': 2 of 4 weights of -128 became -127, for the chip's representation holds "
            "a sign and a magnitude");
}

TEST(WeightFit, RefusesWhatWouldChangeTooMuch) {
  QuantNetwork network = network_of({-2, 1}, 2);
  try {
    fit_weights(network, chip(Representation::kTernaryPair, 2));
    FAIL() << "not refused";
  } catch (const base::UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "layer 'conv': weights from -2 to 1 are beyond what the chip's representation "
                 "holds in its 2 bits");
  }
}

}  // namespace
}  // namespace leyden::compiler
