// Semihosting against its specification (RISC-V Semihosting 1.0, Arm Semihosting 3.0), and tries to
// leave the folder it is given.
#include "platform/debug/semihosting.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"

namespace leyden::debug {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kFirst = 0x80000000u;
constexpr std::uint32_t kBytes = 0x10000;
constexpr std::uint32_t kCall = kFirst + 4;  // the ebreak of a call
constexpr std::uint32_t kBlock = kFirst + 0x100;
constexpr std::uint32_t kText = kFirst + 0x1000;
constexpr std::uint32_t kText2 = kFirst + 0x2000;
constexpr std::uint32_t kData = kFirst + 0x4000;
constexpr std::uint32_t kMinus1 = ~0u;

class SemihostingTest : public testing::Test {
 protected:
  SemihostingTest() {
    std::string pattern = (fs::temp_directory_path() / "leyden-semihosting-XXXXXX").string();
    root = mkdtemp(pattern.data());
    fs::create_directories(root / "in/sub");
    std::ofstream(root / "secret") << "secret";
    std::ofstream(root / "in/file") << "0123456789";
    const std::uint32_t call[] = {0x01f01013, 0x00100073, 0x40705013};
    std::memcpy(memory.data(), call, sizeof call);
    host.emplace((root / "in").string(), "program one", SemihostingHeap{1, 2, 3, 4}, ports());
  }
  ~SemihostingTest() override { fs::remove_all(root); }

  SemihostingPorts ports() {
    SemihostingPorts p;
    const auto inside = [](std::uint32_t address, std::uint32_t bytes) {
      return address >= kFirst && std::uint64_t{address - kFirst} + bytes <= kBytes;
    };
    p.read = [this, inside](std::uint32_t address, void* data, std::uint32_t bytes) {
      if (!inside(address, bytes)) return false;
      std::memcpy(data, memory.data() + (address - kFirst), bytes);
      return true;
    };
    p.write = [this, inside](std::uint32_t address, const void* data, std::uint32_t bytes) {
      if (!inside(address, bytes)) return false;
      std::memcpy(memory.data() + (address - kFirst), data, bytes);
      return true;
    };
    p.put = [this](std::uint8_t byte) { output += static_cast<char>(byte); };
    p.get = [this]() -> std::optional<std::uint8_t> {
      if (typed.empty()) return std::nullopt;
      const auto byte = static_cast<std::uint8_t>(typed.front());
      typed.erase(0, 1);
      return byte;
    };
    p.nanoseconds = [this] { return nanoseconds; };
    p.end = [this](const std::string& sentence) { ends.push_back(sentence); };
    return p;
  }
  void put_text(std::uint32_t address, const std::string& text) {
    std::memcpy(memory.data() + (address - kFirst), text.c_str(), text.size() + 1);
  }
  std::string text(std::uint32_t address, std::uint32_t bytes) {
    return std::string(memory.data() + (address - kFirst),
                       memory.data() + (address - kFirst) + bytes);
  }
  std::uint32_t word(std::uint32_t address) {
    std::uint32_t value = 0;
    std::memcpy(&value, memory.data() + (address - kFirst), 4);
    return value;
  }
  std::uint32_t call(std::uint32_t operation, std::uint32_t parameter) {
    const auto result = host->serve({kCall, operation, parameter});
    EXPECT_TRUE(result);
    return result.value_or(0xdead);
  }
  std::uint32_t call_with(std::uint32_t operation, const std::vector<std::uint32_t>& block) {
    std::memcpy(memory.data() + (kBlock - kFirst), block.data(), block.size() * 4);
    return call(operation, kBlock);
  }
  std::uint32_t open(const std::string& path, std::uint32_t mode) {
    put_text(kText, path);
    return call_with(0x01, {kText, mode, static_cast<std::uint32_t>(path.size())});
  }
  std::uint32_t error() { return call(0x13, 0u); }

