// The RTL of the CIM unit with the model beside it: what is wrong is told where it is. What a byte
// should be comes from a TLM unit in a bench of its own.
#include <optional>
#include <random>
#include <utility>

#include <gmock/gmock.h>

#include "registers/memory_map.h"
#include "tests/rtl/cim/lockstep_case.h"

namespace leyden::cosim {
namespace {

namespace reg = registers::cim;
using testing::EndsWith;
using testing::HasSubstr;

constexpr std::uint32_t kStart = 1, kIrqEnable = 2;
constexpr std::uint32_t kDone = 2, kError = 4;
constexpr std::uint32_t kOutput = RandomJobs::kLmem + 0x4000;
constexpr std::uint32_t kStride = kPlainStride;
/// The pixel whose bytes are wrong where a defect says so, of 16.
constexpr std::uint32_t kPixel = kOutput + 3 * kStride;

bool covers(std::uint64_t address, std::uint32_t bytes, std::uint64_t byte) {
  return byte >= address && byte < address + bytes;
}

std::uint8_t& lmem_byte(memory::LmemPortIf& lmem, std::uint64_t address) {
  return *lmem.data({address, 1, 1, 1});
}

std::uint32_t word_of(const tlm::tlm_generic_payload& payload) {
  std::uint32_t word = 0;
  std::memcpy(&word, payload.get_data_ptr(), std::min(4u, payload.get_data_length()));
  return word;
}

/// A word alone that reads other bits where it has those of `where`.
CimDefects wrong_register(std::uint32_t offset, std::uint32_t flips, std::uint32_t where) {
  CimDefects defects;
  defects.after = [=](tlm::tlm_generic_payload& payload) {
    const std::uint32_t word = word_of(payload);
    if (!payload.is_read() || payload.get_address() != offset || (word & where) != where) return;
    const std::uint32_t wrong = word ^ flips;
    std::memcpy(payload.get_data_ptr(), &wrong, 4);
  };
  return defects;
}

bool writes_ctrl(const tlm::tlm_generic_payload& payload, std::uint32_t bits) {
  return payload.is_write() && payload.get_address() == reg::kCtrl &&
         (word_of(payload) & bits) == bits;
}

/// A defect of what is in LMEM when the byte at `where` has been written.
CimDefects at_byte(std::uint64_t where, const std::function<bool(memory::LmemPortIf& lmem)>& what) {
  CimDefects defects;
  defects.lmem = [=](memory::LmemPortIf& lmem, std::uint64_t address, std::uint32_t bytes) {
    return !covers(address, bytes, where) || what(lmem);
  };
  return defects;
}

CimDefects wrong_byte() {
  return at_byte(kPixel + 17, [](memory::LmemPortIf& lmem) {
    lmem_byte(lmem, kPixel + 17) ^= 0x10;
    return true;
  });
}

CimDefects lost_bytes() {
  return at_byte(kPixel, [](memory::LmemPortIf&) { return false; });
}

CimDefects changed_later() {
  // The last pixel's first beat also changes a byte of the first pixel.
  return at_byte(kOutput + 15 * kStride, [](memory::LmemPortIf& lmem) {
    lmem_byte(lmem, kOutput + 1) ^= 1;
    return true;
  });
}

CimDefects no_start() {
  CimDefects defects;
  defects.before = [](tlm::tlm_generic_payload& payload) { return !writes_ctrl(payload, kStart); };
  return defects;
}

/// Enabling interrupts starts a job too.
CimDefects own_start() {
  CimDefects defects;
  defects.before = [](tlm::tlm_generic_payload& payload) {
    if (writes_ctrl(payload, kIrqEnable)) *payload.get_data_ptr() |= kStart;
    return true;
  };
  defects.after = [](tlm::tlm_generic_payload& payload) {
    if (writes_ctrl(payload, kIrqEnable)) *payload.get_data_ptr() &= ~kStart & 0xff;
  };
  return defects;
}

CimDefects refused_write() {
  CimDefects defects;
  defects.after = [](tlm::tlm_generic_payload& payload) {
    if (payload.is_write() && payload.get_address() == reg::kOutAddr) {
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    }
  };
  return defects;
}

/// Bit 0 of a byte of cells, on its way to the macro.
CimDefects wrong_weight(std::uint64_t byte) {
  CimDefects defects;
  defects.weights = [=](std::uint64_t address, std::vector<std::uint8_t>& data) {
    if (covers(address, static_cast<std::uint32_t>(data.size()), byte)) data[byte - address] ^= 1;
  };
  return defects;
}

CimDefects no_interrupt() {
  CimDefects defects;
  defects.no_irq = true;
  return defects;
}

constexpr std::uint64_t kWrongCell = 3;
const MacroKind kImagine = {"imagine", "imagine", {}};

class CimLockstepTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    add("byte", wrong_byte());
    add("lost", lost_bytes());
    add("later", changed_later());
    add("more", at_byte(kPixel, [](memory::LmemPortIf& lmem) {
          lmem.beat_written(kPixel + 20, 1);
          return true;
        }));
    add("twice", at_byte(kPixel, [](memory::LmemPortIf& lmem) {
          lmem.beat_written(kPixel, 1);
          return true;
        }));
    add("start", no_start());
    add("unseen_start", no_start());
    add("own_start", own_start());
    add("done", wrong_register(reg::kStatus, kDone, kDone));
    add("error_code", wrong_register(reg::kErrorCode, 1, 4));
    add("word", wrong_register(reg::kInAddr, 0x80, 0));
    add("cycles", wrong_register(reg::kJobCycles, 0x80, 0));
    add("refused", refused_write());
    add("weight", wrong_weight(kWrongCell));
    add("weight_read", wrong_weight(kWrongCell));
    add("irq", no_interrupt());
    tlm_ = std::make_unique<CimBench>("tlm", kImagine, false);
    tlm_wrong_ = std::make_unique<CimBench>("tlm_wrong", kImagine, false);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static void TearDownTestSuite() {
    cases_.clear();
    tlm_.reset();
    tlm_wrong_.reset();
  }
  static void add(const std::string& name, const CimDefects& defects) {
    cases_[name] = std::make_unique<LockstepCase>(name, kImagine, defects);
  }

