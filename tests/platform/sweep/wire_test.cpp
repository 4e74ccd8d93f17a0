#include "platform/sweep/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace leyden::sweep {
namespace {

using ::testing::HasSubstr;

Base some_base() {
  Base base;
  base.chip = "imagine";
  base.network = "net \"works\"/\u00e9.onnx";
  base.data = "/data\\with\nlines";
  base.set = {"cim.rows=256", ""};
  base.quantise = {"weight_bits=4"};
  base.objective = "energy";
  base.calibration_images = UINT64_MAX;
  base.images = 7;
  base.fidelity = "ideal";
  base.die = UINT32_MAX;
  base.calibrate = true;
  base.max_seconds = 0.1;
  base.keep_layers = true;
  return base;
}

Point some_point() {
  Point point;
  point.stage = Stage::kConfirm;
  point.number = UINT64_MAX;
  point.depth = Depth::kFull;
  point.settings = {{"cim.rows", "256"}, {"cim.rows", "512"}, {"quantise.weight_bits", "4"}};
  point.variables = {{"rows", "256"}};
  return point;
}

PointResult some_result() {
  PointResult result;
  result.stage = Stage::kConfirm;
  result.number = 12345678901234567890ull;
  result.status = base::ExitStatus::kLimit;
  result.message = "It was too long.\nReally.";
  set_metric(result.metrics, "latency_us", 0.1 + 0.2);
  set_metric(result.metrics, "energy_nj", std::numeric_limits<double>::denorm_min());
  set_metric(result.metrics, "cycles", std::numeric_limits<double>::max());
  set_metric(result.metrics, "macs", -0.0);
  result.layers = {{"conv 1", "conv", 1.0 / 3, 4}, {"", "", 0, 0}};
  result.host_time_s = 1e-9;
  result.host = "node7";
  return result;
}

TEST(SweepWire, KeepsEveryFieldOfABase) {
  const Base sent = some_base();
  const Base base = decode_base(encode(sent));
  EXPECT_EQ(base.chip, sent.chip);
  EXPECT_EQ(base.network, sent.network);
  EXPECT_EQ(base.data, sent.data);
  EXPECT_EQ(base.set, sent.set);
  EXPECT_EQ(base.quantise, sent.quantise);
  EXPECT_EQ(base.objective, sent.objective);
  EXPECT_EQ(base.calibration_images, sent.calibration_images);
  EXPECT_EQ(base.images, sent.images);
  EXPECT_EQ(base.fidelity, sent.fidelity);
  EXPECT_EQ(base.die, sent.die);
  EXPECT_EQ(base.calibrate, sent.calibrate);
  EXPECT_EQ(base.max_seconds, sent.max_seconds);
  EXPECT_EQ(base.keep_layers, sent.keep_layers);
}

TEST(SweepWire, KeepsEveryFieldOfAPoint) {
  const Point sent = some_point();
  const Point point = decode_point(encode(sent));
  EXPECT_EQ(point.stage, sent.stage);
  EXPECT_EQ(point.number, sent.number);
  EXPECT_EQ(point.depth, sent.depth);
  EXPECT_EQ(point.settings, sent.settings);
  ASSERT_EQ(point.variables.size(), 1u);
  EXPECT_EQ(point.variables[0].name, "rows");
  EXPECT_EQ(point.variables[0].value, "256");
}

TEST(SweepWire, KeepsEveryBitOfAResult) {
  const PointResult sent = some_result();
  const PointResult result = decode_result(encode(sent));
  EXPECT_EQ(result.stage, sent.stage);
  EXPECT_EQ(result.number, sent.number);
  EXPECT_EQ(result.status, sent.status);
  EXPECT_EQ(result.message, sent.message);
  EXPECT_EQ(result.metrics, sent.metrics);  // equal to the bit, none where there was none
  EXPECT_TRUE(std::signbit(*metric(result.metrics, "macs")));
  ASSERT_EQ(result.layers.size(), 2u);
  EXPECT_EQ(result.layers[0].name, "conv 1");
  EXPECT_EQ(result.layers[0].kind, "conv");
  EXPECT_EQ(result.layers[0].cycles, 1.0 / 3);
  EXPECT_EQ(result.layers[0].energy_nj, 4);
  EXPECT_EQ(result.host_time_s, 1e-9);
  EXPECT_EQ(result.host, "node7");
}

TEST(SweepWire, TellsWhyAWorkerCannotStart) {
  const WorkerStart start =
      decode_start(encode(WorkerStart{base::ExitStatus::kUsage, "There is no chip imagin."}));
  EXPECT_EQ(start.status, base::ExitStatus::kUsage);
  EXPECT_EQ(start.message, "There is no chip imagin.");
  EXPECT_EQ(decode_start(encode(WorkerStart{})).status, base::ExitStatus::kGood);
}

TEST(SweepWire, IsOneLine) {
  EXPECT_EQ(encode(some_base()).find('\n'), std::string::npos);
  EXPECT_EQ(encode(some_point()).find('\n'), std::string::npos);
  EXPECT_EQ(encode(some_result()).find('\n'), std::string::npos);
}

TEST(SweepWire, DoublesOfAnySizeComeBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t bits = random();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    PointResult sent;
    set_metric(sent.metrics, "edp_nj_us", value);
    const double back = *metric(decode_result(encode(sent)).metrics, "edp_nj_us");
    ASSERT_EQ(std::memcmp(&back, &value, sizeof value), 0) << value;
  }
}

