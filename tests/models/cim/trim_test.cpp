// Trim registers: exact where they are at reset, the equation elsewhere, both paths alike.
#include "models/cim/trim.h"

#include <cmath>

#include <gtest/gtest.h>

#include "models/base/random.h"
#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

constexpr base::Fidelity kFidelities[] = {base::Fidelity::kIdeal, base::Fidelity::kQuantised,
                                          base::Fidelity::kAnalog};

MacroParameters small_macro() {
  base::ParameterSet parameters = test::imagine_parameters();
  parameters.set("cim.rows", 144, base::Source::kAssumed, "test", "test");
  parameters.set("cim.columns", 32, base::Source::kAssumed, "test", "test");
  return read_macro_parameters(parameters);
}

/// Trims of every column, up to 3 % and 20 LSB.
void write_random_trims(WeightArray& array, unsigned columns, std::uint32_t seed) {
  const base::RandomStream random({seed, 0, 0, 0, 0x77});
  for (unsigned c = 0; c < columns; ++c) {
    TrimEntry trim;
    trim.gain = static_cast<std::uint16_t>(32768 + 2000 * (random.uniform(2 * c) - 0.5));
    trim.offset = static_cast<std::int16_t>(640 * (random.uniform(2 * c + 1) - 0.5));
    array.write_trim(c, trim.word());
  }
}

std::vector<std::uint8_t> run(Macro& model, const FullArrayJob& full, base::Fidelity fidelity) {
  std::vector<std::uint8_t> codes(full.job.positions() * full.job.position_bytes());
  model.run(full.job, full.input.data(), fidelity, {{3, 1}, 0}, codes.data());
  return codes;
}

TEST(Trim, ResetValueChangesNothing) {
  const MacroParameters macro = small_macro();
  for (const base::Fidelity fidelity : kFidelities) {
    Macro untouched(macro);
    Macro written(macro);
    fill_array(untouched.array(), macro, 700, 8, 5);
    fill_array(written.array(), macro, 700, 8, 5);
    FullArrayJob full = full_array_job(macro, 8, 4, 8, 4, 5);
    const std::vector<std::uint8_t> before = run(untouched, full, fidelity);
    write_random_trims(written.array(), macro.columns, 1);
    EXPECT_NE(run(written, full, fidelity), before);
    for (unsigned c = 0; c < macro.columns; ++c) written.array().write_trim(c, TrimEntry::kReset);
    EXPECT_TRUE(written.array().trims_at_reset());
    EXPECT_EQ(run(written, full, fidelity), before);
    write_random_trims(written.array(), macro.columns, 1);
    written.array().power_off();
    EXPECT_TRUE(written.array().trims_at_reset());
    EXPECT_EQ(written.array().trim_word(31), 0x00008000u);
  }
}

TEST(Trim, QuantisedFollowsTheEquation) {
  const MacroParameters macro = small_macro();
  for (const unsigned weight_bits : {1u, 3u, 8u}) {
    Macro model(macro);
    fill_array(model.array(), macro, 1500, 8, weight_bits);
    write_random_trims(model.array(), macro.columns, weight_bits);
    const FullArrayJob full = full_array_job(macro, 6, weight_bits, 8, 4, 9);
    const Job& job = full.job;
    // The dot products themselves: what a partial tile writes in fidelity ideal.
    FullArrayJob exact = full;
    exact.job.partial = true;
    exact.job.out_pixel_stride = 4 * job.outputs;
    const std::vector<std::uint8_t> sums = run(model, exact, base::Fidelity::kIdeal);
    const std::vector<std::uint8_t> codes = run(model, full, base::Fidelity::kQuantised);
    // LSB_D = N 2^(bx + bw - b - r), here with b = 8 and r = 1.
    const long double lsb = 144.0L * std::pow(2.0L, 6 + static_cast<int>(weight_bits) - 8 - 1);
    std::size_t on_the_edge = 0;
    for (std::size_t e = 0; e < codes.size(); ++e) {
      const std::size_t j = e % job.outputs;
      const auto d =
          static_cast<std::int32_t>(sums[4 * e] | sums[4 * e + 1] << 8 | sums[4 * e + 2] << 16 |
                                    static_cast<std::uint32_t>(sums[4 * e + 3]) << 24);
      const TrimEntry trim = TrimEntry::from_word(model.array().trim_word(j * weight_bits));
      const AbnEntry abn = model.array().abn(job.abn_first + j);
      const long double value = d * (trim.gain / 32768.0L) + trim.offset / 16.0L * lsb;
      const long double t = abn.gamma / 256.0L * value / lsb + abn.beta / 16.0L + 0.5L;
      if (std::fabs(t - std::round(t)) < 1e-9L) {
        ++on_the_edge;
        continue;
      }
      EXPECT_EQ(codes[e], std::min(std::max(std::floor(t), 0.0L), 255.0L)) << e;
    }
    EXPECT_LT(on_the_edge, codes.size() / 4);
  }
}

