// Damaged sweep files and expressions never crash: they are read, or refused with one sentence.
#include <cmath>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "platform/sweep/expression.h"
#include "tests/platform/sweep/small_sweep.h"

namespace leyden::sweep {
namespace {

const std::vector<std::string> kFiles = {
    R"(about: one line
base: {chip: imagine, network: lenet5-mnist, set: {cim.rows: 512}, quantise: {weight_bits: 2}}
depth: cost
variables:
  - {name: adc, key: cim.converter.bits, list: [4, 6]}
  - {key: cim.supply_v, range: {from: 0.4, to: 0.6, step: 0.1}}
  - {name: both, keys: [cim.rows, cim.rows_per_unit], log_range: {from: 4, to: 64, points: 3}}
  - {name: form, key: cim.converter.kind, categories: [sar, flash]}
  - {key: cim.swing_v, expression: 'min(supply_v, adc ^ 2) / 2 + floor(both % 3)'}
constraints: ['adc * both < 300', 'both > 3 && (supply_v <= 0.5 || adc != 4)']
plan: {kind: grid}
objectives: [latency_us, {metric: tiles, better: less}]
confirm: {points: 3}
)",
    R"(base:
  chip: ./x.yaml
  network: a
depth: full
variables: [{key: cim.supply_v, log_range: {from: 0.4, to: 0.6}}, {key: cim.rows, list: [1, 2, 3]}]
plan: {kind: optimise, algorithm: nsga2, population: 8, generations: 2, seed: 3}
objectives: [accuracy_percent, energy_nj]
)",
    R"(base: &b {chip: a, network: a}
depth: cost
variables: [{name: v, key: cim.supply_v, range: {from: 0, to: 5}}]
constraints: [v > 1]
plan: {kind: sobol, points: 20, seed: 3}
)"};

/// Changes some bytes. @param words put in now and then, so that mutants get past the YAML
std::string mutant(std::string text, const std::vector<std::string>& words, std::mt19937& random) {
  const int changes = 1 + static_cast<int>(random() % 3);
  for (int k = 0; k < changes && !text.empty(); ++k) {
    const std::size_t at = random() % text.size();
    const std::size_t digit = text.find_first_of("0123456789", at);
    if (random() % 2 == 0 && digit != std::string::npos) {  // mostly still a sweep file
      text[digit] = static_cast<char>('0' + random() % 10);
      continue;
    }
    switch (random() % 5) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + random() % 8);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), random() % 12));
        break;
      case 3:
        text[at] = static_cast<char>(' ' + random() % 95);
        break;
      default:
        text.insert(at, words[random() % words.size()]);
        break;
    }
  }
  return text;
}

void expect_sentence(const base::Error& error) {
  EXPECT_GT(std::strlen(error.what()), 10u);
  EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
}

TEST(SweepFuzz, MutatedFilesAreReadOrRefused) {
  const std::vector<std::string> words = {"*b",    "&b ",  "[",      "]",   "{",  "}",
                                          "~",     "null", "!!int ", "1e9", "-1", "0",
                                          "1e300", ", ",   ": ",     "nan", "\t", "? "};
  for (const std::string& file : kFiles) EXPECT_NO_THROW(make_planner(small_sweep(file)));
  std::mt19937 random(11);
  std::size_t read = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = mutant(kFiles[random() % kFiles.size()], words, random);
    try {
      const SweepSpec spec = small_sweep(text);
      ++read;
      if (spec.plan.points > 1000) continue;
      const auto planner = make_planner(spec);
      if (planner->planned() > 1000) continue;
      planner->run([](const std::vector<Point>& points) {
        std::vector<PointResult> results(points.size());
        for (PointResult& result : results) {
          for (auto& figure : result.metrics) figure = 1;
        }
        return results;
      });
    } catch (const base::UsageError& error) {
      ++refused;
      expect_sentence(error);
    }
  }
  EXPECT_GT(read, 500u);
  EXPECT_GT(refused, 1500u);
}

TEST(SweepFuzz, MutatedExpressionsAreReadOrRefused) {
  const std::vector<std::string> texts = {
      "min(x, y + 2 ^ 3, 1e2) * !(x < 1) % 3", "x > 1 && y <= 2 || (x == y ? 1 : floor(y)) != 0",
      "pow(x, y) / log2(x) - -y", "((x + y) * (x - y)) >= sqrt(abs(x))"};
  const std::vector<std::string> words = {"(", ")",  ",", "min", "pow(", "x",  "1e", ".", "?", ":",
                                          "!", "&&", "%", "^",   "-",    "==", "=",  "e", "_"};
  std::mt19937 random(12);
  std::size_t read = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 20000; ++i) {
    try {
      const std::string text = mutant(texts[random() % texts.size()], words, random);
      const double value = Expression(text, {"x", "y"}, "here").evaluate({2.5, 3});
      ++read;
      EXPECT_TRUE(std::isfinite(value) || std::isnan(value));
    } catch (const base::UsageError& error) {
      ++refused;
      expect_sentence(error);
    }
  }
  EXPECT_GT(read, 800u);
  EXPECT_GT(refused, 8000u);
}

TEST(SweepFuzz, DeepNestingIsRefused) {
  for (const std::string open : {"[", "{a: ", "- ", "? "}) {
    std::string text;
    for (int i = 0; i < 100000; ++i) text += open;
    EXPECT_THROW(small_sweep(text), base::UsageError);
  }
}

}  // namespace
}  // namespace leyden::sweep
