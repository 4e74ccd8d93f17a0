// Zba, Zbb and Zbs, executed, against what the specification of the instructions says bit by bit.
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "models/cpu/hart.h"
#include "models/cpu/trap.h"
#include "tests/models/cpu/array_memory.h"

namespace leyden::cpu {
namespace {

using Word = std::uint32_t;

bool bit(Word value, unsigned place) { return (value >> place & 1) != 0; }

/// A word whose bit i is what `rule` says about i.
Word make(const std::function<bool(unsigned)>& rule) {
  Word value = 0;
  for (unsigned i = 0; i < 32; ++i) value |= rule(i) ? Word{1} << i : 0;
  return value;
}

Word count_from(Word value, int first, int step) {
  Word zeros = 0;
  for (int i = first; i >= 0 && i < 32 && !bit(value, static_cast<unsigned>(i)); i += step) ++zeros;
  return zeros;
}

bool less(Word a, Word b, bool is_signed) {
  if (is_signed && bit(a, 31) != bit(b, 31)) return bit(a, 31);
  for (int i = 31; i >= 0; --i) {
    const auto place = static_cast<unsigned>(i);
    if (bit(a, place) != bit(b, place)) return bit(b, place);
  }
  return false;
}

struct Row {
  Id id;
  std::function<Word(Word a, Word b)> expected;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      {Id::kSh1add, [](Word a, Word b) { return 2 * a + b; }},
      {Id::kSh2add, [](Word a, Word b) { return 4 * a + b; }},
      {Id::kSh3add, [](Word a, Word b) { return 8 * a + b; }},
      {Id::kAndn,
       [](Word a, Word b) { return make([=](unsigned i) { return bit(a, i) && !bit(b, i); }); }},
      {Id::kOrn,
       [](Word a, Word b) { return make([=](unsigned i) { return bit(a, i) || !bit(b, i); }); }},
      {Id::kXnor,
       [](Word a, Word b) { return make([=](unsigned i) { return bit(a, i) == bit(b, i); }); }},
      {Id::kClz, [](Word a, Word) { return count_from(a, 31, -1); }},
      {Id::kCtz, [](Word a, Word) { return count_from(a, 0, 1); }},
      {Id::kCpop,
       [](Word a, Word) {
         Word ones = 0;
         for (unsigned i = 0; i < 32; ++i) ones += bit(a, i) ? 1 : 0;
         return ones;
       }},
      {Id::kSextB,
       [](Word a, Word) { return make([=](unsigned i) { return bit(a, std::min(i, 7u)); }); }},
      {Id::kSextH,
       [](Word a, Word) { return make([=](unsigned i) { return bit(a, std::min(i, 15u)); }); }},
      {Id::kZextH,
       [](Word a, Word) { return make([=](unsigned i) { return i < 16 && bit(a, i); }); }},
      {Id::kMin, [](Word a, Word b) { return less(a, b, true) ? a : b; }},
      {Id::kMinu, [](Word a, Word b) { return less(a, b, false) ? a : b; }},
      {Id::kMax, [](Word a, Word b) { return less(a, b, true) ? b : a; }},
      {Id::kMaxu, [](Word a, Word b) { return less(a, b, false) ? b : a; }},
      {Id::kRol,
       [](Word a, Word b) { return make([=](unsigned i) { return bit(a, (i - b) % 32); }); }},
      {Id::kRor,
       [](Word a, Word b) { return make([=](unsigned i) { return bit(a, (i + b) % 32); }); }},
      {Id::kRori,
       [](Word a, Word b) { return make([=](unsigned i) { return bit(a, (i + b) % 32); }); }},
      {Id::kOrcB,
       [](Word a, Word) {
         return make([=](unsigned i) { return (a >> (i / 8 * 8) & 0xff) != 0; });
       }},
      {Id::kRev8,
       [](Word a, Word) {
         return make([=](unsigned i) { return bit(a, 24 - i / 8 * 8 + i % 8); });
       }},
      {Id::kBclr,
       [](Word a, Word b) { return make([=](unsigned i) { return i != b % 32 && bit(a, i); }); }},
      {Id::kBclri,
       [](Word a, Word b) { return make([=](unsigned i) { return i != b && bit(a, i); }); }},
      {Id::kBext, [](Word a, Word b) { return bit(a, b % 32) ? Word{1} : 0; }},
      {Id::kBexti, [](Word a, Word b) { return bit(a, b) ? Word{1} : 0; }},
      {Id::kBinv,
       [](Word a, Word b) { return make([=](unsigned i) { return (i == b % 32) != bit(a, i); }); }},
      {Id::kBinvi,
       [](Word a, Word b) { return make([=](unsigned i) { return (i == b) != bit(a, i); }); }},
      {Id::kBset,
       [](Word a, Word b) { return make([=](unsigned i) { return i == b % 32 || bit(a, i); }); }},
      {Id::kBseti,
       [](Word a, Word b) { return make([=](unsigned i) { return i == b || bit(a, i); }); }},
  };
  return kRows;
}

constexpr std::uint32_t kBase = 0x80000000u;
constexpr std::uint32_t kEbreak = 0x00100073;
constexpr unsigned kA = 10;
constexpr unsigned kB = 11;
constexpr unsigned kResult = 12;

/// One hart, given another instruction to execute again and again.
struct Machine {
  explicit Machine(const HartOptions& options = {}) : hart(Timing(), memory, options) {}

