#include "platform/sweep/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace leyden::sweep {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// What the sqlite3 shell prints: another reader of the file than the one under test.
std::string shell(const std::string& file, const std::string& sql) {
  const std::string command = "sqlite3 -bail '" + file + "' \"" + sql + "\" 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  char buffer[4096];
  while (fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  pclose(pipe);
  return text;
}

SweepAbout some_about() {
  SweepAbout about;
  about.leyden_version = "1.2.3";
  about.sweep_yaml = "about: 'it''s'\n";
  about.origin = "sweep.yaml";
  about.about = "it's";
  about.plan = "grid";
  about.seed = 7;
  about.objectives = {{"latency_us", -1}, {"efficiency_tops_per_w", 1}};
  about.variables = {{"rows", {"cim.rows", "cim.more"}, "1", true},
                     {"form", {"cim.form"}, "", false},
                     {"Cycles", {"cim.cycles"}, "1", true}};
  about.base.chip = "imagine";
  about.base.network = "lenet5";
  return about;
}

Point some_point(std::uint64_t number, const std::string& rows = "256") {
  Point point;
  point.number = number;
  point.settings = {{"cim.rows", rows}, {"cim.more", rows}, {"cim.form", "a\"b'c"}};
  point.variables = {{"rows", rows}, {"form", "a\"b'c"}, {"Cycles", "9"}};
  return point;
}

PointResult some_result(std::uint64_t number) {
  PointResult result;
  result.number = number;
  set_metric(result.metrics, "latency_us", 0.1 + 0.2);
  set_metric(result.metrics, "cycles", 1000 + static_cast<double>(number));
  set_metric(result.metrics, "energy_nj", 1.0 / 3);
  result.host_time_s = 0.5;
  result.host = "node7";
  return result;
}

class SweepStore : public ::testing::Test {
 protected:
  SweepStore() {
    std::string name = (fs::temp_directory_path() / "leyden-store-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    file_ = folder_ + "/results.sqlite";
  }
  ~SweepStore() override { fs::remove_all(folder_); }

  template <typename Action>
  static std::string refusal(Action action) {
    try {
      action();
    } catch (const base::UsageError& error) {
      return error.what();
    }
    return "";
  }

  std::string folder_;
  std::string file_;
};

TEST_F(SweepStore, KeepsPointsForTheNextOpening) {
  {
    Store store = Store::create(file_, some_about());
    store.add(some_point(3), some_result(3));
    PointResult failed;
    failed.number = 1;
    failed.status = base::ExitStatus::kLimit;
    failed.message = "It's \"too\" long.";
    store.add(some_point(1), failed);
  }
  Store store = Store::read(file_);
  EXPECT_EQ(store.about().sweep_yaml, some_about().sweep_yaml);
  EXPECT_EQ(store.about().seed, 7u);
  EXPECT_EQ(store.about().objectives[1].metric, "efficiency_tops_per_w");
  EXPECT_EQ(store.about().objectives[1].better, 1);
  EXPECT_EQ(store.about().variables[0].keys, some_about().variables[0].keys);
  EXPECT_FALSE(store.about().variables[1].number);
  EXPECT_EQ(store.about().base.network, "lenet5");
  std::vector<StoredPoint> points;
  store.each([&](const StoredPoint& point) { points.push_back(point); });
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].result.message, "It's \"too\" long.");
  EXPECT_EQ(points[0].result.status, base::ExitStatus::kLimit);
  EXPECT_EQ(points[1].point.settings, some_point(3).settings);
  EXPECT_EQ(points[1].result.metrics, some_result(3).metrics);
  EXPECT_EQ(points[1].result.host, "node7");
  EXPECT_EQ(points[1].leyden_version, "1.2.3");
  EXPECT_EQ(store.count("done"), 1u);
  EXPECT_EQ(store.count("failed"), 1u);
}

TEST_F(SweepStore, AnswersKnownPointsWhenResumed) {
  { Store::create(file_, some_about()).add(some_point(3), some_result(3)); }
  Store store = Store::resume(file_, some_about());
  EXPECT_EQ(store.find(some_point(3))->metrics, some_result(3).metrics);
  EXPECT_FALSE(store.find(some_point(4)).has_value());
  Point confirm = some_point(3);
  confirm.stage = Stage::kConfirm;
  EXPECT_FALSE(store.find(confirm).has_value());
  EXPECT_THAT(refusal([&] { store.find(some_point(3, "512")); }),
              HasSubstr("point 3 of the plan has other settings"));
  Point full = some_point(3);
  full.depth = Depth::kFull;
  EXPECT_THAT(refusal([&] { store.find(full); }), HasSubstr("other settings"));
}

TEST_F(SweepStore, NoPointIsWrittenTwice) {
  Store store = Store::create(file_, some_about());
  store.add(some_point(3), some_result(3));
  EXPECT_THROW(store.add(some_point(3), some_result(3)), base::ModelError);
  store.add(some_point(4), some_result(4));  // and the store goes on
  EXPECT_EQ(store.count("done"), 2u);
}

