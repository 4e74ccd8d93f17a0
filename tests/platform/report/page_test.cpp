#include "platform/report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "models/base/error.h"
#include "platform/report/page_check.h"
#include "platform/report/page_files.h"
#include "platform/report/roofline.h"

namespace leyden::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

Json row(const std::string& name) {
  return {{"name", name},
          {"kind", "macro"},
          {"macs", 100},
          {"mvms", 10},
          {"tiles", 1},
          {"array_utilisation", 0.5},
          {"input_bits", 8},
          {"weight_bits", 4},
          {"cycles", {{"total", 10.0}, {"mvm", 10.0}}},
          {"latency_ns", 25.0},
          {"energy_pj", {{"total", 3.0}, {"adc", 3.0}}},
          {"throughput_tops", {{"native", 0.008}}},
          {"efficiency_tops_per_w", {{"native", 66.0}}},
          {"bytes_moved", {{"lmem", 32.0}}}};
}

Json report(const std::string& name = "conv1") {
  return {{"schema_version", 1},
          {"leyden_version", "0.1.0"},
          {"run",
           {{"chip", "jar"},
            {"network", "net"},
            {"data", "folder"},
            {"fidelity", "ideal"},
            {"images", 2},
            {"die_seed", 1}}},
          {"accuracy", {{"correct_images", 1}, {"images", 2}, {"accuracy_percent", 50.0}}},
          {"chip",
           {{"macros", 1},
            {"clock_mhz", 400.0},
            {"supply_v", 0.6},
            {"image_latency_ns", 25.0},
            {"throughput_images_per_s", 4e7},
            {"energy_per_image_uj", 3e-6},
            {"power_mw", 0.12}}},
          {"energy_share_by_source_percent", {{"stated", 100.0}}},
          {"roofline",
           {{"peaks", {{{"input_bits", 8}, {"weight_bits", 4}, {"tops", 1.0}}}},
            {"bandwidths", {{{"name", "lmem"}, {"gbytes_per_s", 12.8}}}}}},
          {"layers", Json::array({row(name)})},
          {"total", row("total")},
          {"warnings", Json::array()}};
}

Json sweep(const std::string& name = "adc") {
  return {
      {"schema_version", 1},
      {"about", "bits"},
      {"leyden_version", "0.1.0"},
      {"origin", "x.yaml"},
      {"depth", "cost"},
      {"plan", "grid"},
      {"seed", 1},
      {"base", {{"chip", "jar"}, {"network", "net"}}},
      {"variables", {{{"name", name}, {"keys", {"cim.bits"}}, {"unit", "1"}, {"kind", "number"}}}},
      {"metrics", {{{"name", "latency_us"}, {"text", "time"}, {"better", -1}}}},
      {"objectives", {{{"metric", "latency_us"}, {"better", -1}}}},
      {"points",
       {{{"stage", "plan"},
         {"number", 0},
         {"status", "done"},
         {"message", ""},
         {"depth", "cost"},
         {"on_front", true},
         {"variables", {{name, "4"}}},
         {"settings", {{"cim.bits", "4"}}},
         {"metrics", {{"latency_us", 1.5}}}}}},
      {"confirm", Json::array()}};
}

RunFolder folder_of(const Json& content) {
  RunFolder run;
  run.path = "runs/a";
  run.report = content;
  return run;
}

/// What a browser takes for the data: up to the first end tag.
Json data_of(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const std::size_t from = page.find(begin) + begin.size();
  return Json::parse(page.substr(from, page.find("</script", from) - from));
}

/// A report folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "leyden-page-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
    return path_ + "/" + name;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

template <typename Call>
void expect_refused(const Call& call, const std::string& part) {
  EXPECT_THAT(call, ThrowsMessage<base::UsageError>(AllOf(HasSubstr(part), EndsWith("."))));
}

TEST(Page, HoldsItsDataWhateverNamesSay) {
  for (const std::string name :
       {"</script><script>alert(1)</script>", "<!-- <script>", "]]>", "&lt;b&gt;", "\"'\\",
        "\xe2\x80\xa8 line", "@SCRIPTS@ @DATA@ @TITLE@", ")leyden\""}) {
    Json content = report(name);
    content["run"]["network"] = name;
    EXPECT_EQ(data_of(run_page({folder_of(content)}))["runs"][0]["report"], content) << name;
    Json points = sweep(name);
    points["about"] = name;
    EXPECT_EQ(data_of(sweep_page(points))["sweep"], points) << name;
  }
}

TEST(Page, EscapesItsTitle) {
  Json content = report();
  content["run"]["network"] = "</title><script>alert(1)</script>";
  const std::string page = run_page({folder_of(content)});
  EXPECT_THAT(page, Not(HasSubstr("</title><script>")));
  EXPECT_THAT(page, HasSubstr("<title>&lt;/title&gt;"));
}

TEST(Page, TextThatIsNoUtf8IsReplaced) {
  RunFolder run = folder_of(report());
  run.config_yaml = "chip: \xff\n";
  EXPECT_EQ(data_of(run_page({run}))["runs"][0]["config_yaml"], "chip: \xef\xbf\xbd\n");
}

TEST(Page, LoadsNothing) {
  const std::string page = run_page({folder_of(report()), folder_of(report())});
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* tag : {"<link", " src=\"", "@import", "url(http", "fetch(", "<iframe"}) {
    EXPECT_THAT(std::string(page_file("frame.html")), Not(HasSubstr(tag)));
    EXPECT_THAT(std::string(page_file("style.css")), Not(HasSubstr(tag)));
  }
}

TEST(Page, SameDataSameBytes) {
  EXPECT_EQ(run_page({folder_of(report())}), run_page({folder_of(report())}));
  EXPECT_EQ(sweep_page(sweep()), sweep_page(sweep()));
}