TEST(SweepWire, RefusesWhatIsNotFinite) {
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    PointResult result;
    set_metric(result.metrics, "latency_us", value);
    EXPECT_THROW(encode(result), base::ModelError);
    result = {};
    result.layers = {{"a", "b", 0, value}};
    EXPECT_THROW(encode(result), base::ModelError);
    Base base;
    base.max_seconds = value;
    EXPECT_THROW(encode(base), base::ModelError);
  }
}

TEST(SweepWire, TextThatIsNoUtf8EndsNothing) {
  Base base;
  base.data = "/data/\xff";
  EXPECT_THROW(encode(base), base::ModelError);
  Point point;
  point.settings = {{"chip", "\xc3"}};
  EXPECT_THROW(encode(point), base::ModelError);
  PointResult result;
  result.message = "The file \xff is not there.";
  EXPECT_EQ(decode_result(encode(result)).message, "The file \uFFFD is not there.");
}

/// The sentence that a line is refused with; "" when it is not.
template <typename Decode>
std::string refusal(Decode decode, const std::string& line) {
  try {
    decode(line);
  } catch (const base::ModelError& error) {
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(SweepWire, TellsWhatIsWrongWithALine) {
  const std::string point = encode(some_point());
  EXPECT_THAT(refusal(decode_point, ""), HasSubstr("no JSON"));
  EXPECT_THAT(refusal(decode_point, "[]"), HasSubstr("is no object"));
  EXPECT_THAT(refusal(decode_point, "{}"), HasSubstr("has no member stage"));
  EXPECT_THAT(refusal(decode_point, point + " "), "");
  EXPECT_THAT(refusal(decode_point, point + "x"), HasSubstr("no JSON"));
  EXPECT_THAT(refusal(decode_point, replaced(point, "confirm", "confirmed")),
              HasSubstr("neither plan nor confirm"));
  EXPECT_THAT(refusal(decode_point, replaced(point, "18446744073709551615", "-1")),
              HasSubstr("no whole number"));
  EXPECT_THAT(refusal(decode_point, replaced(point, "18446744073709551615", "1.5")),
              HasSubstr("no whole number"));
  EXPECT_THAT(refusal(decode_point, replaced(point, "[\"rows\",\"256\"]", "[\"rows\",256]")),
              HasSubstr("no pair of texts"));
  EXPECT_THAT(refusal(decode_point, replaced(point, "{", "{\"more\":1,")),
              HasSubstr("members that are not known"));
  const std::string base = encode(some_base());
  EXPECT_THAT(refusal(decode_base, replaced(base, "4294967295", "4294967296")),
              HasSubstr("whole number up to 4294967295"));
  EXPECT_THAT(refusal(decode_base, replaced(base, "true", "1")), HasSubstr("neither true nor"));
  EXPECT_THAT(refusal(decode_base, replaced(base, "\"imagine\"", "null")), HasSubstr("no text"));
  const std::string result = encode(some_result());
  EXPECT_THAT(refusal(decode_result, replaced(result, "\"status\":3", "\"status\":5")),
              HasSubstr("status that is no whole number up to 4"));
  EXPECT_THAT(refusal(decode_result, replaced(result, "latency_us", "latency")),
              HasSubstr("metrics not known"));
  EXPECT_THAT(refusal(decode_result, replaced(result, "0.30000000000000004", "1e999")),
              HasSubstr("no JSON"));
  EXPECT_THAT(refusal(decode_result, replaced(result, "0.30000000000000004", "null")),
              HasSubstr("no number"));
}

TEST(SweepWire, NoLineCrashes) {
  std::mt19937_64 random(2);
  const std::vector<std::string> good = {encode(some_base()), encode(some_point()),
                                         encode(some_result())};
  std::size_t refused = 0;
  for (int i = 0; i < 30000; ++i) {
    std::string line = good[random() % good.size()];
    for (std::uint64_t edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % (line.size() + 1);
      switch (random() % 4) {
        case 0:
          line.resize(at);
          break;
        case 1:
          line.insert(at, 1, static_cast<char>(random()));
          break;
        case 2:
          line.insert(at, good[random() % good.size()], random() % 40, random() % 40);
          break;
        default:
          if (at < line.size()) line[at] = "{}[]\",:0-e.\\"[random() % 12];
      }
    }
    refused += refusal(decode_base, line).empty() ? 0 : 1;
    refused += refusal(decode_point, line).empty() ? 0 : 1;
    refused += refusal(decode_result, line).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 60000u);  // each line is of one kind at most
  EXPECT_THAT(refusal(decode_point, std::string(1000000, '[')), HasSubstr("no JSON"));
  EXPECT_THAT(refusal(decode_point, std::string(100000, '[') + std::string(100000, ']')),
              HasSubstr("no object"));
}

}  // namespace
}  // namespace leyden::sweep
