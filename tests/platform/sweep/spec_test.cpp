#include "platform/sweep/spec.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "tests/platform/sweep/small_sweep.h"

namespace leyden::sweep {
namespace {

TEST(SweepSpec, ReadsEveryPartOfAFile) {
  const SweepSpec spec = load_sweep_text(R"(
about: what is asked
base:
  chip: chips/mine.yaml
  network: resnet20-cifar10
  data: ../data
  set: {cim.rows: 512, cim.converter.kind: flash}
  quantise: {weight_bits: 2, converter_granularity: part}
  objective: energy
  calibration_images: 16
  images: 7
  fidelity: quantised
  die: 3
  calibrate: on
  max_seconds: 2.5
  keep_layers: true
depth: full
variables:
  - {name: adc, key: cim.converter.bits, list: [4, 6]}
  - {key: cim.supply_v, range: {from: 0.4, to: 0.6, step: 0.1}}
  - {name: both, keys: [cim.rows, cim.rows_per_unit], log_range: {from: 4, to: 64, points: 3}}
  - {name: form, key: cim.converter.kind, categories: [sar, flash]}
  - {key: cim.swing_v, expression: supply_v / 2}
constraints: [adc * both < 100]
plan: {kind: grid}
objectives: [accuracy_percent, {metric: tiles, better: less}]
)",
                                         "sweeps/a.yaml", small_scopes());
  EXPECT_EQ(spec.about, "what is asked");
  EXPECT_EQ(spec.origin, "sweeps/a.yaml");
  EXPECT_EQ(spec.base.chip, "sweeps/chips/mine.yaml");
  EXPECT_EQ(spec.base.network, "resnet20-cifar10");
  EXPECT_EQ(spec.base.data, "data");
  EXPECT_EQ(spec.base.set, (std::vector<std::string>{"cim.rows=512", "cim.converter.kind=flash"}));
  EXPECT_EQ(spec.base.quantise,
            (std::vector<std::string>{"weight_bits=2", "converter_granularity=part"}));
  EXPECT_EQ(spec.base.objective, "energy");
  EXPECT_EQ(spec.base.calibration_images, 16u);
  EXPECT_EQ(spec.base.images, 7u);
  EXPECT_EQ(spec.base.fidelity, "quantised");
  EXPECT_EQ(spec.base.die, 3u);
  EXPECT_TRUE(spec.base.calibrate);
  EXPECT_EQ(spec.base.max_seconds, 2.5);
  EXPECT_TRUE(spec.base.keep_layers);
  EXPECT_EQ(spec.depth, Depth::kFull);
  ASSERT_EQ(spec.variables.size(), 5u);
  EXPECT_EQ(spec.variables[0].unit, "1");
  EXPECT_EQ(spec.variables[1].name, "supply_v");
  EXPECT_EQ(spec.variables[1].unit, "V");
  ASSERT_EQ(spec.variables[1].values.size(), 3u);
  EXPECT_EQ(spec.variables[1].values[2].text, "0.6");
  ASSERT_EQ(spec.variables[2].values.size(), 3u);
  EXPECT_EQ(spec.variables[2].values[1].text, "16");
  EXPECT_EQ(spec.variables[3].kind, VariableKind::kCategory);
  EXPECT_TRUE(spec.variables[4].dependent());
  ASSERT_EQ(spec.objectives.size(), 2u);
  EXPECT_EQ(spec.objectives[0].better, 1);
  EXPECT_EQ(spec.objectives[1].better, -1);
}

TEST(SweepSpec, RoundsWholeKeysAndLeavesOutWhatIsThenEqual) {
  const SweepSpec spec =
      small_sweep(sweep_file("- {key: cim.converter.bits, range: {from: 1, to: 3, points: 9}}\n"
                             "- {key: cim.rows, log_range: {from: 1, to: 10, points: 4}}\n"
                             "- {key: cim.rows_per_unit, range: {from: 2, to: 5}}\n"));
  const auto texts = [&](std::size_t i) {
    std::string all;
    for (const Value& value : spec.variables[i].values) all += value.text + " ";
    return all;
  };
  EXPECT_EQ(texts(0), "1 2 3 ");
  EXPECT_EQ(texts(1), "1 2 5 10 ");  // 1, 2.15, 4.64, 10
  EXPECT_EQ(texts(2), "2 3 4 5 ");   // a whole key steps by 1
}

TEST(SweepSpec, AWordWithADotBesideTheFileStaysAPath) {
  const SweepSpec spec = small_sweep(
      sweep_file("- {key: network, categories: [mine.onnx, lenet5-mnist, /a/b.onnx]}\n"));
  EXPECT_EQ(spec.variables[0].values[0].text, "mine.onnx");
  EXPECT_EQ(spec.variables[0].values[0].setting, "./mine.onnx");
  EXPECT_EQ(spec.variables[0].values[1].setting, "lenet5-mnist");
  EXPECT_EQ(spec.variables[0].values[2].setting, "/a/b.onnx");
}

TEST(SweepSpec, AFileThatIsNotThereIsRefused) {
  for (const std::string path : {"no/such.yaml", "."}) {
    try {
      load_sweep_file(path, small_scopes());
      FAIL();
    } catch (const base::UsageError& error) {
      EXPECT_EQ(error.what(), "Sweep file " + path + " cannot be read, or is empty.");
    }
  }
}

struct Wrong {
  std::string text;
  std::string sentence;
};

/// Else GoogleTest prints the bytes of the structure, its padding too.
void PrintTo(const Wrong& wrong, std::ostream* out) {  // NOLINT(readability-identifier-naming)
  *out << wrong.sentence;
}

class WrongSweep : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSweep, IsRefusedWithASentence) {
  try {
    make_planner(small_sweep(GetParam().text));
    FAIL() << GetParam().text;
  } catch (const base::UsageError& error) {
    EXPECT_EQ(error.what(), GetParam().sentence) << GetParam().text;
  }
}

