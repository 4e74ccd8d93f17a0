#include "platform/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/base/error.h"

namespace leyden::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// A usage of two images with counts of two events.
chip::Usage usage(std::uint64_t mvm, std::uint64_t core, std::uint64_t first,
                  std::uint64_t second) {
  chip::Usage usage;
  usage.windows = 2;
  usage.cycles = mvm + core;
  usage.picoseconds = 10000 * usage.cycles;  // 100 MHz
  usage.causes[static_cast<std::size_t>(base::Cause::kMvm)] = mvm;
  usage.causes[static_cast<std::size_t>(base::Cause::kCore)] = core;
  usage.counts = {first, second};
  return usage;
}

RunFacts facts() {
  RunFacts facts;
  facts.leyden_version = "0.1.0";
  facts.chip = "jar";
  facts.network = "net";
  facts.data = "folder";
  facts.fidelity = "quantised";
  facts.images = 2;
  facts.correct = 1;
  facts.macros = 1;
  facts.clock_mhz = 100;
  facts.supply_v = 0.8;
  facts.image_period_ps = 2'000'000;
  facts.image_latency_ps = 1'800'000;
  facts.events.kinds = {
      {"adc.conversion", base::Component::kAdc, 250.0, base::Source::kFitted},
      {"core.instruction", base::Component::kCore, 1000.0, base::Source::kAssumed}};
  facts.events.point_scales = {1.0};
  facts.layers = {{0, "conv1", "conv", 1000, 10, 2, 0.5, 0.25, 8, 4}};
  facts.usage[0] = usage(60, 20, 400, 20);
  facts.usage[chip::kInputLayer] = usage(0, 10, 0, 10);
  facts.usage[chip::kOutputLayer] = usage(0, 6, 0, 6);
  facts.usage[chip::kControlLayer] = usage(0, 4, 0, 4);
  facts.usage[chip::kBootLayer] = usage(0, 1000, 0, 1000);
  return facts;
}

TEST(Report, MeansAndSumsByHand) {
  const Json report = make_report(facts());
  const Json& layer = report["layers"][1];
  EXPECT_EQ(layer["name"], "conv1");
  EXPECT_EQ(layer["cycles"]["total"], 40.0);
  EXPECT_EQ(layer["cycles_sum"]["mvm"], 60);
  EXPECT_EQ(layer["latency_ns"], 400.0);
  // 400 * 250 fJ and 20 * 1000 fJ over two images.
  EXPECT_EQ(layer["energy_pj"]["adc"], 50.0);
  EXPECT_EQ(layer["energy_pj"]["core"], 10.0);
  EXPECT_EQ(layer["energy_pj"]["total"], 60.0);
  // 2000 operations in 400 ns = 5 GOPS; per 60 pJ = 33.3 TOPS/W; 1b: times 8 * 4.
  EXPECT_DOUBLE_EQ(layer["throughput_tops"]["native"], 0.005);
  EXPECT_DOUBLE_EQ(layer["throughput_tops"]["normalised_1b"], 0.16);
  EXPECT_DOUBLE_EQ(layer["efficiency_tops_per_w"]["native"], 2000.0 / 60.0);
  EXPECT_DOUBLE_EQ(layer["efficiency_tops_per_w"]["normalised_1b"], 32 * 2000.0 / 60.0);
  EXPECT_EQ(layer["event_counts_sum"]["adc.conversion"], 400);

  EXPECT_EQ(report["total"]["cycles_sum"]["total"], 100);  // boot is not in it
  EXPECT_EQ(report["total"]["energy_pj"]["total"], 70.0);
  EXPECT_EQ(report["boot"]["energy_pj"]["core"], 1000.0);
  EXPECT_EQ(report["accuracy"]["accuracy_percent"], 50.0);
  EXPECT_EQ(report["chip"]["throughput_images_per_s"], 1e6);
  EXPECT_EQ(report["chip"]["image_latency_ns"], 900.0);
  EXPECT_EQ(report["chip"]["energy_per_image_uj"], 70e-6);
  // 100 fJ * 1000 of 140 pJ is fitted.
  EXPECT_DOUBLE_EQ(report["energy_share_by_source_percent"]["fitted"], 100.0 * 100 / 140);
}