  /// LMEM after the plain job on a TLM unit.
  static const std::vector<std::uint8_t>& expected(CimBench& bench) {
    fill_lmem(bench, 7);
    bench.load_weights(5);
    bench.registers.run([&] { bench.run(plain_job(kOutput)); });
    return bench.lmem.bytes;
  }
  static std::uint64_t byte_of(const std::vector<std::uint8_t>& lmem, std::uint64_t address) {
    return lmem[address - RandomJobs::kLmem];
  }

  /// A job that is right, where `before` says so, and the plain job. @return the sentence
  static std::string run(const std::string& name, bool before = false) {
    LockstepCase& one = *cases_.at(name);
    CimBench& bench = one.bench;
    fill_lmem(bench, 7);
    bench.load_weights(5);
    bench.registers.run([&] {
      if (before) bench.run(plain_job(kOutput + 0x1000));
      EXPECT_FALSE(one.first);
      bench.run(plain_job(kOutput));
    });
    return sentence(one);
  }
  static std::string sentence(const LockstepCase& one) {
    EXPECT_LE(one.told, 1u);
    return one.first ? one.first->sentence() : "nothing";
  }
  static std::string byte_sentence(std::uint64_t address, const std::string& wanted,
                                   const std::string& found) {
    return "byte at " + hex(address) + ": expected " + wanted + ", found " + found;
  }