const std::string kBits = "- {name: adc, key: cim.converter.bits, list: [4, 5]}\n";
const std::string kSupply = "- {key: cim.supply_v, range: {from: 0.4, to: 1}}\n";

std::string with_variable(const std::string& variable) { return sweep_file(variable + "\n"); }
std::string with_constraint(const std::string& constraint) {
  return sweep_file(kBits, "{kind: grid}", "constraints: ['" + constraint + "']\n");
}
std::string with_plan(const std::string& plan, const std::string& rest = "") {
  return sweep_file(kBits, plan, rest);
}
const std::string kTwo = "objectives: [latency_us, energy_nj]\n";

INSTANTIATE_TEST_SUITE_P(
    File, WrongSweep,
    testing::Values(
        Wrong{"a: [", "a.yaml:1: this is not YAML: end of sequence flow not found."},
        Wrong{"", "a.yaml: the file must be a map of keys to values."},
        Wrong{"a: 1\n---\nb: 1\n", "a.yaml holds 2 YAML documents, but a sweep file is one."},
        Wrong{",", "a.yaml holds 100 or more YAML documents, but a sweep file is one."},
        Wrong{"- 1", "a.yaml:1: the file must be a map of keys to values."},
        Wrong{"base: {}\nbase: {}\n", "a.yaml:2: base is given twice."},
        Wrong{"variabels: 1", "a.yaml:1: variabels is not known here; did you mean 'variables'?"},
        Wrong{"about: x", "a.yaml:1: the file has no key base."},
        Wrong{"base: 3", "a.yaml:1: base must be a map of keys to values."},
        Wrong{"base: {chip: a}", "a.yaml:1: base has no key network."},
        Wrong{"base: {chip: [a], network: b}",
              "a.yaml:1: base.chip must be a word or one line of text."},
        Wrong{"base: {chip: a, network: b, imgaes: 3}",
              "a.yaml:1: base.imgaes is not known here; did you mean 'images'?"},
        Wrong{"base: {chip: a, network: b, images: 0}",
              "a.yaml:1: base.images must be a whole number from 1 to 1000000."},
        Wrong{"base:\n  chip: a\n  network: b\n  set: {cim.row: 3}\n",
              "a.yaml:4: base.set.cim.row is the unknown key cim.row; did you mean 'cim.rows'?"},
        Wrong{"base:\n  chip: a\n  network: b\n  set: {die: 3}\n",
              "a.yaml:4: base.set.die is no key of a chip; it is given in base itself."},
        Wrong{"base: {chip: a, network: b, set: {cim.rows: 0}}",
              "a.yaml:1: base.set.cim.rows: cim.rows is 0; it must be from 1 to 4096"},
        Wrong{"base: {chip: a, network: b, quantise: {weight_bits: 9}}",
              "a.yaml:1: base.quantise.weight_bits: quantise: key 'weight_bits' must be a whole "
              "number from 1 to 8"},
        Wrong{
            "base: {chip: a, network: b, fidelity: analogue}",
            "a.yaml:1: base.fidelity: fidelity is 'analogue'; it must be one of ideal, quantised, "
            "analog; did you mean 'analog'?"},
        Wrong{"base: {chip: a, network: b, calibrate: perhaps}",
              "a.yaml:1: base.calibrate must be on or off."},
        Wrong{"base: {chip: a, network: b, max_seconds: -1}",
              "a.yaml:1: base.max_seconds must be from 0, which is no limit, to 1e9 seconds."},
        Wrong{sweep_file(kBits, "{kind: grid}", "", "coast"),
              "a.yaml:2: depth is 'coast', but must be cost or full; did you mean 'cost'?"}));

