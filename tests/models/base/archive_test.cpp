#include "models/base/archive.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <limits>
#include <random>

#include "models/base/error.h"

namespace leyden::base {
namespace {

using Bytes = std::vector<std::uint8_t>;

enum class Colour : std::uint8_t { kRed, kGreen, kBlue };

struct Point {
  std::uint32_t x = 0;
  std::int16_t y = 0;
  bool operator==(const Point& other) const { return x == other.x && y == other.y; }
  void archive(Archive& a) { a(x, y); }
};

/// One of each kind of field.
struct State {
  std::uint8_t small = 0;
  std::int64_t negative = 0;
  double real = 0;
  bool on = false;
  Colour colour = Colour::kRed;
  std::string text;
  std::array<std::uint16_t, 3> triple{};
  std::vector<Point> points;
  std::vector<bool> flags;
  std::deque<std::uint8_t> queue;
  std::map<std::string, std::vector<std::uint64_t>> table;
  std::optional<Point> present;
  std::optional<Point> absent;
  Bytes memory = Bytes(5);

  void archive(Archive& a) {
    a(small, negative, real, on);
    a.below(colour, 3);
    a.section("lists", [&] { a(text, triple, points, flags, queue, table); });
    a(present, absent);
    a.fixed(memory);
  }
};

State example() {
  State s;
  s.small = 200;
  s.negative = std::numeric_limits<std::int64_t>::min();
  s.real = -0.1;
  s.on = true;
  s.colour = Colour::kBlue;
  s.text = "layer";
  s.triple = {1, 0xffff, 3};
  s.points = {{7, -1}, {8, 2}};
  s.flags = {true, false, true};
  s.queue = {5, 6};
  s.table = {{"", {}}, {"a", {1, ~std::uint64_t{0}}}};
  s.present = Point{1, 1};
  s.memory = {9, 8, 7, 6, 5};
  return s;
}

Bytes saved(State state) {
  Archive a;
  a.section("state", [&] { a(state); });
  return a.seal("1.2.3");
}

State restored(const Bytes& bytes) {
  State state;
  state.absent = Point{3, 3};
  state.table = {{"old", {}}};
  Archive a("file", bytes, "1.2.3");
  a.section("state", [&] { a(state); });
  a.finish();
  return state;
}

std::string refusal(const Bytes& bytes, const std::string& version = "1.2.3") {
  try {
    Archive a("file", bytes, version);
    State state;
    a.section("state", [&] { a(state); });
    a.finish();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

/// The body with the checksum that fits it, by zlib.
Bytes sealed(Bytes body) {
  const auto sum =
      static_cast<std::uint32_t>(crc32(0, body.data(), static_cast<uInt>(body.size())));
  for (unsigned i = 0; i < 4; ++i) body.push_back(static_cast<std::uint8_t>(sum >> (8 * i)));
  return body;
}

Bytes body_of(Bytes bytes) {
  bytes.resize(bytes.size() - 4);
  return bytes;
}

TEST(ArchiveTest, GivesBackWhatWasSaved) {
  const State s = restored(saved(example()));
  const State e = example();
  EXPECT_EQ(s.small, e.small);
  EXPECT_EQ(s.negative, e.negative);
  EXPECT_EQ(s.real, e.real);
  EXPECT_EQ(s.on, e.on);
  EXPECT_EQ(s.colour, e.colour);
  EXPECT_EQ(s.text, e.text);
  EXPECT_EQ(s.triple, e.triple);
  EXPECT_EQ(s.points, e.points);
  EXPECT_EQ(s.flags, e.flags);
  EXPECT_EQ(s.queue, e.queue);
  EXPECT_EQ(s.table, e.table);
  EXPECT_EQ(s.present, e.present);
  EXPECT_FALSE(s.absent);
  EXPECT_EQ(s.memory, e.memory);
  EXPECT_EQ(saved(s), saved(e));
}

TEST(ArchiveTest, BytesAreThoseOfTheFormat) {
  Archive a;
  std::uint16_t number = 0x1234;
  bool on = true;
  std::string text = "ab";
  a.section("s", [&] { a(number, on, text); });
  const Bytes expected = {'L',  'E',  'Y', 'D', 'S', 'N', 'A', 'P',       // magic
                          1,    0,    0,   0,   0,   0,   0,   0,   '7',  // version
                          1,    0,    0,   0,   0,   0,   0,   0,   's',  // section
                          13,   0,    0,   0,   0,   0,   0,   0,         // its length
                          0x34, 0x12, 1,   2,   0,   0,   0,   0,   0,
                          0,    0,    'a', 'b'};  // what is in it
  EXPECT_EQ(a.seal("7"), sealed(expected));
}

TEST(ArchiveTest, ForeignFilesAreRefused) {
  EXPECT_EQ(refusal({}), "file is no snapshot of Leyden.");
  EXPECT_EQ(refusal(Bytes(100, 'x')), "file is no snapshot of Leyden.");
  const Bytes whole = saved(example());
  EXPECT_EQ(refusal(Bytes(whole.begin(), whole.begin() + 10)),
            "The snapshot file is cut off; take it again.");
  EXPECT_EQ(refusal(whole, "1.2.4"),
            "The snapshot file was written by Leyden 1.2.3, but this is Leyden 1.2.4; restore it "
            "with the version that took it, or take it again.");
}

TEST(ArchiveTest, EveryDamagedByteAndEveryLengthIsRefused) {
  const Bytes whole = saved(example());
  ASSERT_EQ(refusal(whole), "");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= 0x10;
    EXPECT_NE(refusal(damaged), "") << i;
    EXPECT_NE(refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i))), "")
        << i;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_NE(refusal(longer), "");
}

TEST(ArchiveTest, WhatDoesNotFitIsNamed) {
  Archive a;
  std::uint8_t two = 2;
  std::string name = "a";
  Bytes table(3);
  a.section("part", [&] {
    a(two);
    a.fixed(table);
  });
  const Bytes bytes = a.seal("1");
  const auto reading = [&](auto body) {
    Archive b("file", bytes, "1");
    try {
      body(b);
      b.finish();
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string part = "The snapshot file cannot be restored: in its part part, ";
  EXPECT_EQ(reading([](Archive&) {}),
            "The snapshot file cannot be restored: it has more than this program knows of.");
  EXPECT_EQ(reading([](Archive& b) { b.section("other", [] {}); }),
            "The snapshot file cannot be restored: part other is missing.");
  EXPECT_EQ(reading([](Archive& b) { b.section("part", [] {}); }),
            part + "there is more than this program expects.");
  EXPECT_EQ(reading([](Archive& b) {
              b.section("part", [&] {
                bool on = false;
                b(on);
              });
            }),
            part + "a truth value is neither 0 nor 1.");
  EXPECT_EQ(reading([](Archive& b) {
              b.section("part", [&] {
                Colour colour = Colour::kRed;
                b.below(colour, 2);
              });
            }),
            part + "a number is out of its range.");
  EXPECT_EQ(reading([](Archive& b) {
              b.section("part", [&] { b.same(std::uint8_t{3}, "the size of x"); });
            }),
            part + "the size of x is another one here.");
  EXPECT_EQ(reading([&](Archive& b) {
              b.section("part", [&] {
                Bytes other(4);
                b(two);
                b.fixed(other);
              });
            }),
            part + "a table has another length than this chip's.");
  EXPECT_EQ(reading([&](Archive& b) {
              b.section("part", [&] {
                std::array<std::uint64_t, 2> many{};
                b(many);
              });
            }),
            part + "there is less than this program expects.");
}

TEST(ArchiveTest, AnyBytesWithARightChecksumAreReadOrRefused) {
  const Bytes body = body_of(saved(example()));
  std::mt19937 random(1);
  unsigned read = 0;
  for (unsigned round = 0; round < 20000; ++round) {
    Bytes changed = body;
    for (unsigned n = 1 + random() % 4; n > 0; --n) {
      changed[8 + random() % (changed.size() - 8)] =
          static_cast<std::uint8_t>(random() % 3 == 0 ? 0xff : random());
    }
    if (random() % 8 == 0) changed.resize(8 + random() % (changed.size() - 7));
    read += refusal(sealed(changed)).empty() ? 1 : 0;
  }
  EXPECT_GT(read, 0u);  // changes of a value are just another state
}

}  // namespace
}  // namespace leyden::base
