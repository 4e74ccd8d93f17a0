#include "tests/models/cpu/qemu_lockstep.h"

#include <unistd.h>

#include <cstdio>
#include <deque>
#include <sstream>

#include <gtest/gtest.h>

#include "models/cpu/disassembler.h"
#include "tests/models/cpu/qemu_log.h"

namespace leyden::test {
namespace {

using cpu::Hart;
using cpu::Id;
using cpu::RunResult;

constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr unsigned kAfterEnd = 100000;
constexpr std::size_t kShownInstructions = 24;
// MIE, MPIE, MPP, MPRV, TW. QEMU 7.2 lets bits of the supervisor mode be written in a hart without
// it; they are to read 0 (privileged architecture 1.12, 3.1.6).
constexpr std::uint32_t kInterruptBits = 1u << 3 | 1u << 7 | 1u << 11;
constexpr std::uint32_t kStatusBits = 1u << 3 | 1u << 7 | 3u << 11 | 1u << 17 | 1u << 21;

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

/// The comparison of one program.
class Lockstep {
 public:
  explicit Lockstep(const VirtProgram& program, const std::string& elf_path)
      : program_(program), log_(elf_path), machine_(program), hart_(machine_.hart) {}

  /// @param most instructions
  Coverage run(std::uint64_t most) {
    skip_boot_code();
    // The state at the start is whatever QEMU's boot code left.
    for (unsigned i = 1; i < 32; ++i) {
      start_[i] = log_.state().x[i];
      hart_.set_reg(i, start_[i]);
    }
    QemuLog::Record record = QemuLog::Record::kState;
    while (!machine_.memory.finished && failure_.empty() && coverage_.instructions < most) {
      if (record == QemuLog::Record::kEnd) {
        fail("QEMU has ended, the hart has not");
      } else if (record == QemuLog::Record::kTrap) {
        step(true);  // an interrupt, or a fetch that failed: nothing was begun
      } else if (!is_shown_again() && compare_state()) {
        shown_ = log_.state();
        step(false);
      }
      if (failure_.empty() && !machine_.memory.finished) record = log_.next();
    }
    // QEMU needs a moment for its end.
    for (unsigned k = 0; k < kAfterEnd && machine_.memory.finished; ++k) {
      if (log_.next() == QemuLog::Record::kEnd) break;
    }
    if (!failure_.empty()) {
      ADD_FAILURE() << failure_;
    } else if (most == kAll) {
      compare_blocks();
    }
    return coverage_;
  }

 private:
  void skip_boot_code() {
    do {
      if (log_.next() != QemuLog::Record::kState) {
        throw std::runtime_error("QEMU did not start: its log has no state");
      }
    } while (log_.state().pc != kVirtRam);
  }

  std::uint32_t csr(std::uint32_t number) const { return hart_.csr(number).value_or(0); }

  void fail(const std::string& what) {
    std::ostringstream text;
    text << what << "\n"
         << program_.replay << ", after " << coverage_.instructions
         << " instructions; the last ones:\n";
    for (const std::string& line : last_) text << "  " << line << "\n";
    failure_ = text.str();
  }

  /// QEMU shows a state, then sees that an interrupt line has changed, and shows it again.
  bool is_shown_again() const {
    return log_.state().pc != hart_.pc() && log_.state().pc == shown_.pc &&
           log_.state().x == shown_.x;
  }

  /// @return whether everything the log shows is equal
  bool compare_state() {
    const QemuState& q = log_.state();
    adopt_legal_difference(q);
    std::string differences;
    const auto compare = [&](const std::string& name, std::uint32_t ours, std::uint32_t theirs) {
      if (ours != theirs) {
        differences += " " + name + " is " + hex(ours) + ", QEMU has " + hex(theirs) + ";";
      }
    };
    compare("pc", hart_.pc(), q.pc);
    for (unsigned i = 1; i < 32; ++i) {
      compare(std::string(cpu::register_name(i)), hart_.reg(i), q.x[i]);
    }
    compare("mstatus", csr(cpu::kMstatus), q.mstatus & kStatusBits);
    compare("mip", csr(cpu::kMip), q.mip & kInterruptBits);
    compare("mie", csr(cpu::kMie), q.mie & kInterruptBits);
    compare("mtvec", csr(cpu::kMtvec), q.mtvec);
    compare("mepc", csr(cpu::kMepc), q.mepc);
    compare("mcause", csr(cpu::kMcause), q.mcause);
    if (!is_breakpoint_value(q.mtval)) compare("mtval", csr(cpu::kMtval), q.mtval);
    compare("mscratch", csr(cpu::kMscratch), q.mscratch);
    if (!differences.empty()) fail("State differs:" + differences);
    return differences.empty();
  }