INSTANTIATE_TEST_SUITE_P(
    Variables, WrongSweep,
    testing::Values(
        Wrong{"base: {chip: a, network: b}\ndepth: cost\nvariables: []\n",
              "a.yaml:3: variables must be a list of at least one."},
        Wrong{with_variable("- 3"), "a.yaml:4: variables[0] must be a map of keys to values."},
        Wrong{with_variable("- {list: [1]}"),
              "a.yaml:4: variables[0] must have either key or keys, which name what it sets."},
        Wrong{with_variable("- {key: cim.rwos, list: [1]}"),
              "a.yaml:4: variables[0].key is the unknown key cim.rwos; did you mean 'cim.rows'?"},
        Wrong{with_variable("- {key: xyz, list: [1]}"),
              "a.yaml:4: variables[0].key is the unknown key xyz; 'leyden list parameters' names "
              "those of chips, docs/sweep.md the others."},
        Wrong{with_variable("- {key: quantise.weight_bit, list: [1]}"),
              "a.yaml:4: variables[0].key is the unknown key quantise.weight_bit; did you mean "
              "'quantise.weight_bits'?"},
        Wrong{with_variable("- {key: cim.rows}"),
              "a.yaml:4: variables[0] has no values; list, range, log_range, categories or "
              "expression gives them."},
        Wrong{with_variable("- {key: cim.rows, list: [1], categories: [a]}"),
              "a.yaml:4: variables[0] has both list and categories; one is needed."},
        Wrong{with_variable("- {key: cim.rows, list: []}"),
              "a.yaml:4: variables[0].list must be a list of at least one."},
        Wrong{with_variable("- {key: cim.rows, list: [1, many]}"),
              "a.yaml:4: variables[0].list[1] must be a number; words are given in categories."},
        Wrong{with_variable("- {key: cim.rows, list: [1, .inf]}"),
              "a.yaml:4: variables[0].list[1] must be a number; words are given in categories."},
        Wrong{with_variable("- {key: cim.rows, list: [1, 1.0]}"),
              "a.yaml:4: variables[0].list[1] gives 1 twice."},
        Wrong{with_variable("- {key: cim.rows, list: [1, 2.5]}"),
              "a.yaml:4: variables[0].list[1]: cim.rows is 2.5; it must be a whole number"},
        Wrong{with_variable("- {key: cim.rows, list: [1, 5000]}"),
              "a.yaml:4: variables[0].list[1]: cim.rows is 5000; it must be from 1 to 4096"},
        Wrong{with_variable("- {key: cim.converter.kind, list: [1]}"),
              "a.yaml:4: variables[0].list gives numbers, but cim.converter.kind takes words; use "
              "categories."},
        Wrong{with_variable("- {key: cim.converter.kind, categories: [flush]}"),
              "a.yaml:4: variables[0].categories[0]: cim.converter.kind is 'flush'; it must be one "
              "of sar, flash; did you mean 'flash'?"},
        Wrong{with_variable("- {key: cim.supply_v, range: {from: 1}}"),
              "a.yaml:4: variables[0].range has no key to."},
        Wrong{with_variable("- {key: cim.supply_v, range: {from: 1, to: 1}}"),
              "a.yaml:4: variables[0].range must have from below to."},
        Wrong{with_variable("- {key: cim.supply_v, range: {from: 1, to: 6}}"),
              "a.yaml:4: variables[0].range.to: cim.supply_v is 6 V; it must be from 0 to 5 V"},
        Wrong{with_variable("- {key: cim.supply_v, range: {from: 1, to: 2, step: 0}}"),
              "a.yaml:4: variables[0].range.step must be above 0."},
        Wrong{with_variable("- {key: cim.supply_v, range: {from: 1, to: 2, step: 1e-9}}"),
              "a.yaml:4: variables[0].range has more than a million values; give a larger step, or "
              "points."},
        Wrong{with_variable("- {key: cim.supply_v, range: {from: 1, to: 2, step: 1, points: 2}}"),
              "a.yaml:4: variables[0].range has both step and points; one is needed."},
        Wrong{with_variable("- {key: cim.supply_v, log_range: {from: 0, to: 2, points: 2}}"),
              "a.yaml:4: variables[0].log_range.from must be above 0 in a log_range."},
        Wrong{with_variable("- {key: cim.rows, log_range: {from: 1, to: 2}}"),
              "a.yaml:4: variables[0].log_range needs points, as rows takes whole numbers."},
        Wrong{with_variable("- {key: images, list: [1]}"),
              "a.yaml:4: variables[0].key is images, which changes nothing at depth cost."},
        Wrong{with_variable("- {keys: [cim.rows, chip], list: [1]}"),
              "a.yaml:4: variables[0].keys[1] is chip, which cannot follow one variable with "
              "cim.rows."},
        Wrong{with_variable("- {key: cim.rows, name: 2rows, list: [1]}"),
              "a.yaml:4: variables[0].name has the name 2rows, but a name is at most 60 letters, "
              "digits and _, and does not start with a digit."},
        Wrong{with_variable("- {key: cim.rows, name: min, list: [1]}"),
              "a.yaml:4: variables[0].name has the name min, which is a function of expressions; "
              "name it otherwise."},
        Wrong{with_variable("- {key: cim.rows, name: Tiles, list: [1]}"),
              "a.yaml:4: variables[0].name has the name Tiles, which is a column of the results; "
              "name it otherwise."},
        Wrong{with_variable("- {key: cim.rows, list: [1]}\n- {key: cim.rows_per_unit, name: Rows, "
                            "list: [1]}"),
              "a.yaml:5: variables[1] has the name Rows, which another has; give it a name of its "
              "own."},
        Wrong{with_variable("- {key: cim.rows, list: [1]}\n- {key: cim.rows, name: r, list: [1]}"),
              "a.yaml:5: variables[1] sets cim.rows, which is set already."},
        Wrong{with_variable("- {key: cim.rows, expression: '3'}"),
              "a.yaml:4: variables are all expressions; at least one must have a list, range, "
              "log_range or categories."},
        Wrong{
            with_variable(kBits + "- {key: cim.rows, expression: 'acd * 2'}"),
            "a.yaml:5: variables[1].expression 'acd * 2' uses acd, which is no variable; there are "
            "adc, rows."},
        Wrong{
            with_variable("- {key: cim.rows, list: [1]}\n- {key: cim.swing_v, expression: 'rowz'}"),
            "a.yaml:5: variables[1].expression 'rowz' uses rowz, which is no variable; did you "
            "mean 'rows'?"},
        Wrong{with_variable(kBits + "- {key: cim.rows, expression: 'rows_per_unit + 1'}\n"
                                    "- {key: cim.rows_per_unit, expression: 'rows'}"),
              "a.yaml:5: variables[1].expression 'rows_per_unit + 1' has no value, for variables "
              "depend on each other in a circle: rows, rows_per_unit."},
        Wrong{with_variable("- {name: form, key: cim.converter.kind, categories: [sar]}\n"
                            "- {key: cim.rows, expression: 'form + 1'}"),
              "a.yaml:5: variables[1].expression 'form + 1' uses form, which is a category and has "
              "no number."},
        Wrong{
            with_variable(kBits + "- {key: cim.converter.kind, expression: 'adc'}"),
            "a.yaml:5: variables[1].expression gives numbers, but cim.converter.kind takes words; "
            "use categories."},
        Wrong{
            with_variable("- {key: cim.supply_v, list: [0, 1]}\n"
                          "- {key: cim.swing_v, expression: '1 / supply_v'}"),
            "a.yaml:5: variables[1].expression '1 / supply_v' is no finite number at supply_v = 0; "
            "a constraint can leave such points out."}));

