#include "platform/sweep/expression.h"

#include <cmath>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "platform/sweep/constraint.h"

namespace leyden::sweep {
namespace {

double value(const std::string& text) {
  return Expression(text, {"x", "y"}, "here").evaluate({3.5, -2});
}

TEST(Expression, HasTheOperatorsAndFunctionsThatAreTold) {
  EXPECT_EQ(value("x + y * 2"), -0.5);
  EXPECT_EQ(value("2 ^ 3 ^ 2"), 512);
  EXPECT_EQ(value("pow(2, 10) + 1e2 + .5"), 1124.5);
  EXPECT_EQ(value("floor(x) + ceil(x) * 10 + round(x) * 100"), 443);
  EXPECT_EQ(value("min(x, y, 1) + max(x, y)"), 1.5);
  EXPECT_EQ(value("log2(8) + log10(100) + sqrt(16) + abs(y) + exp(0)"), 12);
  EXPECT_EQ(value("x > y ? 1 : 2"), 1);
  EXPECT_EQ(value("!(x > y) || x == 3.5 && y != 0"), 1);
  EXPECT_EQ(value("7 % 4 + (y - 1) % 4 * 10"), 13);  // -3 is one above a multiple of 4
  EXPECT_EQ(value("y ^ 2"), 4);
}

TEST(Expression, WithoutAFiniteValueHasNone) {
  for (const char* text : {"1 / (x - 3.5)", "log2(y)", "sqrt(y)", "exp(1000)", "0 / 0", "1 % 0"}) {
    EXPECT_TRUE(std::isnan(value(text))) << text;
  }
  const Expression one("x < 1", {"x"}, "here");
  EXPECT_TRUE(std::isnan(one.evaluate({std::nan("")})));  // not a false comparison
}

TEST(Expression, TellsWhatItUses) {
  EXPECT_EQ(Expression("c + a", {"a", "b", "c"}, "").uses(), (std::vector<std::size_t>{0, 2}));
}

TEST(Expression, WhatCannotBeParsedIsRefused) {
  for (const char* text :
       {"",      " ",   "x +",  "(x",   "x)",    "min()", "x y", "1, 2", "x := 3", "floor(1, 2)",
        "x ? 1", "min", "x(3)", "1..2", "x & y", "\"a\"", "x;y", "=",    "<",      "()"}) {
    try {
      value(text);
      ADD_FAILURE() << text;
    } catch (const base::UsageError& error) {
      EXPECT_EQ(std::string(error.what()).rfind("here ", 0), 0u) << error.what();
    }
  }
  EXPECT_THROW(value(std::string(2000, '(')), base::UsageError);
  EXPECT_THROW(value(std::string(900, '(')), base::UsageError);
}

TEST(Constraint, TellsHowFarOutAPointIs) {
  const Constraint one("x * 2 <= y", {"x", "y"}, "");
  EXPECT_EQ(one.violation({1, 2}), 0);
  EXPECT_DOUBLE_EQ(one.violation({3, 2}), 1.5);  // 6 against 2: 1 + 4 / 8
  EXPECT_LT(one.violation({2, 2}), one.violation({20, 2}));
  EXPECT_EQ(Constraint("x < 1 && y < 1", {"x", "y"}, "").violation({5, 5}), 1);
  EXPECT_EQ(Constraint("(x < 1) == 1", {"x", "y"}, "").violation({5, 5}), 1);
  EXPECT_EQ(Constraint("!(x < 1)", {"x", "y"}, "").violation({0, 0}), 1);
  EXPECT_TRUE(std::isnan(Constraint("1 / x < 1", {"x"}, "").violation({0})));
}

}  // namespace
}  // namespace leyden::sweep