TEST_F(SweepStore, APointIsThereForOthersWhenAdded) {
  Store store = Store::create(file_, some_about());
  store.add(some_point(3), some_result(3));
  EXPECT_EQ(shell(file_, "SELECT number, cycles, host FROM points"), "3|1003.0|node7\n");
}

TEST_F(SweepStore, IsOneFileInTheEnd) {
  { Store::create(file_, some_about()).add(some_point(3), some_result(3)); }
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_EQ(names, std::vector<std::string>{"results.sqlite"});
  EXPECT_EQ(shell(file_, "PRAGMA integrity_check"), "ok\n");
}

TEST_F(SweepStore, TablesAreAsDocumented) {
  {
    Store store = Store::create(file_, some_about());
    store.add_base_parameters("imagine", {{"cim.rows", "1152", "1", "stated", "it's there"},
                                          {"cim.volts", "0.6", "V", "fitted", ""}});
    PointResult result = some_result(0);
    result.layers = {{"conv1", "conv", 10, 0.5}, {"fc", "dense", 20, 1.5}};
    store.add(some_point(0), result);
    PointResult confirmed = result;
    Point full = some_point(0);
    full.stage = confirmed.stage = Stage::kConfirm;
    full.depth = Depth::kFull;
    set_metric(confirmed.metrics, "cycles", 800);
    set_metric(confirmed.metrics, "energy_nj", 2.0 / 3);
    store.add(full, confirmed);
    EXPECT_EQ(store.confirmed().size(), 1u);
    EXPECT_DOUBLE_EQ(store.confirmed()[0].cycles_error_percent, 25);
    EXPECT_DOUBLE_EQ(store.confirmed()[0].energy_error_percent, -50);
  }
  EXPECT_EQ(shell(file_, "PRAGMA application_id; PRAGMA user_version"), "1280918606\n1\n");
  EXPECT_EQ(shell(file_, "SELECT value FROM about WHERE key = 'objectives'"),
            R"([{"metric":"latency_us","better":-1},{"metric":"efficiency_tops_per_w","better":1}])"
            "\n");
  EXPECT_EQ(shell(file_, "SELECT key, value, unit FROM parameters WHERE stage = 'plan' ORDER BY 1"),
            "cim.form|a\"b'c|\ncim.more|256|\ncim.rows|256|1\ncim.volts|0.6|V\n");
  // A variable of a metric's name gets a column of its own; numbers are numbers.
  EXPECT_EQ(shell(file_,
                  "SELECT stage, rows + 1, form, Cycles_variable, cycles, latency_us, "
                  "typeof(rows), accuracy_percent IS NULL FROM results WHERE stage='plan'"),
            "plan|257|a\"b'c|9|1000.0|0.3|integer|1\n");
  EXPECT_EQ(shell(file_, "SELECT name, kind, cycles, energy_nj FROM layers WHERE stage = 'plan'"),
            "conv1|conv|10.0|0.5\nfc|dense|20.0|1.5\n");
  std::string columns;
  for (const Metric& metric : metrics()) columns += metric.name + "|REAL\n";
  EXPECT_EQ(shell(file_,
                  "SELECT name, type FROM pragma_table_info('points') WHERE cid BETWEEN 10 "
                  "AND " +
                      std::to_string(9 + metrics().size())),
            columns);
}

TEST_F(SweepStore, AChipThatIsAVariableHasItsOwnParameters) {
  {
    Store store = Store::create(file_, some_about());
    store.add_base_parameters("imagine", {{"cim.rows", "1152", "1", "stated", ""}});
    store.add_base_parameters("capram", {{"cim.volts", "1.2", "V", "stated", ""}});
    Point point = some_point(0);
    point.settings = {{"chip", "capram"}};
    store.add(point, some_result(0));
  }
  EXPECT_EQ(shell(file_, "SELECT key, value FROM parameters ORDER BY key"),
            "chip|capram\ncim.volts|1.2\n");
}

TEST_F(SweepStore, TwoSweepsOnOneFileAreRefused) {
  const Store store = Store::create(file_, some_about());
  EXPECT_THAT(refusal([&] { Store::resume(file_, some_about()); }),
              HasSubstr("Another sweep writes to the results file " + file_));
  fs::create_symlink(file_, folder_ + "/other.sqlite");
  EXPECT_THAT(refusal([&] { Store::resume(folder_ + "/other.sqlite", some_about()); }),
              HasSubstr("Another sweep writes"));
  EXPECT_EQ(Store::read(file_).count("done"), 0u);  // reading is no matter
}

TEST_F(SweepStore, ALockFileLeftBehindIsNoLock) {
  std::ofstream(file_ + ".lock").close();
  { const Store store = Store::create(file_, some_about()); }
  EXPECT_FALSE(fs::exists(file_ + ".lock"));
}

