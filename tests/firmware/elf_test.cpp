// The finished programs: what a loader and a debugger rely on.
#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "leyden/registers.h"

#ifndef EF_RISCV_RVC
#define EF_RISCV_RVC 0x0001
#define EF_RISCV_FLOAT_ABI 0x0006
#endif

namespace {

constexpr std::uint32_t kSramBytes = 256 * 1024;

std::vector<char> read_program(const std::string& name) {
  const char* folder = std::getenv("LEYDEN_BINARY_DIR");
  const std::string path = std::string(folder ? folder : ".") + "/firmware/" + name + ".elf";
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

class Program : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    bytes = read_program(GetParam());
    ASSERT_GT(bytes.size(), sizeof header);
    std::memcpy(&header, bytes.data(), sizeof header);
  }
  std::vector<char> bytes;
  Elf32_Ehdr header{};
};

TEST_P(Program, IsAnRv32ProgramThatStartsAtTheResetVector) {
  EXPECT_EQ(std::memcmp(header.e_ident, ELFMAG, SELFMAG), 0);
  EXPECT_EQ(header.e_ident[EI_CLASS], ELFCLASS32);
  EXPECT_EQ(header.e_ident[EI_DATA], ELFDATA2LSB);
  EXPECT_EQ(header.e_machine, EM_RISCV);
  EXPECT_EQ(header.e_type, ET_EXEC);
  EXPECT_EQ(header.e_entry, LEYDEN_SRAM_BASE);
  EXPECT_EQ(header.e_flags & EF_RISCV_FLOAT_ABI, 0u);  // integer registers only
  EXPECT_NE(header.e_flags & EF_RISCV_RVC, 0u);
}

TEST_P(Program, LiesInSram) {
  int loaded = 0;
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf32_Phdr segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + static_cast<unsigned>(i) * sizeof segment,
                sizeof segment);
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    ++loaded;
    EXPECT_EQ(segment.p_paddr, segment.p_vaddr);
    EXPECT_GE(segment.p_vaddr, LEYDEN_SRAM_BASE);
    EXPECT_LE(segment.p_vaddr - LEYDEN_SRAM_BASE + segment.p_memsz, kSramBytes);
    EXPECT_FALSE((segment.p_flags & PF_W) && (segment.p_flags & PF_X)) << "writable code";
  }
  EXPECT_GE(loaded, 1);
}

TEST_P(Program, HoldsNoPathOfTheMachineItWasBuiltOn) {
  char folder[4096];
  ASSERT_NE(getcwd(folder, sizeof folder), nullptr);
  const std::string text(bytes.begin(), bytes.end());
  EXPECT_EQ(text.find(folder), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, Program,
                         testing::Values("hello", "selftest", "infer", "trap", "hang",
                                         "never_finish", "uninitialised", "unmapped", "fail_code"),
                         [](const auto& program) { return std::string(program.param); });

}  // namespace