TEST(Page, KindFollowsTheNumberOfRuns) {
  EXPECT_EQ(data_of(run_page({folder_of(report())}))["kind"], "run");
  EXPECT_EQ(data_of(run_page({folder_of(report()), folder_of(report())}))["kind"], "comparison");
  EXPECT_EQ(data_of(sweep_page(sweep()))["kind"], "sweep");
  expect_refused([] { run_page({}); }, "at least one run");
}

TEST(PageCheck, EveryKeyThatPagesReadIsAskedFor) {
  const Json good = report();
  EXPECT_NO_THROW(check_report(good, "R"));
  const auto without = [&](const std::string& pointer) {
    const Json::json_pointer at(pointer);
    Json bad = good;
    bad.at(at.parent_pointer()).erase(at.back());
    return [bad] { check_report(bad, "R"); };
  };
  expect_refused(without("/leyden_version"), "R has no leyden_version");
  expect_refused(without("/run/network"), "run.network");
  expect_refused(without("/chip/power_mw"), "chip.power_mw");
  expect_refused(without("/layers"), "layers, which should be a list");
  expect_refused(without("/layers/0/cycles/total"), "layers[0].cycles.total");
  expect_refused(without("/layers/0/throughput_tops/native"), "layers[0].throughput_tops.native");
  expect_refused(without("/total/energy_pj"), "total.energy_pj");
  expect_refused(without("/warnings"), "warnings");
  expect_refused(without("/roofline/bandwidths/0/name"), "roofline.bandwidths[0].name");
  Json bad = good;
  bad["layers"][0]["energy_pj"]["adc"] = "much";
  expect_refused([&] { check_report(bad, "R"); }, "\"much\" for layers[0].energy_pj.adc");
  bad = good;
  bad["layers"][0]["name"] = 7;
  expect_refused([&] { check_report(bad, "R"); }, "layers[0].name, which should be a text");
  expect_refused([] { check_report(Json::array(), "R"); }, "R is no JSON object");
}

TEST(PageCheck, AnotherVersionIsRefused) {
  Json other = report();
  other["schema_version"] = 2;
  expect_refused([&] { check_report(other, "R"); }, "schema_version 2, but this program reads 1");
  other = sweep();
  other["schema_version"] = 99;
  expect_refused([&] { check_sweep(other, "S"); }, "schema_version 99");
}

TEST(PageCheck, SweepsToo) {
  EXPECT_NO_THROW(check_sweep(sweep(), "S"));
  Json bad = sweep();
  bad["points"][0]["metrics"]["latency_us"] = "fast";
  expect_refused([&] { check_sweep(bad, "S"); }, "points[0].metrics.latency_us");
  bad = sweep();
  bad["points"][0].erase("settings");
  expect_refused([&] { sweep_page(bad); }, "points[0].settings");
  bad = sweep();
  bad["confirm"] = Json::array({Json{{"number", "x"}}});
  expect_refused([&] { sweep_page(bad); }, "confirm[0].number");
}

TEST(PageFolder, IsReadWhole) {
  const Folder folder;
  folder.write("report.json", report().dump());
  RunFolder run = load_run_folder(folder.path());
  EXPECT_EQ(run.report, report());
  EXPECT_TRUE(run.code_histograms.is_null());
  EXPECT_EQ(run.occupancy_svg, "");
  folder.write("config.yaml", "chip: jar\n");
  folder.write("occupancy.svg", "<svg/>");
  folder.write("histograms.json", R"({"schema_version": 1, "images": 4, "layers": []})");
  run = load_run_folder(folder.path());
  EXPECT_EQ(run.config_yaml, "chip: jar\n");
  EXPECT_EQ(run.occupancy_svg, "<svg/>");
  EXPECT_EQ(run.code_histograms["images"], 4);
}

TEST(PageFolder, WhatIsWrongIsSaid) {
  const Folder folder;
  expect_refused([] { load_run_folder("/nowhere/at/all"); }, "There is no folder /nowhere/at/all");
  expect_refused([&] { load_run_folder(folder.path()); }, "has no report.json");
  const std::string file = folder.write("report.json", "{\n\"run\": {\n");
  expect_refused([&] { load_run_folder(folder.path()); }, "is no JSON: line");
  expect_refused([&] { load_run_folder(file); }, "is no folder");
  folder.write("report.json", "{\n\"run\": 1,,\n}");
  expect_refused([&] { load_run_folder(folder.path()); }, "line 2 cannot be understood");
  folder.write("report.json", "");
  expect_refused([&] { load_run_folder(folder.path()); }, "ends too early");
  folder.write("report.json", report().dump());
  folder.write("histograms.json", R"({"schema_version": 1, "images": 4, "layers": [{}]})");
  expect_refused([&] { load_run_folder(folder.path()); }, "histograms.json has no layers[0].name");
  const std::string points = folder.write("sweep.json", "[]");
  expect_refused([&] { load_sweep_file(points); }, "is no JSON object");
}

TEST(Roofline, BytesAreCountsTimesBytesAtAllPoints) {
  RooflineFacts facts;
  facts.memories = {{"off_chip", 3.2, {{"off_chip.byte_read", 1}, {"off_chip.byte_write", 1}}},
                    {"lmem", 12.8, {{"lmem.read", 16}}}};
  const Json counts = {{"off_chip.byte_read", 100},
                       {"off_chip.byte_write@point1", 20},
                       {"lmem.read", 3},
                       {"lmem.read_more", 1000}};
  const Json bytes = bytes_moved(facts, counts, 2);
  EXPECT_EQ(bytes["off_chip"], 60.0);
  EXPECT_EQ(bytes["lmem"], 24.0);
}

}  // namespace
}  // namespace leyden::report