TEST_F(SweepStore, AnotherSweepIsNotResumed) {
  {
    Store store = Store::create(file_, some_about());
    store.add_base_parameters("imagine", {{"cim.rows", "1152", "1", "stated", ""}});
  }
  SweepAbout other = some_about();
  other.sweep_yaml += "# more\n";
  EXPECT_THAT(refusal([&] { Store::resume(file_, other); }), HasSubstr("another sweep"));
  other = some_about();
  other.base.data = "/elsewhere";
  EXPECT_THAT(refusal([&] { Store::resume(file_, other); }),
              HasSubstr("its data was \"\", is \"/elsewhere\""));
  other = some_about();
  other.leyden_version = "1.2.4";
  EXPECT_THAT(refusal([&] { Store::resume(file_, other); }), HasSubstr("leyden 1.2.3"));
  Store store = Store::resume(file_, some_about());
  EXPECT_THAT(refusal([&] {
                store.add_base_parameters("imagine", {{"cim.rows", "576", "1", "stated", ""}});
              }),
              HasSubstr("cim.rows of the chip imagine was 1152 then and is 576 now"));
  store.add_base_parameters("imagine", {{"cim.rows", "1152", "1", "stated", ""}});
}

TEST_F(SweepStore, AFileThatExistsIsNotWrittenOver) {
  { const Store store = Store::create(file_, some_about()); }
  EXPECT_THAT(refusal([&] { Store::create(file_, some_about()); }), HasSubstr("--resume"));
  std::ofstream(folder_ + "/empty").close();  // as mktemp makes
  EXPECT_EQ(refusal([&] { Store::create(folder_ + "/empty", some_about()); }), "");
  EXPECT_EQ(refusal([&] { Store::resume(folder_ + "/new", some_about()); }), "");
}

TEST_F(SweepStore, WhatIsNoResultsFileIsToldSo) {
  const std::string text = folder_ + "/notes.txt";
  std::ofstream(text) << std::string(5000, 'x');
  EXPECT_THAT(refusal([&] { Store::resume(text, some_about()); }), HasSubstr("is no database"));
  EXPECT_THAT(refusal([&] { Store::read(text); }), HasSubstr("is no database"));
  EXPECT_EQ(fs::file_size(text), 5000u);
  const std::string other = folder_ + "/other.sqlite";
  shell(other, "CREATE TABLE mine(x)");
  EXPECT_THAT(refusal([&] { Store::resume(other, some_about()); }),
              HasSubstr("not of sweep results"));
  { const Store store = Store::create(file_, some_about()); }
  shell(file_, "PRAGMA user_version = 2");
  EXPECT_THAT(refusal([&] { Store::resume(file_, some_about()); }),
              HasSubstr("has schema version 2, but this program reads version 1"));
  EXPECT_THAT(refusal([&] { Store::read(file_); }), HasSubstr("schema version 2"));
  EXPECT_THAT(refusal([&] { Store::read(folder_ + "/none"); }), HasSubstr("does not exist"));
  EXPECT_THAT(refusal([&] { Store::create(folder_, some_about()); }), HasSubstr("is no file"));
  EXPECT_THAT(refusal([&] { Store::create(folder_ + "/no/file", some_about()); }),
              HasSubstr("cannot be made (No such file or directory)"));
}

TEST_F(SweepStore, DamagedFilesAreToldSo) {
  {
    Store store = Store::create(file_, some_about());
    for (std::uint64_t i = 0; i < 200; ++i) store.add(some_point(i), some_result(i));
  }
  std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
  for (std::streamoff at = 4096; at < static_cast<std::streamoff>(fs::file_size(file_));
       at += 1024) {
    file.seekp(at);
    file << "damaged damaged damaged";
  }
  file.close();
  EXPECT_NE(refusal([&] { Store::read(file_).each([](const StoredPoint&) {}); }), "");
}

TEST_F(SweepStore, ATextAsAboutIsToldSo) {
  { const Store store = Store::create(file_, some_about()); }
  shell(file_, "UPDATE about SET value = 'x' WHERE key = 'variables'");
  EXPECT_THAT(refusal([&] { Store::read(file_); }), HasSubstr("damaged in its table about"));
  shell(file_, "DELETE FROM about");
  EXPECT_THAT(refusal([&] { Store::read(file_); }), HasSubstr("does not tell its"));
}

/// The largest file of this process in a scope.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    handler_ = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(SweepStore, AFullDiskLosesNothing) {
  std::uint64_t added = 0;
  {
    Store store = Store::create(file_, some_about());
    const FileLimit limit(200'000);
    const std::string sentence = refusal([&] {
      for (; added < 100'000; ++added) store.add(some_point(added), some_result(added));
    });
    EXPECT_THAT(sentence, HasSubstr(file_));
    EXPECT_THAT(sentence, HasSubstr("go on with --resume"));
  }
  ASSERT_GT(added, 10u);
  ASSERT_LT(added, 100'000u);
  Store store = Store::resume(file_, some_about());
  EXPECT_EQ(store.count("done"), added);
  store.add(some_point(added), some_result(added));
  EXPECT_EQ(shell(file_, "PRAGMA integrity_check; SELECT count(*) FROM points"),
            "ok\n" + std::to_string(added + 1) + "\n");
}

}  // namespace
}  // namespace leyden::sweep