TEST(Report, SupplyPointsScaleTheEnergy) {
  RunFacts two = facts();
  two.events.point_scales = {1.0, 0.25};
  for (auto& entry : two.usage) entry.second.counts.resize(4);
  two.usage[0].counts = {0, 0, 400, 0};
  const Json report = make_report(two);
  EXPECT_EQ(report["layers"][1]["energy_pj"]["adc"], 12.5);
  EXPECT_EQ(report["layers"][1]["event_counts_sum"]["adc.conversion@point1"], 400);
  two.events.kinds[0].own_supply = true;
  const Json own = make_report(two);
  EXPECT_EQ(own["layers"][1]["energy_pj"]["adc"], 50.0);
  EXPECT_EQ(own["events"][0]["own_supply"], true);
  EXPECT_EQ(own["events"][1]["own_supply"], false);
}

TEST(Report, InvariantsAreChecked) {
  RunFacts bad = facts();
  bad.usage[0].cycles += 1;
  EXPECT_THAT([&] { make_report(bad); },
              ThrowsMessage<base::ModelError>(HasSubstr("conv1: cycles by cause sum to 80")));
  bad = facts();
  bad.events.kinds[0].energy_fj = -1;
  EXPECT_THAT([&] { make_report(bad); }, ThrowsMessage<base::ModelError>(HasSubstr("adc")));
  bad = facts();
  bad.images = 0;
  EXPECT_THROW(make_report(bad), base::UsageError);
}

TEST(Report, TableFitsTheWidthAndShowsEveryColumn) {
  const Json report = make_report(facts());
  for (const unsigned width : {80u, 120u, 200u}) {
    const std::string text = table(report, width);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), width) << line;
    }
    for (const char* word :
         {"conv1", "total", "MACs", "MVMs", "tiles", "util %", "weight_load", "write_back", "stall",
          "off_chip", "leakage", "TOPS/W 1b", "accuracy    50.00 %", "uJ/image"}) {
      EXPECT_THAT(text, HasSubstr(word)) << width;
    }
  }
}

TEST(Report, CsvHasALineALayerAndEqualColumns) {
  const std::string text = csv(make_report(facts()));
  std::istringstream lines(text);
  std::string header;
  std::getline(lines, header);
  EXPECT_THAT(header, HasSubstr("cycles_weight_load"));
  EXPECT_THAT(header, HasSubstr("energy_off_chip_pj"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ','),
              std::count(header.begin(), header.end(), ','));
  }
  EXPECT_EQ(count, 5);  // input, conv1, output, control, total
}

class SchemaTest : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }
  int check(const Json& report) {
    std::ofstream(path_) << report.dump(2);
    const std::string command =
        "python3 tests/platform/report/check_schema.py platform/report/report.schema.json " +
        path_.string();
    return std::system(command.c_str());
  }
  fs::path path_ =
      fs::temp_directory_path() / ("leyden_report_" + std::to_string(::getpid()) + ".json");
};

TEST_F(SchemaTest, AcceptsAReportAndRefusesOthers) {
  RunFacts full = facts();
  full.column_noise = ColumnNoise{0.66, 0.5, 0.4, 0.1, 0.1, 0.05};
  full.warnings = {"something"};
  Json report = make_report(full);
  EXPECT_EQ(check(report), 0);
  report["extra"] = 1;
  EXPECT_NE(check(report), 0);
  report.erase("extra");
  report["layers"][1]["energy_pj"].erase("adc");
  EXPECT_NE(check(report), 0);
}

}  // namespace
}  // namespace leyden::report