  static std::map<std::string, std::unique_ptr<LockstepCase>> cases_;
  static std::unique_ptr<CimBench> tlm_, tlm_wrong_;
};

std::map<std::string, std::unique_ptr<LockstepCase>> CimLockstepTest::cases_;
std::unique_ptr<CimBench> CimLockstepTest::tlm_, CimLockstepTest::tlm_wrong_;

TEST_F(CimLockstepTest, WrongBytesHaveTheirAddress) {
  const std::vector<std::uint8_t>& right = expected(*tlm_);
  const std::string told = run("byte", true);
  const std::uint64_t byte = byte_of(right, kPixel + 17);
  EXPECT_THAT(told, HasSubstr(", layer 3 (conv2), job 1 of cim0: "));
  EXPECT_THAT(told, EndsWith(byte_sentence(kPixel + 17, hex(byte), hex(byte ^ 0x10))));
  const Difference& first = *cases_.at("byte")->first;
  EXPECT_EQ(first.cycle, first.time_ps / 2500);  // at 400 MHz
  EXPECT_THAT(run("later"), EndsWith(byte_sentence(kOutput + 1, hex(byte_of(right, kOutput + 1)),
                                                   hex(byte_of(right, kOutput + 1) ^ 1))));
}

TEST_F(CimLockstepTest, BytesLeftOutAndTooMany) {
  const std::vector<std::uint8_t>& right = expected(*tlm_);
  EXPECT_THAT(run("lost"), EndsWith(byte_sentence(kPixel, hex(byte_of(right, kPixel)), "no byte")));
  // What was there before stays.
  EXPECT_THAT(run("more"),
              EndsWith(byte_sentence(kPixel + 20, "no byte", hex(byte_of(right, kPixel + 20)))));
  EXPECT_THAT(run("twice"), EndsWith(byte_sentence(kPixel, "one write", "another one")));
}

TEST_F(CimLockstepTest, StartsThatDiffer) {
  EXPECT_THAT(run("start"), EndsWith("job 0 of cim0: register STATUS: expected 0x1, found 0x0"));

  // Nobody looks: told when the time for it is over.
  CimBench& bench = cases_.at("unseen_start")->bench;
  bench.load_weights(5);
  std::uint64_t started = 0;
  bench.registers.run([&] {
    const cim::JobWords words = cim::encode_job(plain_job(kOutput));
    ASSERT_OK(bench.registers.write(reg::kJobFirst, words.data(), sizeof words));
    bench.registers.put32(reg::kCtrl, kStart);
    started = bench.clock.cycles_at(sc_core::sc_time_stamp());
    sc_core::wait(40 * bench.clock.period());
  });
  EXPECT_THAT(sentence(*cases_.at("unseen_start")),
              EndsWith("job 0 of cim0: register STATUS: expected 0x1, found 0x0"));
  EXPECT_EQ(cases_.at("unseen_start")->first->cycle, started + 16);

  leyden::test::TestInitiator& bus = cases_.at("own_start")->bench.registers;
  bus.run([&] {
    bus.put32(reg::kCtrl, kIrqEnable);
    sc_core::wait(40 * bench.clock.period());
  });
  EXPECT_THAT(sentence(*cases_.at("own_start")),
              EndsWith("layer 3 (conv2), cim0: register STATUS: expected 0x0, found 0x1"));
}

TEST_F(CimLockstepTest, WrongRegistersHaveTheirName) {
  EXPECT_THAT(run("done"), EndsWith("job 0 of cim0: register STATUS: expected 0x2, found 0x0"));
  LockstepCase& one = *cases_.at("error_code");
  cim::DecodedJob wrong = plain_job(kOutput);
  wrong.job.in_bits = 9;
  one.bench.load_weights(5);
  one.bench.registers.run([&] { one.bench.run(wrong); });
  EXPECT_THAT(sentence(one), EndsWith("register ERROR_CODE: expected 0x4, found 0x5"));
  LockstepCase& word = *cases_.at("word");
  word.bench.registers.run([&] {
    word.bench.registers.put32(reg::kInAddr, 0x20001000);
    word.bench.registers.get32(reg::kInAddr);
  });
  EXPECT_THAT(sentence(word),
              EndsWith("cim0: register IN_ADDR: expected 0x20001000, found 0x20001080"));
  EXPECT_EQ(run("cycles"), "nothing");
  LockstepCase& refused = *cases_.at("refused");
  refused.bench.registers.run([&] {
    const std::uint32_t address = kOutput;
    EXPECT_EQ(refused.bench.registers.write(reg::kOutAddr, &address, 4),
              tlm::TLM_GENERIC_ERROR_RESPONSE);
  });
  EXPECT_THAT(sentence(refused), EndsWith("a write of 4 bytes at " + hex(reg::kOutAddr) +
                                          " in the registers: expected an answer, found an error"));
  EXPECT_THAT(run("irq"), EndsWith("job 0 of cim0: interrupt: expected 1, found 0"));
}

TEST_F(CimLockstepTest, WrongWeightsShowWhereTheyAreReadOrUsed) {
  std::vector<std::uint8_t> right = expected(*tlm_);
  expected(*tlm_wrong_);
  std::uint8_t cell = 0;
  ASSERT_OK(tlm_wrong_->weights.read(kWrongCell, &cell, 1));
  const std::uint8_t other = cell ^ 1;
  ASSERT_OK(tlm_wrong_->weights.write(kWrongCell, &other, 1));
  tlm_wrong_->registers.run([&] { tlm_wrong_->run(plain_job(kOutput)); });
  const std::vector<std::uint8_t>& wrong = tlm_wrong_->lmem.bytes;
  const auto differs = std::mismatch(right.begin(), right.end(), wrong.begin());
  ASSERT_NE(differs.first, right.end());
  LockstepCase& one = *cases_.at("weight");
  EXPECT_THAT(run("weight"),
              EndsWith(byte_sentence(RandomJobs::kLmem + (differs.first - right.begin()),
                                     hex(std::uint64_t{*differs.first}),
                                     hex(std::uint64_t{*differs.second}))));
  EXPECT_EQ(one.told, 1u);

  LockstepCase& read = *cases_.at("weight_read");
  read.bench.load_weights(5);
  std::uint8_t row[8] = {};
  read.bench.registers.run([&] { ASSERT_OK(read.bench.weights.read(0, row, sizeof row)); });
  EXPECT_THAT(sentence(read),
              EndsWith("weight window, " + byte_sentence(registers::kCimWeightsBase + kWrongCell,
                                                         hex(std::uint64_t{cell}),
                                                         hex(std::uint64_t{other}))));
}

}  // namespace
}  // namespace leyden::cosim
