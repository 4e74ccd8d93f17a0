// Prints the host speed of a hart, with cycles counted: `speed_bench [seconds]`.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "models/cpu/hart.h"
#include "tests/models/cpu/array_memory.h"

namespace {

using leyden::cpu::Hart;

constexpr std::uint32_t kBase = 0x80000000u;

struct Loop {
  const char* name;
  std::vector<std::uint32_t> code;
};

// Each runs for ever.
const std::vector<Loop> kLoops = {
    {"arithmetic, 12 instructions a block",
     {0x00150513, 0x00a585b3, 0x00b64633, 0x00c686b3, 0x02d70733, 0x00e787b3, 0x00f84833,
      0x010888b3, 0x0113c3b3, 0x00728293, 0x005303b3, 0xfd5ff06f}},
    {"sum of an array, 5 instructions a block",
     {0x80010537, 0x000085b7, 0x00b505b3, 0x00052603, 0x00c686b3, 0x00450513, 0x00168713,
      0xfeb518e3, 0xfe1ff06f}},
    {"copy, 4 instructions a block",
     {0x80010537, 0x000085b7, 0x00b505b3, 0x00052603, 0x00c52223, 0x00850513, 0xfeb51ae3,
      0xfe5ff06f}},
};

double mips(const Loop& loop, double seconds, bool translated) {
  leyden::test::ArrayMemory memory(kBase, 0x20000);
  memory.load(kBase, loop.code.data(), loop.code.size() * 4);
  Hart hart(leyden::cpu::Timing(), memory);
  leyden::cpu::TranslationOptions options;
  options.enabled = translated;
  hart.set_translation(options);
  hart.reset(kBase);
  hart.run(1000000);
  const std::uint64_t before = hart.instructions();
  const std::clock_t start = std::clock();  // processor time: other work on the host is not counted
  double passed = 0;
  while (passed < seconds) {
    hart.run(hart.cycles() + 10000000);
    passed = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  return static_cast<double>(hart.instructions() - before) / passed / 1e6;
}

}  // namespace

int main(int argc, char* argv[]) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  for (const Loop& loop : kLoops) {
    std::printf("%-45s %7.1f MIPS interpreted, %8.1f translated\n", loop.name,
                mips(loop, seconds, false), mips(loop, seconds, true));
  }
}