INSTANTIATE_TEST_SUITE_P(
    Constraints, WrongSweep,
    testing::Values(
        Wrong{with_constraint("adc = 4"),
              "a.yaml:6: constraints[0] 'adc = 4' has a single =; values are compared with ==."},
        Wrong{with_constraint("adc + 4"),
              "a.yaml:6: constraints[0] 'adc + 4' compares nothing; a constraint is a comparison, "
              "such as a <= b."},
        Wrong{with_constraint("3 < 4"),
              "a.yaml:6: constraints[0] '3 < 4' uses no variable; it holds for all points or for "
              "none."},
        Wrong{with_constraint("adc < foo(4)"),
              "a.yaml:6: constraints[0] 'adc < foo(4)' uses foo, which is no variable; there are "
              "adc."},
        Wrong{
            with_constraint("adc @ 4"),
            "a.yaml:6: constraints[0] 'adc @ 4' has a character at place 5 that expressions do not "
            "have; they are made of names, numbers and + - * / % ^ ( ) , < > = ! & | ? :."},
        Wrong{with_constraint("adc < 2adc"),
              "a.yaml:6: constraints[0] 'adc < 2adc' has a name right behind a number; write a "
              "product with *."},
        Wrong{
            with_constraint("1 / (adc - 4) > 0"),
            "a.yaml:6: constraints[0] '1 / (adc - 4) > 0' is no finite number at adc = 4; another "
            "constraint can leave such points out."},
        Wrong{with_constraint("adc > 5"), "a.yaml:5: plan is empty: no point satisfies 'adc > 5'."},
        Wrong{sweep_file(kBits, "{kind: grid}", "constraints: [adc > 4, adc < 5, adc > 0]\n"),
              "a.yaml:5: plan is empty: no point satisfies 'adc > 4', 'adc < 5', 'adc > 0'."},
        Wrong{sweep_file(kSupply, "{kind: random, points: 3}", "constraints: [supply_v > 2]\n"),
              "a.yaml:5: plan is empty: in 100000 draws no point satisfies 'supply_v > 2'."},
        Wrong{sweep_file(kSupply, "{kind: optimise, points: 8, population: 8}",
                         kTwo + "constraints: [supply_v > 2]\n"),
              "a.yaml:5: plan is empty: in 20000 draws no point satisfies 'supply_v > 2'."}));