TEST(Trim, BothPathsAgree) {
  MacroParameters macro = small_macro();
  macro.convert.noise_mv = 0;
  macro.temperature_k = 0;
  for (const base::Fidelity fidelity : {base::Fidelity::kQuantised, base::Fidelity::kAnalog}) {
    for (const unsigned weight_bits : {1u, 2u, 5u}) {
      Macro model(macro);
      fill_array(model.array(), macro, 1000, 8, weight_bits);
      write_random_trims(model.array(), macro.columns, weight_bits);
      const FullArrayJob full = full_array_job(macro, 5, weight_bits, 8, 3, 2);
      std::vector<double> fast;
      std::vector<double> slow;
      std::vector<std::uint8_t> output(full.job.positions() * full.job.outputs);
      model.levels(full.job, full.input.data(), fidelity, {{3, 1}, 0}, false, fast);
      model.run_bitwise(full.job, full.input.data(), fidelity, {{3, 1}, 0}, false, slow,
                        output.data());
      EXPECT_EQ(fast, slow);
      EXPECT_EQ(run(model, full, fidelity), output);
    }
  }
}

// Trims rounded from the die's own offsets and gains leave less than half a step of each.
TEST(Trim, TakesADiesOffsetAndGainAway) {
  MacroParameters macro = small_macro();
  macro.convert.offset_mv = 9;
  macro.convert.gain_percent = 4;
  macro.convert.inl_lsb = 0;
  macro.dot_product.mismatch_percent_sqrt_ff = 0;
  macro.dot_product.charge_injection_mv = 0;
  Macro model(macro);
  fill_array(model.array(), macro, 256, 8, 4);
  const FullArrayJob full = full_array_job(macro, 8, 2, 8, 4, 2);
  std::vector<double> ideal;
  std::vector<double> bad;
  std::vector<double> trimmed;
  const JobDraws draws{{3, 1}, 0};
  model.levels(full.job, full.input.data(), base::Fidelity::kQuantised, draws, false, ideal);
  model.levels(full.job, full.input.data(), base::Fidelity::kAnalog, draws, false, bad);
  const Die& die = model.die(3);
  // 8 bits over half of the supply, which a replica of the line attenuates.
  const double lsb_mv = macro.supply_v * macro.dot_product.gain(8) / 512 * 1e3;
  for (unsigned c = 0; c < macro.columns; ++c) {
    TrimEntry trim;
    trim.gain = static_cast<std::uint16_t>(std::lround(32768 / die.gain(c)));
    trim.offset = static_cast<std::int16_t>(
        std::lround(-16 * die.offset_v(c) * 1e3 / lsb_mv * trim.factor()));
    model.array().write_trim(c, trim.word());
  }
  model.levels(full.job, full.input.data(), base::Fidelity::kAnalog, draws, false, trimmed);
  double worst_before = 0;
  for (std::size_t e = 0; e < ideal.size(); ++e) {
    worst_before = std::max(worst_before, std::fabs(bad[e] - ideal[e]));
    // Half a step of each.
    EXPECT_NEAR(trimmed[e], ideal[e], 0.5 / 16 + 256 * 0.5 / 32768 + 1e-9);
  }
  EXPECT_GT(worst_before, 5);
}

}  // namespace
}  // namespace leyden::cim
