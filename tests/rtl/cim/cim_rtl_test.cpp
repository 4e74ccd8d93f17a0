// The CIM controller as RTL against the TLM unit, job by job: memory, registers, interrupts,
// errors, cycles, energy.
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

TEST_P(CimRtlTest, RandomJobs) {
  pair().model.load_weights(5);
  pair().rtl.load_weights(5);
  RandomJobs jobs(pair().model.macro(), 100 + static_cast<unsigned>(GetParam()));
  double all_model = 0;
  double all_rtl = 0;
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
    const bool valid = cim::validate(job, pair().model.macro()) == cim::JobError::kNone;
    const cim::JobTiming timing =
        valid ? cim::job_timing(job, pair().model.macro(), 400e6) : cim::JobTiming();
    SCOPED_TRACE(testing::Message()
                 << pair().name << " job " << i << ": in " << job.in_width << "x" << job.in_height
                 << "x" << job.in_channels << "/" << job.in_pixel_stride << " kernel "
                 << job.kernel_width << "x" << job.kernel_height << " stride " << job.stride_x
                 << "," << job.stride_y << " dil " << job.dilation_x << "," << job.dilation_y
                 << " pad " << job.pad_left << "," << job.pad_top << " window " << job.window_first
                 << "+" << job.window_count << " out " << job.out_width << "x" << job.out_height
                 << "x" << job.outputs << (job.partial ? "p" : "") << " bits " << job.in_bits
                 << " slot " << timing.mvm_cycles << "+" << timing.convert_cycles);
    ASSERT_EQ(rtl.status, model.status);
    ASSERT_EQ(rtl.error_code, model.error_code);
    ASSERT_EQ(rtl.irq, model.irq);
    ASSERT_EQ(pair().rtl.lmem.bytes, pair().model.lmem.bytes);
    EXPECT_TRUE(pair().rtl.lmem.held.empty());
    if (model.error_code != 0) continue;
    all_model += model.cycles;
    all_rtl += rtl.cycles;
    if (getenv("SHOW")) {
      std::cout << pair().name << " job " << i << " model " << model.cycles << " rtl " << rtl.cycles
                << " diff " << int(rtl.cycles) - int(model.cycles) << " kw " << job.kernel_width
                << " kh " << job.kernel_height << " C " << job.in_channels << "/"
                << job.in_pixel_stride << " dil " << job.dilation_x << " win " << job.window_first
                << "+" << job.window_count << " pos " << job.positions() << " macro "
                << timing.mvm_cycles + timing.convert_cycles << "\n";
    }
  }
  if (getenv("SHOW"))
    std::cout << pair().name << " " << all_model << " " << all_rtl << " " << all_rtl / all_model
              << "\n";
}

INSTANTIATE_TEST_SUITE_P(Macros, CimRtlTest, testing::Range<std::size_t>(0, 7),
                         [](const auto& macro) { return kinds()[macro.param].name; });

}  // namespace
}  // namespace leyden::cosim