  fs::path root;
  std::vector<char> memory = std::vector<char>(kBytes);
  std::string output;
  std::string typed;
  std::uint64_t nanoseconds = 0;
  std::vector<std::string> ends;
  std::optional<Semihosting> host;
};

TEST_F(SemihostingTest, OnlyTheThreeInstructionsAreACall) {
  EXPECT_TRUE(host->serve({kCall, 0x10, 0}));
  EXPECT_FALSE(host->serve({kCall + 4, 0x10, 0})) << "there is no ebreak";
  EXPECT_FALSE(host->serve({0, 0x10, 0}));
  memory[1] ^= 1;
  EXPECT_FALSE(host->serve({kCall, 0x10, 0})) << "another instruction before";
  memory[1] ^= 1;
  memory[8] ^= 1;
  EXPECT_FALSE(host->serve({kCall, 0x10, 0})) << "another instruction behind";
}

TEST_F(SemihostingTest, Console) {
  put_text(kText, "text");
  EXPECT_EQ(call(0x04, kText), 0u);
  call(0x03, kText + 2);
  const std::uint32_t out = open(":tt", 4);
  const std::uint32_t in = open(":tt", 0);
  put_text(kText, "text");
  EXPECT_EQ(call_with(0x05, {out, kText, 3}), 0u);
  EXPECT_EQ(output, "textxtex");
  EXPECT_EQ(call_with(0x09, {out}), 1u);
  EXPECT_EQ(call_with(0x09, {open("file", 0)}), 0u);

  typed = "abc\ndef";
  EXPECT_EQ(call(0x07, 0u), static_cast<std::uint32_t>('a'));
  EXPECT_EQ(call_with(0x06, {in, kData, 10}), 7u) << "a line at a time";
  EXPECT_EQ(text(kData, 3), "bc\n");
  EXPECT_EQ(call_with(0x06, {in, kData, 2}), 0u);
  EXPECT_EQ(call_with(0x06, {in, kData, 2}), 1u);
  EXPECT_EQ(call_with(0x06, {in, kData, 2}), 2u) << "the end";
  EXPECT_EQ(call(0x07, 0u), kMinus1);
}

TEST_F(SemihostingTest, FilesAsFopenOpensThem) {
  const std::uint32_t file = open("sub/new", 6);  // w+
  ASSERT_NE(file, kMinus1);
  put_text(kText, "hello world");
  EXPECT_EQ(call_with(0x05, {file, kText, 11}), 0u);
  EXPECT_EQ(call_with(0x0c, {file}), 11u);
  EXPECT_EQ(call_with(0x0a, {file, 6}), 0u);
  EXPECT_EQ(call_with(0x06, {file, kData, 100}), 95u);
  EXPECT_EQ(text(kData, 5), "world");
  EXPECT_EQ(call_with(0x02, {file}), 0u);
  EXPECT_EQ(call_with(0x02, {file}), kMinus1) << "closed already";
  EXPECT_EQ(error(), static_cast<std::uint32_t>(EBADF));

  const std::uint32_t more = open("sub/new", 8);     // a
  EXPECT_EQ(call_with(0x05, {more, kText, 1}), 0u);  // the name's first character
  EXPECT_EQ(call_with(0x06, {more, kData, 1}), 1u) << "not for reading";
  call_with(0x02, {more});
  std::stringstream contents;
  contents << std::ifstream(root / "in/sub/new").rdbuf();
  EXPECT_EQ(contents.str(), "hello worlds");

  const std::uint32_t read_only = open("file", 1);  // rb
  EXPECT_EQ(call_with(0x05, {read_only, kText, 3}), 3u) << "bytes not written";
  EXPECT_EQ(error(), static_cast<std::uint32_t>(EBADF));
  EXPECT_EQ(open("absent", 0), kMinus1);
  EXPECT_EQ(error(), static_cast<std::uint32_t>(ENOENT));
  EXPECT_EQ(open("file", 12), kMinus1) << "no such mode";

  put_text(kText, "sub/new");
  put_text(kText2, "moved");
  EXPECT_EQ(call_with(0x0f, {kText, 7, kText2, 5}), 0u);
  EXPECT_TRUE(fs::exists(root / "in/moved"));
  EXPECT_EQ(call_with(0x0e, {kText2, 5}), 0u);
  EXPECT_FALSE(fs::exists(root / "in/moved"));
  EXPECT_EQ(call_with(0x0e, {kText2, 5}), kMinus1);
}

TEST_F(SemihostingTest, NothingOutsideTheFolderIsReached) {
  fs::create_symlink(root / "secret", root / "in/link");
  fs::create_symlink(root, root / "in/up");
  fs::create_symlink("file", root / "in/inner");
  ASSERT_EQ(mkfifo((root / "in/pipe").c_str(), 0600), 0);
  const std::string absolute = (root / "secret").string();
  for (const std::string& path :
       {absolute, std::string("../secret"), std::string("sub/../../secret"), std::string("link"),
        std::string("up/secret"), std::string("./up/secret"), std::string("inner"),
        std::string(".."), std::string("sub/.."), std::string("."), std::string("sub"),
        std::string("sub/"), std::string(""), std::string("pipe"), std::string("file/x"),
        std::string("../in/file"), std::string("/dev/zero"), std::string(5000, 'a')}) {
    for (const std::uint32_t mode : {0u, 4u, 8u}) {
      EXPECT_EQ(open(path, mode), kMinus1) << path << " mode " << mode;
    }
    put_text(kText, path);
    const auto length = static_cast<std::uint32_t>(path.size());
    if (path != "link" && path != "inner" && path != "pipe") {  // these are the folder's own
      EXPECT_EQ(call_with(0x0e, {kText, length}), kMinus1) << "remove " << path;
    }
    put_text(kText2, "file");
    if (path != "link" && path != "inner" && path != "pipe" && path != "sub" && path != "sub/") {
      EXPECT_EQ(call_with(0x0f, {kText2, 4, kText, length}), kMinus1) << "rename to " << path;
      EXPECT_EQ(call_with(0x0f, {kText, length, kText2, 4}), kMinus1) << "rename from " << path;
    }
  }
  std::stringstream contents;
  contents << std::ifstream(root / "secret").rdbuf();
  EXPECT_EQ(contents.str(), "secret");
  EXPECT_TRUE(fs::exists(root / "in/file"));
}

TEST_F(SemihostingTest, TimeIsTheChips) {
  nanoseconds = 12'345'678'901;
  EXPECT_EQ(call(0x10, 0u), 1234u) << "centiseconds";
  EXPECT_EQ(call(0x11, 0u), 12u) << "seconds";
  EXPECT_EQ(call(0x30, kData), 0u);
  EXPECT_EQ(word(kData) | std::uint64_t{word(kData + 4)} << 32, nanoseconds);
  EXPECT_EQ(call(0x31, 0u), 1000000000u) << "ticks a second";
}

TEST_F(SemihostingTest, WhatTheProgramAsks) {
  EXPECT_EQ(call_with(0x15, {kData, 12}), 0u);
  EXPECT_EQ(text(kData, 12), std::string("program one") + '\0');
  EXPECT_EQ(word(kBlock + 4), 11u) << "length without the zero";
  EXPECT_EQ(call_with(0x15, {kData, 11}), kMinus1) << "no room for the zero";
  EXPECT_EQ(call_with(0x16, {kData}), 0u);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(word(kData + 4 * i), i + 1);
  EXPECT_EQ(call_with(0x08, {kMinus1}), 1u);
  EXPECT_EQ(call_with(0x08, {5}), 0u);
  EXPECT_EQ(call_with(0x0d, {kData, 3, 20}), 0u);
  EXPECT_NE(open(std::string(&memory[kData - kFirst]), 4), kMinus1) << "a temporary file";
  EXPECT_EQ(call_with(0x0d, {kData, 3, 5}), kMinus1) << "too little room";
  const std::uint32_t features = open(":semihosting-features", 0);
  EXPECT_EQ(call_with(0x0c, {features}), 5u);
  EXPECT_EQ(call_with(0x06, {features, kData, 5}), 0u);
  EXPECT_EQ(text(kData, 5), "SHFB\x03");
}

TEST_F(SemihostingTest, Ends) {
  call(0x18, 0x20026u);
  call(0x18, 0x20023u);
  call_with(0x20, {0x20026, 0});
  call_with(0x20, {0x20026, 9});
  call_with(0x20, {0x20023, 9});
  EXPECT_THAT(ends,
              testing::ElementsAre("", "The program stopped for the reason 0x20023 (semihosting).",
                                   "", "The program failed with code 9 (semihosting).",
                                   "The program stopped for the reason 0x20023 (semihosting)."));
}

TEST_F(SemihostingTest, RefusesCommandsAndWhatItDoesNotKnow) {
  put_text(kText, "touch x");
  for (const std::uint32_t operation : {0x12u, 0x00u, 0x0bu, 0x14u, 0x17u, 0x32u, 0xffffffffu}) {
    EXPECT_EQ(call_with(operation, {kText, 7}), kMinus1) << operation;
    EXPECT_EQ(error(), static_cast<std::uint32_t>(ENOSYS));
  }
}

TEST_F(SemihostingTest, BadAddressesAndHandlesAreErrors) {
  const std::uint32_t file = open("file", 2);
  memory.back() = 'x';  // a text that has no end
  for (const std::uint32_t operation :
       {1u, 2u, 3u, 4u, 8u, 9u, 10u, 12u, 13u, 14u, 15u, 21u, 22u, 32u, 48u}) {
    EXPECT_EQ(call(operation, 0x40u), kMinus1) << operation;
    EXPECT_EQ(call(operation, kFirst + kBytes - 1), operation == 3u ? 0u : kMinus1) << operation;
  }
  EXPECT_EQ(call_with(0x01, {kFirst + kBytes, 0, 4}), kMinus1);
  EXPECT_EQ(call_with(0x06, {file, 0x1000, 4}), 4u);
  EXPECT_EQ(call_with(0x05, {file, 0x1000, 4}), 4u);
  EXPECT_EQ(call_with(0x06, {file, kData, kMinus1}), kMinus1 - 10) << "all there is, then the end";
  EXPECT_EQ(call_with(0x06, {77, kData, 4}), 4u);
  EXPECT_EQ(call_with(0x0c, {0}), kMinus1);
  EXPECT_EQ(call_with(0x0a, {open(":tt", 0), 0}), kMinus1);
  EXPECT_TRUE(ends.empty());
}

TEST_F(SemihostingTest, OpenFilesAreLimited) {
  unsigned opened = 0;
  while (opened < 1000 && open("file", 0) != kMinus1) ++opened;
  EXPECT_EQ(opened, 64u);
  EXPECT_EQ(error(), static_cast<std::uint32_t>(EMFILE));
}

TEST(SemihostingFolder, MustBeThere) {
  EXPECT_THROW(Semihosting("/no/such/folder", "", {}, {}), base::UsageError);
  EXPECT_THROW(Semihosting("/etc/passwd", "", {}, {}), base::UsageError);
}

}  // namespace
}  // namespace leyden::debug
