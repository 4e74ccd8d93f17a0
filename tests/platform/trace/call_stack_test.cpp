// Functions under way, told by calls, returns, jumps and traps. Expectations by hand.
#include "platform/trace/call_stack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leyden::trace {
namespace {

using testing::ElementsAre;

/// The sample has the functions _start, twice and helper, and code without a size.
class Stack : public testing::Test, public CallStack::Listener {
 protected:
  void entered(const Activation& activation) override { now.push_back(activation.function); }
  void left(const Activation& activation) override {
    ASSERT_EQ(now.back(), activation.function);
    now.pop_back();
    if (!now.empty()) inclusive += (total - activation.at_entry).cycles;
  }

  const chip::ElfProgram program = chip::ElfProgram::read(LEYDEN_CALLS_ELF);
  const CodeMap code{program};
  CallStack stack{code, *this};
  std::vector<CodeMap::Index> now;
  Cost total;
  std::uint64_t inclusive = 0;

  std::uint32_t at(const std::string& name) const { return program.find(name).value(); }
  CodeMap::Index in(const std::string& name) const { return code.function_of(at(name)); }
  void begin() { stack.resynchronise(in("_start"), at("_start"), 0, total); }
};

TEST_F(Stack, SymbolsCoverTheCode) {
  EXPECT_EQ(code.function(in("one")).name, "one");
  EXPECT_EQ(code.function_of(at("one") + 2), in("one"));
  EXPECT_EQ(code.function_of(at("inside_one")), in("one")) << "a label in a sized function";
  EXPECT_EQ(code.function(in("bare")).name, "bare") << "a label without a size";
  EXPECT_EQ(code.function_of(at("two") - 2), in("bare")) << "covers up to the next symbol";
  EXPECT_EQ(code.function_of(at("_start") - 4), CodeMap::kNowhere);
  EXPECT_EQ(code.function_of(0), CodeMap::kNowhere);
}

TEST_F(Stack, ReturnsByAddress) {
  begin();
  stack.call(in("one"), 0x100, 0x104, total);
  stack.call(in("two"), 0x200, 0x204, total);
  EXPECT_THAT(now, ElementsAre(in("_start"), in("one"), in("two")));
  stack.return_to(0x104);  // over one's head
  EXPECT_THAT(now, ElementsAre(in("_start")));
  stack.return_to(0x999);  // to nobody
  EXPECT_THAT(now, ElementsAre(in("_start")));
}

TEST_F(Stack, RecursionReturnsLevelByLevel) {
  begin();
  for (int i = 0; i < 5; ++i) stack.call(in("one"), 0x100, 0x104, total);
  EXPECT_EQ(stack.depth(), 6u);
  for (std::size_t depth = 5; depth > 0; --depth) {
    stack.return_to(0x104);
    EXPECT_EQ(stack.depth(), depth);
  }
}

TEST_F(Stack, TailCallReturnsToTheCallersCaller) {
  begin();
  stack.call(in("one"), 0x100, 0x104, total);
  stack.resynchronise(in("two"), at("two"), 0x200, total);
  EXPECT_THAT(now, ElementsAre(in("_start"), in("one"), in("two")));
  stack.return_to(0x104);
  EXPECT_THAT(now, ElementsAre(in("_start")));
}

TEST_F(Stack, TailCallsForEverDoNotGrow) {
  begin();
  stack.call(in("one"), 0x100, 0x104, total);
  for (int i = 0; i < 1000; ++i) {
    stack.resynchronise(in("two"), at("two"), 0x200, total);
    stack.resynchronise(in("one"), at("one"), 0x300, total);
  }
  EXPECT_THAT(now, ElementsAre(in("_start"), in("one")));
}

TEST_F(Stack, LongJumpGoesBackToTheFunction) {
  begin();
  stack.call(in("one"), 0x100, 0x104, total);
  stack.call(in("two"), 0x200, 0x204, total);
  stack.call(in("bare"), 0x300, 0x304, total);
  stack.resynchronise(in("one"), at("one") + 4, 0x400, total);
  EXPECT_THAT(now, ElementsAre(in("_start"), in("one")));
}

TEST_F(Stack, TrapEndsWithItsReturnWhateverIsAbove) {
  begin();
  stack.call(in("one"), 0x100, 0x104, total);
  stack.enter_trap(in("two"), at("one") + 2, total);
  stack.call(in("bare"), 0x300, 0x304, total);
  stack.leave_trap();
  EXPECT_THAT(now, ElementsAre(in("_start"), in("one")));
  stack.leave_trap();  // into a program that was never interrupted
  EXPECT_THAT(now, ElementsAre(in("_start"), in("one")));
}

TEST_F(Stack, TellsWhatEachActivationCost) {
  begin();
  total.cycles = 10;
  stack.call(in("one"), 0x100, 0x104, total);
  total.cycles = 17;
  stack.call(in("two"), 0x200, 0x204, total);
  total.cycles = 20;
  stack.unwind();
  EXPECT_EQ(inclusive, 3u + 10u);
  EXPECT_TRUE(now.empty());
}

TEST_F(Stack, EndlessRecursionIsBounded) {
  begin();
  for (int i = 0; i < 1'000'000; ++i) stack.call(in("one"), 0x100, 0x104, total);
  EXPECT_LT(stack.depth(), 1'000'000u);
  stack.return_to(0x104);
  stack.unwind();
  EXPECT_TRUE(now.empty());
}

}  // namespace
}  // namespace leyden::trace
