// Damaged ELF files: each is loaded or refused with a sentence; none crashes, hangs or takes
// memory. A seed replays: LEYDEN_FUZZ_SEED; LEYDEN_FUZZ_FILES sets the number of files.
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <vector>

#include <elf.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "platform/chip/elf/elf_loader.h"

namespace leyden::chip {
namespace {

using File = std::vector<std::uint8_t>;
using Draw = std::mt19937;

const std::vector<LoadRange> kMemories = {{"SRAM", 0x80000000u, 0x40000},
                                          {"off-chip memory", 0x40000000u, 0x1000000}};
constexpr std::uint64_t kMemoryBytes = 0x1040000;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

std::size_t below(Draw& draw, std::size_t limit) { return limit == 0 ? 0 : draw() % limit; }

/// Values at which checks of ranges and sizes go wrong.
std::uint32_t extreme(Draw& draw, std::size_t file_size) {
  const std::uint32_t values[] = {0,
                                  1,
                                  0xffffffff,
                                  0x7fffffff,
                                  0x80000000,
                                  0xfffffffe,
                                  static_cast<std::uint32_t>(file_size),
                                  static_cast<std::uint32_t>(file_size) - 1,
                                  static_cast<std::uint32_t>(file_size) + 1,
                                  0x8003ffff,
                                  0xffff,
                                  static_cast<std::uint32_t>(draw())};
  return values[below(draw, std::size(values))];
}

void put(File& file, std::size_t at, std::uint32_t value, std::size_t bytes) {
  if (at + bytes <= file.size()) std::memcpy(file.data() + at, &value, bytes);
}

/// Offsets of the tables a file has, as its own header tells.
std::size_t table_offset(const File& file, std::size_t field) {
  std::uint32_t value = 0;
  if (file.size() >= sizeof(Elf32_Ehdr)) std::memcpy(&value, file.data() + field, 4);
  return value;
}

void damage(File& file, Draw& draw) {
  const std::size_t segments = table_offset(file, offsetof(Elf32_Ehdr, e_phoff));
  const std::size_t sections = table_offset(file, offsetof(Elf32_Ehdr, e_shoff));
  switch (below(draw, 9)) {
    case 0:  // a bit
      if (!file.empty())
        file[below(draw, file.size())] ^= static_cast<std::uint8_t>(1u << below(draw, 8));
      break;
    case 1:  // a field of the header
      put(file, 16 + 2 * below(draw, 18), extreme(draw, file.size()), below(draw, 2) ? 2 : 4);
      break;
    case 2:  // a word of a program header
      put(file, segments + 4 * below(draw, 8 * 6), extreme(draw, file.size()), 4);
      break;
    case 3:  // a word of a section header
      put(file, sections + 4 * below(draw, 10 * 24), extreme(draw, file.size()), 4);
      break;
    case 4:  // cut
      file.resize(below(draw, file.size() + 1));
      break;
    case 5:  // a run of equal bytes
      if (!file.empty()) {
        const std::size_t at = below(draw, file.size());
        const std::size_t run = std::min(below(draw, 64), file.size() - at);
        std::memset(file.data() + at, below(draw, 2) ? 0xff : 0, run);
      }
      break;
    case 6: {  // bytes from elsewhere in the file
      if (file.size() < 2) break;
      const std::size_t bytes = 1 + below(draw, std::min<std::size_t>(file.size() / 2, 256));
      std::memmove(file.data() + below(draw, file.size() - bytes + 1),
                   file.data() + below(draw, file.size() - bytes + 1), bytes);
      break;
    }
    case 7:  // more bytes at the end
      file.insert(file.end(), below(draw, 256), static_cast<std::uint8_t>(draw()));
      break;
    default:  // a random word anywhere
      if (file.size() >= 4) put(file, below(draw, file.size() - 3), draw(), 4);
  }
}

/// Reads and loads a file. @return whether it is taken; else it was refused with a sentence
bool taken(File file, std::uint64_t& stored) {
  try {
    const ElfProgram program = ElfProgram::parse(std::move(file), "p.elf");
    program.load(kMemories, [&](std::uint32_t address, const std::uint8_t* data, std::size_t size) {
      const bool inside = std::any_of(kMemories.begin(), kMemories.end(), [&](const auto& memory) {
        return address >= memory.first && address + size <= memory.first + memory.bytes;
      });
      EXPECT_TRUE(inside) << "stored outside memory";
      EXPECT_TRUE(size == 0 || data != nullptr);
      volatile std::uint8_t byte =
          size == 0 ? 0 : static_cast<std::uint8_t>(data[0] ^ data[size - 1]);
      static_cast<void>(byte);
      stored += size;
    });
    program.find("main");
    program.describe(program.entry());
    program.describe(0xffffffffu);
    return true;
  } catch (const base::UsageError& error) {
    const std::string sentence = error.what();
    EXPECT_EQ(sentence.rfind("p.elf: ", 0), 0u) << sentence;
    EXPECT_EQ(sentence.back(), '.') << sentence;
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
    EXPECT_LT(sentence.size(), 500u);
    return false;
  }
}

TEST(ElfFuzz, DamagedFilesAreLoadedOrRefused) {
  const std::uint64_t seed = from_environment("LEYDEN_FUZZ_SEED", 20240917);
  const std::uint64_t count = from_environment("LEYDEN_FUZZ_FILES", 24000);
  std::vector<File> originals;
  for (const char* path : {LEYDEN_SAMPLE_ELF, LEYDEN_FUZZ_ELF}) {
    std::ifstream in(path, std::ios::binary);
    originals.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    std::uint64_t stored = 0;
    ASSERT_TRUE(taken(originals.back(), stored)) << path;
  }
  std::cout << "seed " << seed << ", " << count << " files\n";
  std::uint64_t good = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    Draw draw(static_cast<std::uint32_t>(seed + i));  // file i alone: seed + i, 1 file
    File file = originals[below(draw, originals.size())];
    for (std::size_t n = 1 + below(draw, 3); n != 0; --n) damage(file, draw);
    std::uint64_t stored = 0;
    good += taken(std::move(file), stored) ? 1 : 0;
    ASSERT_LE(stored, kMemoryBytes) << "seed " << seed + i;
    if (HasFailure()) FAIL() << "LEYDEN_FUZZ_SEED=" << seed + i << " LEYDEN_FUZZ_FILES=1";
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  EXPECT_LT(usage.ru_maxrss, 600 * 1024) << "KiB of host memory at most";
  // Both happen, or nothing was tested.
  if (count >= 1000) {
    EXPECT_GT(good, count / 20);
    EXPECT_LT(good, count * 19 / 20);
  }
  std::cout << good << " loaded, " << count - good << " refused\n";
}

}  // namespace
}  // namespace leyden::chip
