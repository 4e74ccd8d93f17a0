// Decoding, checks and closed-form timing of vector operations, against numbers worked out by hand.
#include "models/vector/vector_job.h"

#include <gtest/gtest.h>

#include "models/vector/vector_timing.h"
#include "registers/vector.h"

namespace leyden::vector {
namespace {

namespace reg = registers::vector;
constexpr TimingParameters kTiming{16, 16, 4};

VectorJob max_pool_job() {
  VectorJob job;
  job.code = 0;
  job.source0 = 0x20000000;
  job.destination = 0x20001000;
  job.shape.in_width = job.shape.in_height = 8;
  job.shape.out_width = job.shape.out_height = 4;
  job.shape.channels = 16;
  job.shape.kernel_width = job.shape.kernel_height = 2;
  job.shape.stride_x = job.shape.stride_y = 2;
  return job;
}

TEST(VectorJob, DecodesEveryFieldFromTheGeneratedRegisterDescription) {
  // Each field gets its own value through the generated masks; decode_job has its own shifts.
  std::array<std::uint32_t, kJobWords> words{};
  const auto put = [&](std::uint32_t offset, base::Field field, std::uint32_t value) {
    auto& word = words[(offset - reg::kJobFirst) / 4];
    word = field.set(word, value);
  };
  const base::Field all{0, 32};
  put(reg::kOperation, reg::operation::kCode, 3);
  put(reg::kSrc0Addr, all, 0x20000010);
  put(reg::kSrc1Addr, all, 0x20000020);
  put(reg::kDstAddr, all, 0x20000030);
  put(reg::kInSize, reg::in_size::kWidth, 1001);
  put(reg::kInSize, reg::in_size::kHeight, 1002);
  put(reg::kOutSize, reg::out_size::kWidth, 1003);
  put(reg::kOutSize, reg::out_size::kHeight, 1004);
  put(reg::kChannels, reg::channels::kCount, 1005);
  put(reg::kChannels, reg::channels::kParts, 1006);
  put(reg::kKernel, reg::kernel::kWidth, 101);
  put(reg::kKernel, reg::kernel::kHeight, 102);
  put(reg::kKernel, reg::kernel::kStrideX, 103);
  put(reg::kKernel, reg::kernel::kStrideY, 104);
  put(reg::kPad, reg::pad::kLeft, 105);
  put(reg::kPad, reg::pad::kTop, 106);
  put(reg::kTableAddr, all, 0x20000040);
  put(reg::kScale0, all, 0xffffffff);
  put(reg::kScale1, all, 0x80000000);
  put(reg::kOffset, all, 0xfffffff0);
  put(reg::kResult, reg::result::kShift, 21);
  put(reg::kResult, reg::result::kLow, 107);
  put(reg::kResult, reg::result::kHigh, 108);
  put(reg::kPartial, reg::partial::kUnits, 109);
  put(reg::kPartial, reg::partial::kInBits, 6);
  put(reg::kPartial, reg::partial::kWeightBits, 7);
  put(reg::kPartial, reg::partial::kOutBits, 8);

  const VectorJob job = decode_job(words);
  EXPECT_EQ(job.operation(), Operation::kAccumulate);
  EXPECT_EQ(job.source0, 0x20000010u);
  EXPECT_EQ(job.source1, 0x20000020u);
  EXPECT_EQ(job.part_stride, 0x20000020u);
  EXPECT_EQ(job.destination, 0x20000030u);
  EXPECT_EQ(job.shape.in_width, 1001u);
  EXPECT_EQ(job.shape.in_height, 1002u);
  EXPECT_EQ(job.shape.out_width, 1003u);
  EXPECT_EQ(job.shape.out_height, 1004u);
  EXPECT_EQ(job.shape.channels, 1005u);
  EXPECT_EQ(job.parts, 1006u);
  EXPECT_EQ(job.shape.kernel_width, 101u);
  EXPECT_EQ(job.shape.kernel_height, 102u);
  EXPECT_EQ(job.shape.stride_x, 103u);
  EXPECT_EQ(job.shape.stride_y, 104u);
  EXPECT_EQ(job.shape.pad_left, 105u);
  EXPECT_EQ(job.shape.pad_top, 106u);
  EXPECT_EQ(job.table, 0x20000040u);
  EXPECT_EQ(job.scales.scale0, -1);
  EXPECT_EQ(job.scales.scale1, INT32_MIN);
  EXPECT_EQ(job.scales.offset, -16);
  EXPECT_EQ(job.result.shift, 21u);
  EXPECT_EQ(job.result.low, 107u);
  EXPECT_EQ(job.result.high, 108u);
  EXPECT_EQ(job.format.units, 109u);
  EXPECT_EQ(job.format.in_bits, 6u);
  EXPECT_EQ(job.format.weight_bits, 7u);
  EXPECT_EQ(job.format.out_bits, 8u);
}

TEST(VectorJob, RefusesWhatTheUnitCannotDo) {
  struct Case {
    const char* what;
    void (*change)(VectorJob&);
    JobError expected;
  };
  const Case cases[] = {
      {"good", [](VectorJob&) {}, JobError::kNone},
      {"operation 6", [](VectorJob& j) { j.code = 6; }, JobError::kOperation},
      {"operation 15", [](VectorJob& j) { j.code = 15; }, JobError::kOperation},
      {"no output", [](VectorJob& j) { j.shape.out_width = 0; }, JobError::kShape},
      {"no rows", [](VectorJob& j) { j.shape.out_height = 0; }, JobError::kShape},
      {"no channels", [](VectorJob& j) { j.shape.channels = 0; }, JobError::kShape},
      {"no input", [](VectorJob& j) { j.shape.in_width = 0; }, JobError::kShape},
      {"no kernel", [](VectorJob& j) { j.shape.kernel_height = 0; }, JobError::kShape},
      {"no stride", [](VectorJob& j) { j.shape.stride_y = 0; }, JobError::kShape},
      {"window in padding", [](VectorJob& j) { j.shape.pad_left = 2; }, JobError::kShape},
      {"window behind input", [](VectorJob& j) { j.shape.out_width = 5; }, JobError::kShape},
      {"last window half inside", [](VectorJob& j) { j.shape.in_width = 7; }, JobError::kNone},
      {"shift 32", [](VectorJob& j) { j.result.shift = 32; }, JobError::kShape},
      {"low above high",
       [](VectorJob& j) {
         j.result.low = 5;
         j.result.high = 4;
       },
       JobError::kShape},
      {"no parts", [](VectorJob& j) { j.code = 3; }, JobError::kShape},
      {"4 GiB",
       [](VectorJob& j) {
         j.code = 4;
         j.shape.out_width = j.shape.out_height = 65535;
         j.shape.channels = 2;
       },
       JobError::kRegion},
  };
  for (const Case& test : cases) {
    VectorJob job = max_pool_job();
    test.change(job);
    EXPECT_EQ(check_job(job, false), test.expected) << test.what;
  }
}

TEST(VectorJob, NeedsThePartialFormatInFidelityIdealOnly) {
  VectorJob job = max_pool_job();
  job.code = 3;
  job.parts = 2;
  job.format = {4, 36, 8, 4, 8, 0};
  EXPECT_EQ(check_job(job, true), JobError::kNone);
  job.format.out_bits = 0;
  EXPECT_EQ(check_job(job, true), JobError::kShape);
  EXPECT_EQ(check_job(job, false), JobError::kNone);
  job.format = {0, 36, 8, 4, 8, 0};
  EXPECT_EQ(check_job(job, true), JobError::kShape);
}

TEST(VectorTiming, CountsBeatsThatAreTouched) {
  EXPECT_EQ(beats(0x1000, 0, 16), 0u);
  EXPECT_EQ(beats(0x1000, 1, 16), 1u);
  EXPECT_EQ(beats(0x1000, 16, 16), 1u);
  EXPECT_EQ(beats(0x1000, 17, 16), 2u);
  EXPECT_EQ(beats(0x100f, 2, 16), 2u);
  EXPECT_EQ(beats(0x100f, 18, 16), 3u);
}

TEST(VectorTiming, MaxPoolIsBoundByItsPort) {
  // 8 x 8 x 16 in = 64 beats, 4 x 4 x 16 out = 16 beats: 80. 256 outputs of 4 taps / 16 = 64.
  const VectorWork work = vector_work(max_pool_job(), kTiming);
  EXPECT_EQ(work.element_operations, 1024u);
  EXPECT_EQ(work.read_beats, 64u);
  EXPECT_EQ(work.write_beats, 16u);
  const VectorTiming timing = vector_timing(work, kTiming);
  EXPECT_EQ(timing.compute_cycles, 64u);
  EXPECT_EQ(timing.port_cycles, 80u);
  EXPECT_EQ(timing.total_cycles, 84u);
}

TEST(VectorTiming, OverlappingWindowsAreBoundByTheLanes) {
  // 3 x 3 windows, stride 1, padding 1 on 8 x 8 x 16: 1024 outputs * 9 taps / 16 lanes = 576.
  VectorJob job = max_pool_job();
  job.shape.out_width = job.shape.out_height = 8;
  job.shape.kernel_width = job.shape.kernel_height = 3;
  job.shape.stride_x = job.shape.stride_y = 1;
  job.shape.pad_left = job.shape.pad_top = 1;
  const VectorTiming timing = vector_timing(vector_work(job, kTiming), kTiming);
  EXPECT_EQ(timing.compute_cycles, 576u);
  EXPECT_EQ(timing.port_cycles, 64u + 64u);
  EXPECT_EQ(timing.total_cycles, 580u);
  TimingParameters wide = kTiming;
  wide.lanes = 32;
  EXPECT_EQ(vector_timing(vector_work(job, wide), wide).total_cycles, 292u);
}

TEST(VectorTiming, AccumulateReadsEveryPartAndTheTable) {
  // 10 outputs, 3 parts of 40 bytes, 64 bytes apart: 3 beats each; table 160 bytes: 10; out 1 beat.
  VectorJob job;
  job.code = 3;
  job.source0 = 0x20000000;
  job.part_stride = 64;
  job.parts = 3;
  job.table = 0x20000400;
  job.destination = 0x20000800;
  job.shape.channels = 10;
  const VectorWork work = vector_work(job, kTiming);
  EXPECT_EQ(work.element_operations, 30u);
  EXPECT_EQ(work.read_beats, 9u + 10u);
  EXPECT_EQ(work.write_beats, 1u);
  EXPECT_EQ(vector_timing(work, kTiming).total_cycles, 4u + 20u);
}

TEST(VectorTiming, LookupReadsItsTableOnce) {
  // 160 codes: 10 beats in and out; the table of 256 bytes, 8 beyond a beat: 17.
  VectorJob job;
  job.code = 5;
  job.source0 = 0x20000000;
  job.destination = 0x20000200;
  job.table = 0x20000408;
  job.shape.out_width = 10;
  job.shape.channels = 16;
  EXPECT_EQ(check_job(job, true), JobError::kNone);
  const VectorWork work = vector_work(job, kTiming);
  EXPECT_EQ(work.element_operations, 160u);
  EXPECT_EQ(work.read_beats, 10u + 17u);
  EXPECT_EQ(work.write_beats, 10u);
}

TEST(VectorTiming, AddReadsBothOperands) {
  VectorJob job;
  job.code = 2;
  job.source0 = 0x20000000;
  job.source1 = 0x20000108;  // not aligned: one beat more
  job.destination = 0x20000200;
  job.shape.out_width = 10;
  job.shape.channels = 16;
  const VectorWork work = vector_work(job, kTiming);
  EXPECT_EQ(work.element_operations, 160u);
  EXPECT_EQ(work.read_beats, 10u + 11u);
  EXPECT_EQ(work.write_beats, 10u);
}

TEST(VectorTiming, MoreLanesOrAWiderPortAreNeverSlower) {
  VectorJob job = max_pool_job();
  for (std::uint32_t kernel = 1; kernel <= 4; ++kernel) {
    job.shape.kernel_width = job.shape.kernel_height = kernel;
    std::uint64_t last = ~std::uint64_t{0};
    for (std::uint32_t width = 1; width <= 64; width *= 2) {
      const TimingParameters timing{width, width, 4};
      const std::uint64_t cycles = vector_timing(vector_work(job, timing), timing).total_cycles;
      EXPECT_LE(cycles, last);
      last = cycles;
    }
  }
}

}  // namespace
}  // namespace leyden::vector
