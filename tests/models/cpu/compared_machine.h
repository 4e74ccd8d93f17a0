#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "models/base/archive.h"
#include "models/cpu/hart.h"
#include "tests/models/cpu/changing_memory.h"
#include "tests/models/cpu/system_program.h"

namespace leyden::cpu {

using test::kCodeBase;
using test::kDataBase;
using test::kMemoryBytes;
using test::Program;

inline constexpr std::uint32_t kMemoryLast = kCodeBase + kMemoryBytes - 1;

/// Any timing a chip file can ask for.
inline Timing random_timing(std::mt19937_64& random) {
  Timing timing;
  const unsigned kind = random() % 4;
  if (kind == 0) return timing;
  static constexpr std::uint32_t kMost[] = {4, 40, 1000};
  const std::uint32_t most = kMost[kind - 1];
  for (auto& cycles : timing.base) cycles = 1 + random() % most;
  timing.load_use = random() % 3 == 0 ? 0 : random() % (most + 1);
  timing.taken_branch = random() % 3 == 0 ? 0 : random() % (most + 1);
  timing.fetch_wait = random() % 3 == 0 ? 0 : random() % (most + 1);
  timing.trap = 1 + random() % most;
  timing.divide_early_out = random() % 2 == 0;
  return timing;
}

/// Sums up what it is told.
class Sums : public Observer {
 public:
  void retired(const Retired& event) override {
    ++instructions;
    cycles += event.cycles;
  }
  void trapped(const Trapped& event) override { cycles += event.cycles; }
  void slept(std::uint64_t from, std::uint64_t to) override { cycles += to - from; }

  std::uint64_t instructions = 0;
  std::uint64_t cycles = 0;
};

/// One of the harts compared, and its memory.
struct Machine {
  Machine(const Program& program, const Timing& timing, unsigned kind, std::uint64_t seed)
      : memory(kCodeBase, kMemoryBytes), timing_(timing) {
    std::mt19937_64 random(seed);
    memory.bytes = program.memory;
    memory.first_address = kCodeBase;
    static constexpr std::uint32_t kHoles[][2] = {
        {kMemoryLast - 63, kMemoryLast},           // the end
        {kDataBase + 0x2000, kDataBase + 0x3fff},  // data
        {kDataBase + 0x4080, kDataBase + 0x40bf},  // a line of data
        {kCodeBase + 0x440, kCodeBase + 0x5ff},    // code
        {test::kSystemPieces + 0x100, test::kSystemPieces + 0x13f}};
    const auto& hole = kHoles[random() % std::size(kHoles)];
    memory.hole_first = hole[0];
    memory.hole_last = hole[1];
    memory.wait_cycles = random() % 5;
    memory.withdraw_every = random() % 3 == 0 ? 5 + random() % 40 : 0;
    options_.pmp_regions = random() % 8 == 0 ? 0 : random() % 2 == 0 ? 8 : 16;
    make_hart();
    switch (kind) {
      case 0:
        translation.enabled = false;
        break;
      case 1:
        translation.after_runs = 1;
        break;
      case 2:
        translation.after_runs = 2;
        translation.use_bmi2 = false;
        translation.most_units = 1 + random() % 20;
        break;
      case 3:
        break;  // as a chip has it
      default:
        translation.after_runs = 1 + random() % 8;
    }
    hart->set_translation(translation);
    if (kind == 4) hart->set_observer(&sums);
  }
  void make_hart() {
    hart = std::make_unique<Hart>(timing_, memory, options_);
    memory.hart = hart.get();
    hart->set_time_source([](std::uint64_t cycle) { return cycle / 3; });
    hart->set_translation(translation);
  }
  void start(const Program& program) {
    memory.bytes = program.memory;
    hart->reset(test::kSystemStart);
    for (unsigned i = 1; i < 32; ++i) hart->set_reg(i, program.registers[i]);
  }
  std::vector<std::uint8_t> state() const {
    base::Archive archive;
    hart->archive(archive);
    return archive.contents();
  }
  /// Goes on in a new hart that was given the state of this one.
  void replace() {
    base::Archive saved;
    saved.section("hart", [&] { hart->archive(saved); });
    base::Archive restored("hart", saved.seal("1"), "1");
    make_hart();
    restored.section("hart", [&] { hart->archive(restored); });
  }

  test::ChangingMemory memory;
  TranslationOptions translation;
  Sums sums;
  std::unique_ptr<Hart> hart;
  Timing timing_;
  HartOptions options_;
};

}  // namespace leyden::cpu