INSTANTIATE_TEST_SUITE_P(
    Plans, WrongSweep,
    testing::Values(
        Wrong{with_plan("grid"), "a.yaml:5: plan must be a map, such as {kind: grid}."},
        Wrong{with_plan("{kind: gird}"),
              "a.yaml:5: plan.kind is 'gird', but must be grid, random, sobol, sensitivity or "
              "optimise."},
        Wrong{with_plan("{kind: grid, points: 3}"),
              "a.yaml:5: plan.points is not known here; the keys are kind."},
        Wrong{with_plan("{kind: random}"), "a.yaml:5: plan has no key points."},
        Wrong{with_plan("{kind: random, points: 0}"),
              "a.yaml:5: plan.points must be a whole number from 1 to 1000000."},
        Wrong{with_plan("{kind: random, points: 3}"),
              "a.yaml:5: plan asks for 3 points, but there are only 2; a grid takes them all."},
        Wrong{with_plan("{kind: sobol, points: 2, seed: -1}"),
              "a.yaml:5: plan.seed must be a whole number from 0 to 4294967295."},
        Wrong{with_plan("{kind: sobol, points: 2}", "constraints: [adc < 5]\n"),
              "a.yaml:5: plan asks for 2 points, but behind 1 the next 100000 draws gave no other "
              "that satisfies the constraints; ask for fewer."},
        Wrong{sweep_file(kSupply),
              "a.yaml:5: plan is a grid, but the variable supply_v is continuous; give its range a "
              "step or points."},
        Wrong{
            sweep_file("- {key: cim.rows, range: {from: 1, to: 4000}}\n"
                       "- {key: cim.supply_v, range: {from: 1, to: 2, points: 3000}}\n"),
            "a.yaml:6: plan is a grid of more than 10000000 points; give fewer values, or a random "
            "or sobol plan."},
        Wrong{
            with_plan("{kind: sensitivity}"),
            "a.yaml:5: plan goes around the base, which gives no value of cim.converter.bits; say "
            "around: {adc: VALUE}."},
        Wrong{with_plan("{kind: sensitivity, around: {adx: 3}}"),
              "a.yaml:5: plan.around.adx is not known here; did you mean 'adc'?"},
        Wrong{with_plan("{kind: sensitivity, around: {adc: 13}}"),
              "a.yaml:5: plan.around.adc: cim.converter.bits is 13; it must be from 1 to 12"},
        Wrong{sweep_file("- {key: chip, categories: [a, b]}\n",
                         "{kind: sensitivity, around: {chip: c}}"),
              "a.yaml:5: plan.around.chip is 'c', but must be one of the categories of chip."},
        Wrong{with_plan("{kind: sensitivity, around: {adc: 4}}", "constraints: [adc > 4]\n"),
              "a.yaml:5: plan goes around a point that breaks 'adc > 4'."},
        Wrong{with_plan("{kind: sensitivity, around: {adc: 4}}", "constraints: [adc < 5]\n"),
              "a.yaml:5: plan is empty: no variable has another value that the constraints leave."},
        Wrong{
            with_plan("{kind: optimise, points: 40}"),
            "a.yaml:5: plan optimises, which needs at least two objectives; for one a grid, random "
            "or sobol plan tells the best point."},
        Wrong{with_plan("{kind: optimise}", kTwo),
              "a.yaml:5: plan must have either generations or points, which end the search."},
        Wrong{with_plan("{kind: optimise, points: 40, population: 10}", kTwo),
              "a.yaml:5: plan.population is 10, but must be a multiple of 4 for nsga2."},
        Wrong{with_plan("{kind: optimise, points: 40, population: 4}", kTwo),
              "a.yaml:5: plan.population must be a whole number from 8 to 10000."},
        Wrong{with_plan("{kind: optimise, points: 39}", kTwo),
              "a.yaml:5: plan.points must be a whole number from 40 to 1000000."},
        Wrong{with_plan("{kind: optimise, points: 40, algorithm: nsga}", kTwo),
              "a.yaml:5: plan.algorithm is 'nsga', but must be nsga2 or moead; did you mean "
              "'nsga2'?"},
        Wrong{with_plan("{kind: optimise, points: 40, algorithm: moead}", kTwo),
              "a.yaml:5: plan is moead, which is for continuous variables, but adc has a list of "
              "values; use nsga2."},
        Wrong{sweep_file("- {key: cim.rows, list: [4]}\n", "{kind: optimise, points: 40}", kTwo),
              "a.yaml:5: plan optimises, but every variable has one value; give it more."}));

