// The CIM controller as RTL against the TLM unit, job by job: memory, registers, interrupts,
// errors, cycles, energy.
#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include "tests/rtl/cim/cim_bench.h"
#include "tests/rtl/cim/random_job.h"

namespace leyden::cosim {
namespace {

struct Pair {
  Pair(const MacroKind& kind)
      : name(kind.name),
        model("model_" + kind.name, kind, false),
        rtl("rtl_" + kind.name, kind, true) {}
  std::string name;
  CimBench model, rtl;
};

const std::vector<MacroKind>& kinds() {
  static const std::vector<MacroKind> kKinds = {
      {"imagine", "imagine", {}},
      {"capram", "capram", {}},
      {"adapt256", "adapt256", {}},
      {"rram128", "rram128", {}},
      {"pipelined", "imagine", {{"pipelined", "yes"}}},
      {"skipping", "rram128", {{"drive.zero_skipping", "yes"}}},
      {"segments",
       "rram128",
       {{"rows_per_unit", "32"}, {"dot_product.rows_active", "32"}, {"post.kind", "adder_tree"}}},
  };
  return kKinds;
}

class CimRtlTest : public testing::TestWithParam<std::size_t> {
 protected:
  static void SetUpTestSuite() {
    for (const MacroKind& kind : kinds()) pairs().push_back(std::make_unique<Pair>(kind));
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  static std::vector<std::unique_ptr<Pair>>& pairs() {
    static auto* made = new std::vector<std::unique_ptr<Pair>>;  // to the end of the process
    return *made;
  }
  Pair& pair() { return *pairs()[GetParam()]; }

  /// Runs a job on both. @return outcomes: model, RTL
  std::pair<CimOutcome, CimOutcome> both(const cim::DecodedJob& decoded, unsigned seed) {
    std::pair<CimOutcome, CimOutcome> outcomes;
    std::mt19937 random(seed);
    for (auto& byte : pair().model.lmem.bytes) byte = static_cast<std::uint8_t>(random());
    if (seed % 5 == 0) {  // some zeros, for what skips them
      for (std::size_t i = 0; i < 0x8000; ++i) {
        if (random() % 8 != 0) pair().model.lmem.bytes[i] = 0;
      }
    }
    pair().rtl.lmem.bytes = pair().model.lmem.bytes;
    pair().model.registers.run([&] { outcomes.first = pair().model.run(decoded); });
    pair().rtl.registers.run([&] { outcomes.second = pair().rtl.run(decoded); });
    return outcomes;
  }
};

std::string describe(const cim::Job& job) {
  std::ostringstream text;
  text << "in " << job.in_width << "x" << job.in_height << "x" << job.in_channels << "/"
       << job.in_pixel_stride << " kernel " << job.kernel_width << "x" << job.kernel_height
       << " stride " << job.stride_x << "," << job.stride_y << " dilation " << job.dilation_x << ","
       << job.dilation_y << " pad " << job.pad_left << "," << job.pad_top << " window "
       << job.window_first << "+" << job.window_count << " out " << job.out_width << "x"
       << job.out_height << "x" << job.outputs << (job.partial ? " partial" : "") << ", "
       << job.in_bits << " b";
  return text.str();
}

/// Cycles in which the feeder looks for the first element of a row split.
std::uint64_t seek_cycles(const cim::Job& job) {
  const unsigned run = job.kernel_width * job.in_channels;
  const bool by_tap = job.in_pixel_stride != job.in_channels || job.dilation_x > 1;
  return job.window_first / run + (by_tap ? job.window_first % run / job.in_channels : 0);
}

using Element = std::array<unsigned, 3>;  // kernel row, pixel, channel

/// What a window of the tile holds, by coordinates of the padded input.
std::set<Element> window(const cim::Job& job, unsigned out_x) {
  std::set<Element> elements;
  for (unsigned e = job.window_first; e < job.window_first + job.window_count; ++e) {
    const unsigned tap = e / job.in_channels;
    elements.insert({tap / job.kernel_width,
                     out_x * job.stride_x + tap % job.kernel_width * job.dilation_x,
                     e % job.in_channels});
  }
  return elements;
}

/// Bytes of the input that windows do not share with the one before them in their output row.
std::uint64_t input_bytes(const cim::Job& job) {
  std::uint64_t bytes = 0;
  for (unsigned out_x = 0; out_x < job.out_width; ++out_x) {
    std::set<Element> fresh = window(job, out_x);
    if (out_x > 0 && job.dilation_x == 1) {
      for (const Element& e : window(job, out_x - 1)) fresh.erase(e);
    }
    for (unsigned out_y = 0; out_y < job.out_height; ++out_y) {
      for (const auto& [ky, x, channel] : fresh) {
        const unsigned y = out_y * job.stride_y + ky * job.dilation_y;
        if (x >= job.pad_left && x < job.pad_left + job.in_width && y >= job.pad_top &&
            y < job.pad_top + job.in_height) {
          ++bytes;
        }
      }
    }
  }
  return bytes;
}

TEST_P(CimRtlTest, RandomJobs) {
  pair().model.load_weights(5);
  pair().rtl.load_weights(5);
  RandomJobs jobs(pair().model.macro(), 100 + static_cast<unsigned>(GetParam()));
  double all_model = 0;
  double all_rtl = 0;
  unsigned refused = 0;
  std::uint64_t read = 0;
  for (unsigned i = 0; i < 120; ++i) {
    for (CimBench* bench : {&pair().model, &pair().rtl}) {
      bench->context.fidelity = static_cast<base::Fidelity>(i % 3);
      bench->context.draws = {3, i};
    }
    const bool wrong = i % 4 == 3;
    const cim::DecodedJob decoded = wrong ? jobs.next_wrong() : jobs.next();
    const cim::Job& job = decoded.job;
    if (wrong && job.positions() > 5000) continue;
    const auto [model, rtl] = both(decoded, i);
    SCOPED_TRACE(testing::Message() << pair().name << " job " << i << ": " << describe(job));
    ASSERT_EQ(rtl.status, model.status);
    ASSERT_EQ(rtl.error_code, model.error_code);
    ASSERT_EQ(rtl.irq, model.irq);
    ASSERT_EQ(pair().rtl.lmem.bytes, pair().model.lmem.bytes);
    EXPECT_TRUE(pair().rtl.lmem.held.empty());
    if (model.error_code != 0) {
      ++refused;
      continue;
    }
    const std::uint64_t expected = model.cycles + seek_cycles(job);
    const std::uint64_t apart = std::max<std::uint64_t>(expected, rtl.cycles) -
                                std::min<std::uint64_t>(expected, rtl.cycles);
    EXPECT_LE(apart, 0.03 * rtl.cycles);
    all_model += model.cycles;
    all_rtl += rtl.cycles;
    read += input_bytes(job);
  }
  EXPECT_GT(refused, 5u);
  EXPECT_NEAR(all_rtl, all_model, 0.01 * all_rtl);

  // The same work, and energy, of the macro; the feeder's bytes are those that come from LMEM.
  const cim::JobCounts& model = pair().model.totals();
  const cim::JobCounts& rtl = pair().rtl.totals();
  EXPECT_EQ(rtl.driven_cells, model.driven_cells);
  EXPECT_EQ(rtl.charged_cells, model.charged_cells);
  EXPECT_EQ(rtl.conversions, model.conversions);
  EXPECT_EQ(rtl.write_bytes, model.write_bytes);
  EXPECT_EQ(rtl.feed_bytes, read);
}

TEST_P(CimRtlTest, WaitsForBanks) {
  pair().model.load_weights(5);
  pair().rtl.load_weights(5);
  RandomJobs jobs(pair().model.macro(), 7);
  for (unsigned i = 0; i < 10; ++i) {
    const cim::DecodedJob decoded = jobs.next();
    pair().rtl.lmem.extra_cycles = 0;
    const auto [model, free] = both(decoded, i);
    ASSERT_EQ(model.error_code, 0u);
    pair().rtl.lmem.extra_cycles = 20;
    const auto [again, loaded] = both(decoded, i);
    ASSERT_EQ(pair().rtl.lmem.bytes, pair().model.lmem.bytes);
    EXPECT_GE(loaded.cycles, free.cycles);
  }
  pair().rtl.lmem.extra_cycles = 0;
}

TEST_P(CimRtlTest, ASecondStartIsAnErrorAndItsWordsAreTheNextJobs) {
  namespace reg = registers::cim;
  CimBench& rtl = pair().rtl;
  rtl.load_weights(5);
  RandomJobs jobs(rtl.macro(), 9);
  // One that runs while the next one's words are written.
  cim::DecodedJob first = jobs.next();
  while (cim::job_timing(first.job, rtl.macro(), 400e6).cycles < 300) first = jobs.next();
  const cim::DecodedJob second = jobs.next();
  both(first, 1);
  const std::vector<std::uint8_t> bytes = rtl.lmem.bytes;
  rtl.registers.run([&] {
    const auto put = [&](const cim::DecodedJob& decoded) {
      const cim::JobWords words = cim::encode_job(decoded);
      ASSERT_OK(rtl.registers.write(reg::kJobFirst, words.data(), sizeof words));
    };
    put(first);
    rtl.registers.put32(reg::kCtrl, 3);
    put(second);
    // Byte by byte: the words that are not written stay.
    rtl.registers.put<std::uint8_t>(reg::kTag + 1, 0);
    rtl.registers.put32(reg::kCtrl, 3);
    EXPECT_EQ(rtl.registers.get32(reg::kStatus), 5u);
    EXPECT_EQ(rtl.registers.get32(reg::kErrorCode), 1u);
    EXPECT_TRUE(rtl.irq.read());
    while (rtl.unit->busy()) sc_core::wait(rtl.clock.period());
    EXPECT_EQ(rtl.registers.get32(reg::kInAddr), second.in_address);
    EXPECT_EQ(rtl.registers.get32(reg::kTag), cim::encode_job(second)[11] & ~0xff00u);
    rtl.registers.put32(reg::kStatus, 6);
  });
  EXPECT_EQ(rtl.lmem.bytes, bytes);
}

INSTANTIATE_TEST_SUITE_P(Macros, CimRtlTest, testing::Range<std::size_t>(0, 7),
                         [](const auto& macro) { return kinds()[macro.param].name; });

}  // namespace
}  // namespace leyden::cosim