  /// A CSR was just read whose value may legally differ: goes on with QEMU's.
  void adopt_legal_difference(const QemuState& q) {
    if (!read_csr_) return;
    const std::uint32_t number = *read_csr_;
    read_csr_.reset();
    for (const LegalDifference& legal : legal_differences()) {
      if (number < legal.first || number > legal.last) continue;
      const std::uint32_t differs = hart_.reg(read_into_) ^ q.x[read_into_];
      if (differs != 0 && (differs & ~legal.bits) == 0) {
        hart_.set_reg(read_into_, q.x[read_into_]);
        ++coverage_.csr_differences[number];
      }
    }
  }

  /// One instruction or trap. @param trap_logged QEMU has told of a trap already
  void step(bool trap_logged) {
    const std::uint32_t pc = hart_.pc();
    std::uint32_t bits = 0;
    if (pc >= kVirtRam && pc - kVirtRam < kVirtRamBytes - 4) {
      std::memcpy(&bits, machine_.memory.ram.data() + (pc - kVirtRam), 4);
    }
    const cpu::Decoded decoded = cpu::decode(bits);
    while (last_.size() >= kShownInstructions) last_.pop_front();
    last_.push_back(hex(pc) + "  " + cpu::disassemble(decoded, pc));
    const bool retired = machine_.step();
    if (machine_.result == RunResult::kStopped) return fail(cpu::describe(hart_.stop_report()));
    if (machine_.result == RunResult::kWaiting) return fail("The hart waits in a wfi");
    if (retired) {
      ++coverage_.instructions;
      ++coverage_.of[static_cast<std::size_t>(decoded.id)];
      if (trap_logged) fail("QEMU takes a trap here: " + text_of(log_.trap()));
      if (cpu::info(decoded.id).kind == cpu::Kind::kCsr && decoded.rd != 0) {
        read_csr_ = static_cast<std::uint32_t>(decoded.immediate);
        read_into_ = decoded.rd;
      }
      return;
    }
    const std::uint32_t cause = csr(cpu::kMcause);
    ++coverage_.traps[cause];
    const std::string ours = "mcause " + hex(cause) + ", mepc " + hex(csr(cpu::kMepc)) +
                             ", mtval " + hex(csr(cpu::kMtval));
    last_.push_back("  trap: " + ours);
    while (!trap_logged) {
      const QemuLog::Record record = log_.next();
      trap_logged = record == QemuLog::Record::kTrap;
      if (!trap_logged && (record == QemuLog::Record::kEnd || !is_shown_again())) {
        return fail("The hart takes a trap (" + ours + "), QEMU does not");
      }
    }
    const QemuTrap& theirs = log_.trap();
    if (cause != (theirs.cause | (theirs.is_interrupt ? cpu::kCauseInterrupt : 0)) ||
        csr(cpu::kMepc) != theirs.epc ||
        (csr(cpu::kMtval) != theirs.tval && !is_breakpoint_value(theirs.tval))) {
      fail("Traps differ: the hart's has " + ours + "; QEMU's has " + text_of(theirs));
    }
  }

  /// At a breakpoint mtval is the pc here and 0 in QEMU; both are allowed (privileged architecture
  /// 1.12, 3.1.16).
  bool is_breakpoint_value(std::uint32_t theirs) const {
    return csr(cpu::kMcause) == cpu::kCauseBreakpoint && csr(cpu::kMtval) == csr(cpu::kMepc) &&
           theirs == 0;
  }

  static std::string text_of(const QemuTrap& trap) {
    return "mcause " + hex(trap.cause | (trap.is_interrupt ? cpu::kCauseInterrupt : 0)) +
           ", mepc " + hex(trap.epc) + ", mtval " + hex(trap.tval);
  }