INSTANTIATE_TEST_SUITE_P(
    Objectives, WrongSweep,
    testing::Values(
        Wrong{with_plan("{kind: grid}", "objectives: [latency_ns]\n"),
              "a.yaml:6: objectives[0] is latency_ns, which is no metric; did you mean "
              "'latency_us'?"},
        Wrong{with_plan("{kind: grid}", "objectives: [latency_us, latency_us]\n"),
              "a.yaml:6: objectives[1] is latency_us, which is there already."},
        Wrong{with_plan("{kind: grid}", "objectives: [tiles]\n"),
              "a.yaml:6: objectives[0] is tiles, of which neither less nor more is better as such; "
              "write {metric: tiles, better: less} or more."},
        Wrong{with_plan("{kind: grid}", "objectives: [{metric: tiles, better: fewer}]\n"),
              "a.yaml:6: objectives[0].better is 'fewer', but must be less or more."},
        Wrong{with_plan("{kind: grid}", "objectives: [accuracy_percent]\n"),
              "a.yaml:6: objectives[0] is accuracy_percent, which is known at depth full only."},
        Wrong{with_plan("{kind: grid}", "confirm: {points: 3}\n"),
              "a.yaml:6: confirm needs objectives: points of their front are confirmed."},
        Wrong{with_plan("{kind: grid}", kTwo + "confirm: {points: 0}\n"),
              "a.yaml:7: confirm.points must be a whole number from 1 to 10000."},
        Wrong{sweep_file(kBits, "{kind: grid}", kTwo + "confirm: {points: 3}\n", "full"),
              "a.yaml:7: confirm is for depth cost; at depth full every point is run in full."}));

TEST(SweepSpec, AHugeFileIsRefused) {
  EXPECT_THROW(small_sweep(std::string(2000000, ' ')), base::UsageError);
}

}  // namespace
}  // namespace leyden::sweep
