// What the CIM controller's RTL in the chip does when something is wrong around it: one sentence
// each. An error ends a simulation, so each case has a process of its own.
#include <cstdlib>
#include <functional>
#include <iostream>

#include "models/base/error.h"
#include "platform/cosim/lockstep_cim.h"
#include "tests/rtl/cim/cim_bench.h"
#include "tests/rtl/cim/faulty_cim.h"
#include "tests/rtl/cim/random_job.h"

namespace leyden::cosim {
namespace {

constexpr int kEnded = 4;
constexpr std::uint64_t kHangCycles = 2000;

/// Runs one job after `plant`, prints the error and exits with 4; with 0 when there is none.
[[noreturn]] void run(const std::function<void(CimBench&)>& plant,
                      const CimBench::Wrap& wrap = {}) {
  try {
    CimBench bench("cim0", {"imagine", "imagine", {}}, true, kHangCycles, wrap);
    plant(bench);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    bench.unit->set_layer_source([] { return 3u; });
    bench.load_weights(5);
    cim::DecodedJob decoded;
    cim::Job& job = decoded.job;
    job.in_width = job.in_height = 6;
    job.in_channels = job.in_pixel_stride = 20;
    job.kernel_width = job.kernel_height = 3;
    job.window_count = job.window();
    job.out_width = job.out_height = 4;
    job.outputs = job.out_pixel_stride = 20;
    job.unit_count = 5;
    job.in_bits = job.weight_bits = 4;
    job.out_bits = 8;
    job.tile = 9;
    decoded.in_address = RandomJobs::kLmem;
    decoded.out_address = RandomJobs::kLmem + 0x4000;
    bench.registers.run([&] { bench.run(decoded); });
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    std::_Exit(kEnded);
  }
  std::_Exit(0);
}

TEST(CimRtlErrors, NoneWithoutAnError) {
  EXPECT_EXIT(run([](CimBench&) {}), testing::ExitedWithCode(0), "");
}

TEST(CimRtlErrors, AMacroThatIsNeverDone) {
  EXPECT_EXIT(run([](CimBench& bench) { bench.pins->macro_side().never_end(); }),
              testing::ExitedWithCode(kEnded),
              "cim0: the RTL has made no progress with the job of tile 9 within 2000 cycles: the "
              "macro has not ended its array phase of position 0");
}

TEST(CimRtlErrors, AMacroThatNeverAnswers) {
  EXPECT_EXIT(run([](CimBench& bench) { bench.pins->macro_side().never_answer(); }),
              testing::ExitedWithCode(kEnded),
              "within 2000 cycles: the macro has not told whether the job's weights were written");
}

TEST(CimRtlErrors, AnLmemThatNeverGrants) {
  EXPECT_EXIT(run([](CimBench& bench) { bench.pins->lmem_side().never_grant(); }),
              testing::ExitedWithCode(kEnded),
              "within 2000 cycles: LMEM has not granted a read of 0x200000");
}

TEST(CimRtlErrors, LockStepEndsTheRun) {
  const auto faulty = [](std::unique_ptr<cim::CimBlock> rtl, base::Context& context) {
    CimDefects defects;
    defects.lmem = [](memory::LmemPortIf& lmem, std::uint64_t address, std::uint32_t) {
      *lmem.data({address, 1, 1, 1}) ^= 1;
      return true;
    };
    return std::make_unique<LockstepCim>(
        "lockstep", std::make_unique<FaultyCim>("faulty", std::move(rtl), defects), context, 0);
  };
  EXPECT_EXIT(run([](CimBench&) {}, faulty), testing::ExitedWithCode(kEnded),
              "At .* \\(cycle [0-9]+\\), job 0 of cim0: byte at 0x20004000: expected 0x");
}

TEST(CimRtlErrors, TheFirstWrongByteOfARow) {
  // Byte 47 is channel 7 of pixel (2, 0): element 47 of the first window.
  EXPECT_EXIT(run([](CimBench& bench) {
                for (auto& byte : bench.lmem.bytes) byte = 5;
                bench.pins->macro_side().expect_other_input(47);
              }),
              testing::ExitedWithCode(kEnded),
              "At .* \\(cycle [0-9]+\\), layer 3, job 0 of cim0: element 47 of the window of "
              "position 0 \\(word line 47\\): expected 0x4, found 0x5");
}

TEST(CimRtlErrors, MacrosThatItIsNotMadeFor) {
  const auto made = [](const std::map<std::string, std::string>& settings) {
    try {
      const CimBench bench("cim0", {"imagine", "imagine", settings}, true);
    } catch (const base::UsageError& error) {
      std::cerr << error.what() << std::endl;
      std::_Exit(2);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(made({{"rows", "2304"}}), testing::ExitedWithCode(2),
              "word lines for a page of 1152 rows, but cim.rows is 2304 in 1 pages");
  EXPECT_EXIT(made({{"feeder.bytes_per_cycle", "32"}}), testing::ExitedWithCode(2),
              "LMEM ports of 16 bytes, but cim.feeder.bytes_per_cycle is 32");
  EXPECT_EXIT(made({{"rows", "2304"}, {"cell.pages", "2"}}), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace leyden::cosim
