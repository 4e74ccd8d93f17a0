// Spare columns in the place of others: what they are equal to.
#include "models/cim/repair.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "models/base/archive.h"
#include "models/base/error.h"
#include "models/cim/die.h"
#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "models/cim/weight_access.h"
#include "registers/cim.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

using Converter = MacroFaults::Converter;
constexpr std::uint64_t kTable = registers::cim::kRepairTableWindow;
constexpr unsigned kSpares = 4;
// Replaced by spares 0, 1 and 2; 0 and 8 are first columns of outputs, whose converters count.
constexpr unsigned kBad[] = {0, 8, 9};

MacroParameters macro_of(const std::string& chip, unsigned spares) {
  base::ParameterSet parameters = test::preset_parameters(chip);
  MacroParameters macro = read_macro_parameters(parameters);
  macro.spare_columns = spares;
  return macro;
}

bool write(Macro& macro, std::uint64_t offset, std::uint32_t word) {
  std::uint8_t bytes[4];
  for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(word >> 8 * i);
  std::uint64_t rows = 0;
  return access_weight_window(macro.array(), offset, 4, {bytes, nullptr}, rows);
}

std::uint32_t read(Macro& macro, std::uint64_t offset) {
  std::uint8_t bytes[4] = {};
  std::uint64_t rows = 0;
  EXPECT_TRUE(access_weight_window(macro.array(), offset, 4, {nullptr, bytes}, rows));
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

void repair(Macro& macro) {
  for (unsigned spare = 0; spare < 3; ++spare) {
    EXPECT_TRUE(write(macro, kTable + 4 * (1 + spare), Repairs::kValid | kBad[spare]));
  }
}

MacroFaults bad_ones(const MacroParameters& macro) {
  MacroFaults faults;
  faults.dead_columns.resize(macro.physical_columns());
  faults.dead_columns[kBad[0]] = true;
  faults.converters.resize(macro.physical_columns());
  faults.converters[kBad[1]] = Converter::kHighest;
  for (unsigned row = 0; row < macro.rows; ++row) {
    faults.cells.push_back({row, kBad[2], macro.cells.highest_level()});
  }
  return faults;
}

/// A macro with a job over the whole of it.
struct Bench {
  explicit Bench(const MacroParameters& parameters) : macro(parameters), model(parameters) {
    fill();
    full = full_array_job(macro, macro.input_bits, macro.weight_bits, out_bits(), 3, 3);
  }
  unsigned out_bits() const { return macro.post.digital() ? 8 : macro.convert.bits; }
  void fill() { fill_array(model.array(), macro, 700, out_bits(), 5); }
  std::vector<std::uint8_t> run(base::Fidelity fidelity) {
    std::vector<std::uint8_t> codes(full.job.positions() * full.job.position_bytes());
    model.run(full.job, full.input.data(), fidelity, {{3, 1}, 0}, codes.data());
    return codes;
  }

  MacroParameters macro;
  Macro model;
  FullArrayJob full;
};

class RepairsOf : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Presets, RepairsOf,
                         testing::Values("imagine", "rram128", "adapt256", "capram"));

TEST_P(RepairsOf, SparesThatStandNowhereChangeNothing) {
  for (const base::Fidelity fidelity :
       {base::Fidelity::kIdeal, base::Fidelity::kQuantised, base::Fidelity::kAnalog}) {
    Bench plain(macro_of(GetParam(), 0));
    Bench spare(macro_of(GetParam(), kSpares));
    EXPECT_EQ(plain.run(fidelity), spare.run(fidelity));
  }
}

