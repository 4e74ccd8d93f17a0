#include "platform/chip/elf/elf_loader.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"

namespace leyden::chip {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kSample = LEYDEN_SAMPLE_ELF;
const std::vector<LoadRange> kMemories = {{"SRAM", 0x80000000u, 0x10000},
                                          {"off-chip memory", 0x40000000u, 0x1000}};

std::vector<std::uint8_t> sample_bytes() {
  std::ifstream in(kSample, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The sentence parse() or load() refuses a file with, "" when both accept it.
std::string refusal(std::vector<std::uint8_t> file,
                    const std::vector<LoadRange>& ranges = kMemories) {
  try {
    ElfProgram::parse(std::move(file), "p.elf").load(ranges, [](auto, auto*, auto) {});
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "";
}

Elf32_Ehdr& header_of(std::vector<std::uint8_t>& file) {
  return *reinterpret_cast<Elf32_Ehdr*>(file.data());
}
Elf32_Phdr& segment_of(std::vector<std::uint8_t>& file, unsigned index) {
  return reinterpret_cast<Elf32_Phdr*>(file.data() + header_of(file).e_phoff)[index];
}
/// Index of the first loadable segment from `from` on.
unsigned loadable(std::vector<std::uint8_t>& file, unsigned from = 0) {
  while (segment_of(file, from).p_type != PT_LOAD) ++from;
  return from;
}

TEST(ElfLoader, LoadsWhatTheProgramSays) {
  const ElfProgram program = ElfProgram::read(kSample);
  std::vector<std::uint8_t> sram(0x10000, 0xaa);
  std::vector<std::uint8_t> off_chip(0x1000, 0xaa);
  program.load(kMemories, [&](std::uint32_t address, const std::uint8_t* data, std::size_t size) {
    auto& memory = address >= 0x80000000u ? sram : off_chip;
    std::memcpy(memory.data() + (address & 0xffff), data, size);
  });
  // The values of sample.c, at the addresses of its symbols.
  const auto word = [](const std::vector<std::uint8_t>& memory, std::uint32_t offset) {
    std::uint32_t value = 0;
    std::memcpy(&value, memory.data() + offset, 4);
    return value;
  };
  const auto counter = program.find("counter");
  const auto zeroed = program.find("zeroed");
  const auto far_table = program.find("far_table");
  ASSERT_TRUE(counter && zeroed && far_table);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(word(sram, (*counter & 0xffff) + 4 * i), i + 1);
  }
  for (std::uint32_t i = 0; i < 300; ++i) {
    ASSERT_EQ(word(sram, (*zeroed & 0xffff) + 4 * i), 0u);
  }
  EXPECT_EQ(word(off_chip, *far_table & 0xffff), 7u);
  EXPECT_EQ(*far_table, 0x40000000u);
  EXPECT_EQ(sram.back(), 0xaa) << "beyond the program nothing is stored";
  EXPECT_EQ(program.entry(), *program.find("_start"));
}

TEST(ElfLoader, NamesCode) {
  const ElfProgram program = ElfProgram::read(kSample);
  const auto helper = program.find("helper");
  ASSERT_TRUE(helper);
  EXPECT_EQ(program.describe(*helper), "helper");
  EXPECT_EQ(program.describe(*helper + 4), "helper+0x4");
  EXPECT_EQ(program.describe(program.entry()), "_start");
  EXPECT_EQ(program.describe(0x1234), "");
  EXPECT_EQ(program.describe(0xfffffffc), "");
  EXPECT_FALSE(program.find("no_such_name"));
}

TEST(ElfLoaderBad, Sentences) {
  EXPECT_THAT([] { ElfProgram::read("/no/such/file.elf"); },
              testing::ThrowsMessage<base::UsageError>(
                  AllOf(HasSubstr("/no/such/file.elf"), HasSubstr("cannot be opened"))));
  EXPECT_THAT([] { ElfProgram::read("/"); }, testing::Throws<base::UsageError>());
  EXPECT_THAT(refusal({}), HasSubstr("not an ELF file"));
  EXPECT_THAT(refusal({'h', 'e', 'l', 'l', 'o'}), HasSubstr("not an ELF file"));

  auto file = sample_bytes();
  file[EI_CLASS] = ELFCLASS64;
  EXPECT_THAT(refusal(file), HasSubstr("not a 32-bit ELF file"));
  file = sample_bytes();
  file[EI_DATA] = ELFDATA2MSB;
  EXPECT_THAT(refusal(file), HasSubstr("not a little-endian ELF file"));
  file = sample_bytes();
  header_of(file).e_machine = EM_ARM;
  EXPECT_THAT(refusal(file), HasSubstr("machine 40, not for RISC-V (243)"));
  file = sample_bytes();
  header_of(file).e_type = ET_DYN;
  EXPECT_THAT(refusal(file), HasSubstr("not an executable"));
  file = sample_bytes();
  header_of(file).e_phnum = 0;
  EXPECT_THAT(refusal(file), HasSubstr("no segment to load"));
  file = sample_bytes();
  header_of(file).e_entry = 0x90000000;
  EXPECT_THAT(refusal(file), HasSubstr("entry point 0x90000000"));
}

TEST(ElfLoaderBad, Segments) {
  auto file = sample_bytes();
  const unsigned first = loadable(file);
  const unsigned second = loadable(file, first + 1);

  segment_of(file, first).p_paddr = 0x70000000;
  EXPECT_THAT(refusal(file), AllOf(HasSubstr("segment at 0x70000000"), HasSubstr("outside"),
                                   HasSubstr("SRAM at 0x80000000 to 0x8000ffff"),
                                   HasSubstr("off-chip memory at 0x40000000")));
  file = sample_bytes();
  segment_of(file, second).p_paddr = segment_of(file, first).p_paddr + 4;
  EXPECT_THAT(refusal(file), HasSubstr("overlap"));
  file = sample_bytes();
  segment_of(file, first).p_filesz = segment_of(file, first).p_memsz + 1;
  EXPECT_THAT(refusal(file), HasSubstr("more bytes in the file than in memory"));
  file = sample_bytes();
  segment_of(file, first).p_offset = static_cast<Elf32_Off>(file.size() - 2);
  EXPECT_THAT(refusal(file), HasSubstr("truncated"));
  file = sample_bytes();
  segment_of(file, first).p_paddr = 0xfffffff8;
  EXPECT_THAT(refusal(file), HasSubstr("beyond the 32-bit address space"));
  // What cannot be loaded stores nothing.
  file = sample_bytes();
  segment_of(file, second).p_paddr = 0x70000000;
  unsigned stored = 0;
  EXPECT_THROW(
      ElfProgram::parse(file, "p.elf").load(kMemories, [&](auto, auto*, auto) { ++stored; }),
      base::UsageError);
  EXPECT_EQ(stored, 0u);
}

TEST(ElfLoaderBad, EveryTruncationIsRefusedOrComplete) {
  const auto whole = sample_bytes();
  ASSERT_EQ(refusal(whole), "");
  std::size_t needed = 0;
  auto file = whole;
  for (unsigned i = 0; i < header_of(file).e_phnum; ++i) {
    const Elf32_Phdr& segment = segment_of(file, i);
    if (segment.p_type == PT_LOAD) {
      needed = std::max<std::size_t>(needed, segment.p_offset + segment.p_filesz);
    }
  }
  ASSERT_GT(needed, 100u);
  // What lies behind the last segment (symbols, sections) only helps messages.
  for (std::size_t size = 0; size < whole.size(); ++size) {
    file.assign(whole.begin(), whole.begin() + static_cast<long>(size));
    const std::string sentence = refusal(file);
    if (size < needed) {
      EXPECT_NE(sentence, "") << size;
    }
  }
}

TEST(ElfLoaderBad, DamageNeverCrashes) {
  const std::uint64_t seed = 20240501;
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  const auto whole = sample_bytes();
  unsigned refused = 0;
  constexpr unsigned kTrials = 5000;
  for (unsigned trial = 0; trial < kTrials; ++trial) {
    auto file = whole;
    if (trial % 3 == 0) file.resize(random() % file.size());
    // Headers are hit often: they are a small part of the file, and where damage hurts.
    const bool in_headers = trial % 2 == 0;
    for (unsigned flips = 1 + static_cast<unsigned>(random() % 8); flips != 0 && !file.empty();
         --flips) {
      std::size_t at = random() % file.size();
      if (in_headers) at %= 0x100;
      if (!in_headers && trial % 4 == 1)
        at = file.size() - 1 - at % std::min<std::size_t>(600, file.size());
      file[at] = static_cast<std::uint8_t>(random());
    }
    try {
      const ElfProgram program = ElfProgram::parse(file, "p.elf");
      program.describe(0x80000010);
      program.find("helper");
      std::uint64_t bytes = 0;
      program.load(kMemories, [&](std::uint32_t, const std::uint8_t* data, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) bytes += data[i];
      });
    } catch (const base::UsageError& error) {
      ++refused;
      ASSERT_THAT(error.what(), HasSubstr("p.elf: "));
    }
  }
  std::cout << refused << " of " << kTrials << " refused\n";
  EXPECT_GT(refused, kTrials / 4);
}

}  // namespace
}  // namespace leyden::chip
