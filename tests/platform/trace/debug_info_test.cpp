// Functions, inlined functions and lines of every instruction of the firmware, against addr2line.
#include "platform/trace/debug_info.h"

#include <gtest/gtest.h>

#include <unistd.h>
#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>

namespace leyden::trace {
namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> piece{};
  while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), pipe.get())) {
    text.append(piece.data(), n);
  }
  return text;
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// "function file:line" of each frame, innermost first, by address, as addr2line has it.
std::vector<std::string> by_addr2line(const std::string& program, std::uint32_t first,
                                      std::uint32_t end) {
  const std::string list = ::testing::TempDir() + "leyden-addresses";
  {
    std::ofstream out(list);
    for (std::uint32_t pc = first; pc < end; pc += 2) out << "0x" << std::hex << pc << "\n";
  }
  std::istringstream text(
      output_of("riscv64-unknown-elf-addr2line -a -f -i -e " + program + " < " + list));
  std::remove(list.c_str());
  std::vector<std::string> found;
  std::string line;
  while (std::getline(text, line)) {
    if (line.compare(0, 2, "0x") == 0) {
      found.emplace_back();
      continue;
    }
    std::string place;
    std::getline(text, place);
    place = place.substr(0, place.find(" (discriminator"));
    found.back() += line + " " + last_part(place) + "; ";
  }
  return found;
}

std::string by_debug_info(const DebugInfo& debug, std::uint32_t pc) {
  std::string text;
  for (const Frame& frame : debug.frames_at(pc)) {
    text += frame.function + " " + last_part(to_string(frame.at)) + "; ";
  }
  return text;
}

class Firmware : public testing::Test {
 protected:
  const std::string path = LEYDEN_SELFTEST_ELF;
  const chip::ElfProgram program = chip::ElfProgram::read(path);
  const DebugInfo debug{path, program};
};

TEST_F(Firmware, AgreesWithAddr2line) {
  const std::uint32_t first = program.entry();
  const std::uint32_t end = program.find("memset").value();  // the library's has no functions
  ASSERT_GT(end, first + 2000);
  const std::vector<std::string> expected = by_addr2line(path, first, end);
  ASSERT_EQ(expected.size(), (end - first) / 2);
  std::size_t inlined = 0;
  std::size_t unknown = 0;  // to addr2line: padding, and a function it does not find
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::uint32_t pc = first + 2 * static_cast<std::uint32_t>(i);
    if (expected[i].find("??") != std::string::npos) {
      ++unknown;
      continue;
    }
    EXPECT_EQ(by_debug_info(debug, pc), expected[i]) << std::hex << pc;
    inlined += debug.frames_at(pc).size() > 1 ? 1 : 0;
  }
  EXPECT_GT(inlined, 100u);
  EXPECT_LT(unknown, 20u);
}

TEST_F(Firmware, HasNoPathOfTheBuild) {
  for (const std::string& file : debug.files()) {
    EXPECT_TRUE(file.compare(0, 9, "firmware/") == 0 || file.find("newlib") != std::string::npos)
        << file;
  }
  EXPECT_FALSE(debug.files().empty());
}

TEST_F(Firmware, KnowsNothingElsewhere) {
  EXPECT_EQ(debug.row_of(0), nullptr);
  EXPECT_EQ(debug.row_of(0xfffffffe), nullptr);
  const auto frames = debug.frames_at(0x10);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].function, "");
  EXPECT_EQ(to_string(frames[0].at), "");
}

TEST_F(Firmware, FindsCallersFromTheFrame) {
  // main saves its return address somewhere in a frame: whatever the frame, a reader that gives
  // each word its own address shows where the caller's registers come from.
  const auto read = [](std::uint32_t address, std::uint32_t& value) {
    value = address;
    return true;
  };
  Registers callee;
  callee.pc = program.find("main").value();
  callee.x[1] = 0x80001234;
  callee.x[2] = 0x80003000;
  Registers caller;
  ASSERT_TRUE(debug.caller_of(callee, true, read, caller));
  EXPECT_EQ(caller.pc, 0x80001234u) << "at its first instruction nothing is saved";
  EXPECT_EQ(caller.x[2], 0x80003000u);
  EXPECT_FALSE(debug.caller_of(Registers(), true, read, caller)) << "no code at 0";
}

// Damaged information may be wrong but harms nobody.
TEST(DebugInfo, SurvivesDamage) {
  std::ifstream in(LEYDEN_SELFTEST_ELF, std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(in)), {});
  const chip::ElfProgram program = chip::ElfProgram::read(LEYDEN_SELFTEST_ELF);
  const std::string path = ::testing::TempDir() + "leyden-damaged-" + std::to_string(getpid());
  // What lies behind the program itself is symbols and debug information.
  const std::size_t first = 0x1000 + program.segments().front().data.size();
  std::mt19937 random(1);
  for (int round = 0; round < 150; ++round) {
    std::string bytes = good;
    const unsigned changes = 1u << random() % 9;
    for (unsigned i = 0; i < changes; ++i) {
      bytes[first + random() % (bytes.size() - first)] = static_cast<char>(random());
    }
    std::ofstream(path, std::ios::binary) << bytes;
    const DebugInfo debug(path, program);
    Registers registers;
    const auto read = [](std::uint32_t address, std::uint32_t& value) {
      value = address;
      return true;
    };
    for (std::uint32_t pc = program.entry(); pc < program.entry() + 0x1200; pc += 34) {
      EXPECT_FALSE(debug.frames_at(pc).empty());
      registers.pc = pc;
      Registers caller;
      debug.caller_of(registers, true, read, caller);
    }
  }
  std::remove(path.c_str());
}

TEST(DebugInfo, DoesWithoutAnyInformation) {
  const chip::ElfProgram program = chip::ElfProgram::read(LEYDEN_CALLS_ELF);
  const DebugInfo debug(LEYDEN_CALLS_ELF, program);
  EXPECT_TRUE(debug.rows().empty());
  EXPECT_TRUE(debug.functions().empty());
  EXPECT_EQ(debug.frames_at(program.find("one").value())[0].function, "one");
  Registers caller;
  EXPECT_FALSE(debug.caller_of(Registers(), true, nullptr, caller));
  const DebugInfo none("/nonexistent", program);
  EXPECT_TRUE(none.rows().empty());
}

}  // namespace
}  // namespace leyden::trace