TEST_P(RepairsOf, WhatIsBrokenIsNotSeenOnceItIsReplaced) {
  const MacroParameters macro = macro_of(GetParam(), kSpares);
  for (const base::Fidelity fidelity : {base::Fidelity::kQuantised, base::Fidelity::kAnalog}) {
    Bench broken(macro);
    broken.model.set_faults(bad_ones(macro));
    broken.fill();
    const std::vector<std::uint8_t> before = broken.run(fidelity);
    repair(broken.model);
    broken.fill();
    Bench good(macro);  // the same spares in place, nothing broken
    repair(good.model);
    good.fill();
    const std::vector<std::uint8_t> after = broken.run(fidelity);
    EXPECT_EQ(after, good.run(fidelity));
    EXPECT_NE(after, before);
    if (fidelity == base::Fidelity::kQuantised) {
      EXPECT_EQ(after, Bench(macro_of(GetParam(), 0)).run(fidelity));
    }
    // A spare that goes again: the bad ones are back.
    for (unsigned spare = 0; spare < kSpares; ++spare) {
      EXPECT_TRUE(write(broken.model, kTable + 4 * (1 + spare), 0));
    }
    broken.fill();
    EXPECT_EQ(broken.run(fidelity), before);
  }
}

TEST_P(RepairsOf, FaultsOfSparesAreSeenWhereTheyStand) {
  const MacroParameters macro = macro_of(GetParam(), kSpares);
  MacroFaults of_spare;
  of_spare.dead_columns.resize(macro.physical_columns());
  of_spare.dead_columns[macro.columns + 2] = true;
  MacroFaults of_column;
  of_column.dead_columns.resize(macro.columns);
  of_column.dead_columns[kBad[2]] = true;
  Bench spare(macro);
  spare.model.set_faults(of_spare);
  Bench column(macro_of(GetParam(), 0));
  const std::vector<std::uint8_t> good = column.run(base::Fidelity::kQuantised);
  column.model.set_faults(of_column);
  EXPECT_EQ(spare.run(base::Fidelity::kQuantised), good);
  repair(spare.model);
  spare.fill();
  EXPECT_EQ(spare.run(base::Fidelity::kQuantised), column.run(base::Fidelity::kQuantised));
}

TEST_P(RepairsOf, BothPathsSeeTheSame) {
  const MacroParameters macro = macro_of(GetParam(), kSpares);
  Bench bench(macro);
  repair(bench.model);
  bench.fill();
  const Job& job = bench.full.job;
  const JobDraws draws{{3, 1}, 0};
  std::vector<double> levels;
  std::vector<double> by_bits;
  std::vector<std::uint8_t> codes(job.positions() * job.position_bytes());
  bench.model.levels(job, bench.full.input.data(), base::Fidelity::kAnalog, draws, false, levels);
  bench.model.run_bitwise(job, bench.full.input.data(), base::Fidelity::kAnalog, draws, false,
                          by_bits, codes.data());
  ASSERT_EQ(levels.size(), by_bits.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    EXPECT_NEAR(levels[i], by_bits[i], 1e-6 * (1 + std::abs(levels[i])));
  }
}

TEST(RepairTable, TellsHowManySparesThereAre) {
  Macro without(macro_of("imagine", 0));
  EXPECT_EQ(read(without, kTable), 0u);
  EXPECT_FALSE(write(without, kTable + 4, Repairs::kValid));
  Macro with(macro_of("imagine", kSpares));
  EXPECT_EQ(read(with, kTable), kSpares);
  EXPECT_FALSE(write(with, kTable, 7));
  EXPECT_FALSE(write(with, kTable + 4 * (1 + kSpares), Repairs::kValid));
}

