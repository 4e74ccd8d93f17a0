#include "platform/run/worker_protocol.h"

#include <gtest/gtest.h>

namespace leyden::run {
namespace {

TEST(WorkerProtocol, RequestSurvives) {
  WorkerRequest request;
  request.chip_text = "chip: \"x\"\n# \xc3\xa9\n";
  request.first = 9999;
  request.count = UINT64_MAX;
  request.fidelity = base::Fidelity::kAnalog;
  request.die = UINT32_MAX;
  request.quantum_ns = 0.1;
  request.interpreter = true;
  request.dump_layers = true;
  const std::string text = encode(request);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const WorkerRequest again = decode_request(text);
  EXPECT_EQ(again.chip_text, request.chip_text);
  EXPECT_EQ(again.count, request.count);
  EXPECT_EQ(again.fidelity, request.fidelity);
  EXPECT_EQ(again.die, request.die);
  EXPECT_EQ(again.quantum_ns, request.quantum_ns);
  EXPECT_EQ(again.interpreter, request.interpreter);
  EXPECT_TRUE(again.dump_layers);
  EXPECT_FALSE(again.quiet);
  EXPECT_FALSE(again.gdb_port);
  EXPECT_TRUE(again.gdb_wait);
  request.gdb_port = 65535;
  request.gdb_wait = false;
  EXPECT_EQ(decode_request(encode(request)).gdb_port, 65535);
  EXPECT_FALSE(decode_request(encode(request)).gdb_wait);
}

TEST(WorkerProtocol, LinearitySurvives) {
  WorkerSums sums;
  EXPECT_FALSE(decode_message(encode(sums)).sums->linearity);
  sums.linearity = report::DieLinearity{249, 0.1, 1.0 / 3, 2, 3, 4, 5, 6, 7, 8};
  const report::DieLinearity again = *decode_message(encode(sums)).sums->linearity;
  EXPECT_EQ(again.columns, 249u);
  EXPECT_EQ(again.inl_max_lsb, 0.1);
  EXPECT_EQ(again.inl_rms_lsb, 1.0 / 3);
  EXPECT_EQ(again.dnl_max_lsb, 2);
  EXPECT_EQ(again.dnl_rms_lsb, 3);
  EXPECT_EQ(again.offset_rms_lsb, 4);
  EXPECT_EQ(again.gain_rms_percent, 5);
  EXPECT_EQ(again.error_max_lsb, 6);
  EXPECT_EQ(again.error_rms_lsb, 7);
  EXPECT_EQ(again.missing_codes, 8u);
}

TEST(WorkerProtocol, ImageSurvives) {
  ImageResult result;
  result.image = 7;
  result.result_class = 3;
  result.layer_outputs[2] = {0, 1, 0x7f, 0x80, 0xff};
  const WorkerMessage message = decode_message(encode(result));
  ASSERT_TRUE(message.image);
  EXPECT_EQ(message.image->image, 7u);
  EXPECT_EQ(message.image->result_class, 3u);
  EXPECT_EQ(message.image->layer_outputs, result.layer_outputs);
}

TEST(WorkerProtocol, SumsSurviveExactly) {
  WorkerSums sums;
  chip::Usage& usage = sums.usage[chip::kBootLayer];
  usage.cycles = (std::uint64_t{1} << 63) + 1;  // would not survive as a double
  usage.causes[4] = 5;
  usage.counts = {1, UINT64_MAX};
  sums.events.kinds = {{"a", base::Component::kAdc, 0.1, base::Source::kFitted, true}};
  sums.events.point_scales = {1, 1.0 / 3};
  sums.warnings = {"w"};
  const WorkerMessage message = decode_message(encode(sums));
  ASSERT_TRUE(message.sums);
  const chip::Usage& again = message.sums->usage.at(chip::kBootLayer);
  EXPECT_EQ(again.cycles, usage.cycles);
  EXPECT_EQ(again.causes, usage.causes);
  EXPECT_EQ(again.counts, usage.counts);
  EXPECT_EQ(message.sums->events.kinds[0].energy_fj, 0.1);
  EXPECT_EQ(message.sums->events.kinds[0].component, base::Component::kAdc);
  EXPECT_TRUE(message.sums->events.kinds[0].own_supply);
  EXPECT_EQ(message.sums->events.point_scales, sums.events.point_scales);
  EXPECT_EQ(message.sums->warnings, sums.warnings);
}

TEST(WorkerProtocol, ErrorSurvivesAndRubbishIsAModelError) {
  const WorkerMessage message =
      decode_message(encode(WorkerError{base::ExitStatus::kLimit, "too long"}));
  ASSERT_TRUE(message.error);
  EXPECT_EQ(message.error->status, base::ExitStatus::kLimit);
  EXPECT_EQ(message.error->sentence, "too long");
  EXPECT_THROW(decode_message("{"), base::ModelError);
  EXPECT_THROW(decode_message("{}"), base::ModelError);
  EXPECT_THROW(decode_request("{}"), base::ModelError);
}

}  // namespace
}  // namespace leyden::run