  /// Word of an instruction of a0 and a1 (or the amount) to a2.
  static Word encode(Id id, Word amount) {
    const Format format = info(id).format;
    Word word = info(id).match | kResult << 7 | kA << 15;
    if (format == Format::kR) word |= kB << 20;
    if (format == Format::kShift) word |= amount << 20;
    return word;
  }
  void put(Word instruction) {
    const Word code[] = {instruction, kEbreak};
    memory.load(kBase, code, sizeof code);
    hart.reset(kBase);
  }
  Word execute(Word a, Word b) {
    hart.go_on_at(kBase);
    hart.set_reg(kA, a);
    hart.set_reg(kB, b);
    EXPECT_EQ(hart.run(hart.cycles() + 1000), RunResult::kStopped);
    return hart.reg(kResult);
  }

  test::ArrayMemory memory{kBase, 0x1000};
  Hart hart;
};

TEST(BitManipulation, EveryInstructionHasARow) {
  std::size_t optional = 0;
  for (const InstructionInfo& row : kInstructions) optional += is_bit_manipulation(row.id) ? 1 : 0;
  EXPECT_EQ(rows().size(), optional);
}

TEST(BitManipulation, EqualsTheSpecification) {
  std::mt19937 random(11);
  std::vector<Word> values = {
      0,      1,      2,       0xffffffff, 0x80000000, 0x7fffffff, 0x80, 0x7f, 0xff00,
      0x8000, 0x7fff, 0x10000, 0x00ff00ff, 0x01000001, 0x80008000, 31,   32,   33};
  for (unsigned i = 0; i < 32; ++i) values.push_back(Word{1} << i);
  for (unsigned i = 0; i < 20; ++i) values.push_back(static_cast<Word>(random()));
  Machine machine;
  for (const Row& row : rows()) {
    const Format format = info(row.id).format;
    if (format == Format::kShift) {
      for (Word amount = 0; amount < 32; ++amount) {
        machine.put(Machine::encode(row.id, amount));
        for (const Word a : values) {
          ASSERT_EQ(machine.execute(a, 0), row.expected(a, amount))
              << info(row.id).text << std::hex << " " << a << " " << amount;
        }
      }
      continue;
    }
    machine.put(Machine::encode(row.id, 0));
    for (const Word a : values) {
      for (const Word b : values) {
        ASSERT_EQ(machine.execute(a, b), row.expected(a, b))
            << info(row.id).text << std::hex << " " << a << " " << b;
        if (format == Format::kUnary) break;
      }
    }
  }
}

TEST(BitManipulation, IsIllegalWhenTheCoreHasNone) {
  Machine machine(HartOptions{16, false});
  for (const Row& row : rows()) {
    const Word word = Machine::encode(row.id, 3);
    machine.put(word);
    machine.execute(1, 2);
    EXPECT_EQ(machine.hart.stop_report().cause, kCauseIllegal) << info(row.id).text;
    EXPECT_EQ(machine.hart.stop_report().tval, word) << info(row.id).text;
  }
}

}  // namespace
}  // namespace leyden::cpu