TEST(RepairTable, RefusesWhatCannotBe) {
  Macro macro(macro_of("imagine", kSpares));
  const unsigned columns = macro.parameters().columns;
  EXPECT_TRUE(write(macro, kTable + 4, Repairs::kValid | 7));
  EXPECT_FALSE(write(macro, kTable + 8, Repairs::kValid | 7)) << "has a spare";
  EXPECT_FALSE(write(macro, kTable + 8, Repairs::kValid | columns)) << "is not there";
  EXPECT_EQ(read(macro, kTable + 8), 0u);
  EXPECT_TRUE(write(macro, kTable + 4, Repairs::kValid | 8)) << "moves";
  EXPECT_TRUE(write(macro, kTable + 8, Repairs::kValid | 7)) << "is free now";
  EXPECT_EQ(read(macro, kTable + 4), Repairs::kValid | 8);
  EXPECT_TRUE(write(macro, kTable + 8, columns)) << "means nothing without VALID";
  EXPECT_EQ(macro.array().repairs().physical(7), 7u);
  EXPECT_EQ(macro.array().repairs().physical(8), columns);
  macro.array().power_off();
  EXPECT_EQ(read(macro, kTable + 4), 0u);
  EXPECT_EQ(macro.array().repairs().physical(8), 8u);
}

TEST(RepairTable, AReplacedColumnIsNotWritten) {
  Bench bench(macro_of("imagine", kSpares));
  const Job& job = bench.full.job;
  EXPECT_TRUE(bench.model.array().written(job, bench.macro));
  repair(bench.model);
  EXPECT_FALSE(bench.model.array().written(job, bench.macro));
  bench.fill();
  EXPECT_TRUE(bench.model.array().written(job, bench.macro));
}

TEST(RepairTable, ComesBackWithASnapshot) {
  const MacroParameters parameters = macro_of("imagine", kSpares);
  Bench bench(parameters);
  repair(bench.model);
  bench.fill();
  const std::vector<std::uint8_t> codes = bench.run(base::Fidelity::kAnalog);
  base::Archive written;
  bench.model.array().archive(written);
  Bench other(parameters);
  EXPECT_NE(other.run(base::Fidelity::kAnalog), codes);
  base::Archive restored("x", written.seal("1"), "1");
  other.model.array().archive(restored);
  EXPECT_EQ(other.run(base::Fidelity::kAnalog), codes);

  // Not into a macro that has no spares.
  Bench without(macro_of("imagine", 0));
  base::Archive shorter("x", written.seal("1"), "1");
  without.model.array().archive(shorter);
  EXPECT_THROW(shorter.finish(), base::UsageError);
}

TEST(SpareDie, ASpareIsItselfWhereverItStands) {
  MacroParameters macro = macro_of("imagine", kSpares);
  macro.combine.column_mismatch_percent = 1;
  const Die plain(macro, 11, 0);
  const auto with = [&](unsigned spare, unsigned column) {
    Repairs repairs(macro.columns, kSpares);
    EXPECT_TRUE(repairs.write(spare, Repairs::kValid | column));
    return Die(macro, 11, 0, repairs);
  };
  const Die here = with(2, 7);
  const Die there = with(2, 200);
  const Die other = with(3, 7);
  EXPECT_EQ(here.offset_v(7), there.offset_v(200));
  EXPECT_EQ(here.gain(7), there.gain(200));
  EXPECT_EQ(here.inl_bow_lsb(7), there.inl_bow_lsb(200));
  EXPECT_EQ(here.column_weight(7), there.column_weight(200));
  EXPECT_NE(here.offset_v(7), plain.offset_v(7));
  EXPECT_NE(here.offset_v(7), other.offset_v(7));
  EXPECT_EQ(here.offset_v(8), plain.offset_v(8));
  unsigned differing = 0;
  for (unsigned row = 0; row < macro.page_rows(); ++row) {
    EXPECT_EQ(here.mismatch(row, 7), there.mismatch(row, 200));
    EXPECT_EQ(here.mismatch(row, 8), plain.mismatch(row, 8));
    differing += here.mismatch(row, 7) != other.mismatch(row, 7) ? 1 : 0;
  }
  EXPECT_GT(differing, macro.page_rows() - 5);
  EXPECT_FALSE(here.is(11, plain.repairs()));
  EXPECT_TRUE(here.is(11, here.repairs()));
}

}  // namespace
}  // namespace leyden::cim