  /// The same program by whole blocks, from the same registers.
  void compare_blocks() {
    VirtMachine blocks(program_);
    for (unsigned i = 1; i < 32; ++i) blocks.hart.set_reg(i, start_[i]);
    while (!blocks.memory.finished) {
      const RunResult result = blocks.hart.run(hart_.cycles() + 1000);
      if (result == RunResult::kStopped) {
        FAIL() << cpu::describe(blocks.hart.stop_report()) << " in blocks; " << program_.replay;
      }
      ASSERT_TRUE(result == RunResult::kResynchronise || blocks.memory.finished)
          << "never ends in blocks; " << program_.replay;
    }
    EXPECT_EQ(blocks.hart.instructions(), hart_.instructions()) << program_.replay;
    EXPECT_EQ(blocks.hart.cycles(), hart_.cycles()) << program_.replay;
    for (unsigned i = 1; i < 32; ++i) {
      EXPECT_EQ(blocks.hart.reg(i), hart_.reg(i)) << cpu::register_name(i) << program_.replay;
    }
    EXPECT_EQ(blocks.memory.ram, machine_.memory.ram) << program_.replay;
  }

  const VirtProgram& program_;
  QemuLog log_;
  VirtMachine machine_;
  Hart& hart_;
  std::array<std::uint32_t, 32> start_{};
  QemuState shown_;  ///< before the last instruction
  Coverage coverage_;
  std::deque<std::string> last_;
  std::string failure_;
  std::optional<std::uint32_t> read_csr_;  ///< by the last instruction
  unsigned read_into_ = 0;
};

}  // namespace

void Coverage::add(const Coverage& other) {
  instructions += other.instructions;
  for (std::size_t i = 0; i < of.size(); ++i) of[i] += other.of[i];
  for (const auto& [cause, count] : other.traps) traps[cause] += count;
  for (const auto& [csr, count] : other.csr_differences) csr_differences[csr] += count;
}

const std::vector<LegalDifference>& legal_differences() {
  constexpr std::uint32_t kEvery = ~0u;
  static const std::vector<LegalDifference> kList = {
      {0xb00, 0xb9f, kEvery, "counters: QEMU counts host time"},
      {0xc00, 0xc9f, kEvery, "counters and time: QEMU counts host time"},
      {0x300, 0x300, ~kStatusBits, "mstatus: QEMU keeps bits of the supervisor mode without it"},
      {0x310, 0x310, 0xc0, "mstatush: QEMU keeps GVA and MPV without a hypervisor mode"},
      {0x304, 0x304, ~kInterruptBits, "mie: QEMU keeps interrupts of modes it has not"},
      {0x344, 0x344, ~kInterruptBits, "mip: QEMU keeps interrupts of modes it has not"},
      {0x30a, 0x30a, 0xf0, "menvcfg: QEMU keeps bits of cache-block instructions without them"},
      {0x31a, 0x31a, 3u << 30, "menvcfgh: QEMU keeps bits of the supervisor mode without it"},
      {0x320, 0x320, ~0xfdu,
       "mcountinhibit: mhpmcounter8 to 31 count nothing here; QEMU keeps bit 1, which is no bit"},
      {0x323, 0x33f, kEvery, "mhpmevent3..31: events are the implementation's"},
      {0xf11, 0xf13, kEvery, "mvendorid, marchid, mimpid: the implementation's identity"},
  };
  return kList;
}

namespace {

Coverage compare(const VirtProgram& program, std::uint64_t most) {
  const std::string path = testing::TempDir() + "/leyden_qemu_" + std::to_string(getpid()) + ".elf";
  write_elf(path, kVirtRam, program.image);
  Coverage coverage;
  try {
    coverage = Lockstep(program, path).run(most);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what() << "; " << program.replay;
  }
  std::remove(path.c_str());
  return coverage;
}

}  // namespace

Coverage expect_equals_qemu(const VirtProgram& program) { return compare(program, kAll); }

Coverage expect_begins_as_in_qemu(const VirtProgram& program, std::uint64_t instructions) {
  return compare(program, instructions);
}

}  // namespace leyden::test
