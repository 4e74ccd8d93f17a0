#include "platform/sweep/chunk.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "models/base/error.h"
#include "platform/run/end_signals.h"
#include "platform/run/temporary_folder.h"

namespace leyden::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Point point(std::uint64_t number, Stage stage = Stage::kPlan) {
  Point made;
  made.stage = stage;
  made.number = number;
  made.settings = {{"cim.rows", std::to_string(number)}};
  return made;
}

PointResult result_of(const Point& made) {
  PointResult result;
  result.stage = made.stage;
  result.number = made.number;
  set_metric(result.metrics, "cycles", 1.0 / (3.0 + static_cast<double>(made.number)));
  return result;
}

/// Remembers what it was asked; `each` may spoil it.
class Recorder : public Evaluator {
 public:
  using Each = std::function<void(PointResult&)>;
  Recorder(std::vector<std::uint64_t>& asked, Each each) : asked_(asked), each_(std::move(each)) {}
  PointResult evaluate(const Point& made) override {
    asked_.push_back(made.number);
    PointResult result = result_of(made);
    if (each_) each_(result);
    return result;
  }

 private:
  std::vector<std::uint64_t>& asked_;
  Each each_;
};

class ChunkTest : public testing::Test {
 protected:
  ChunkTest() {
    Chunk chunk;
    chunk.base.network = "lenet5-fashion";
    for (std::uint64_t i = 0; i < 5; ++i) chunk.points.push_back(point(i));
    chunk.points.push_back(point(2, Stage::kConfirm));
    write_chunk(chunk_, chunk);
  }

  void run(const Recorder::Each& each = nullptr) {
    asked_.clear();
    run_chunk(chunk_, results_, [&](const Base& base) {
      EXPECT_EQ(base.network, "lenet5-fashion");
      return std::make_unique<Recorder>(asked_, each);
    });
  }

  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(results_).rdbuf();
    return all.str();
  }

  void write(const std::string& all) const { std::ofstream(results_) << all; }

  run::TemporaryFolder folder_;
  std::string chunk_ = folder_.path() + "/a chunk";
  std::string results_ = folder_.path() + "/results";
  std::vector<std::uint64_t> asked_;
};

TEST_F(ChunkTest, EvaluatesAllInOrder) {
  run();
  EXPECT_THAT(asked_, ElementsAre(0, 1, 2, 3, 4, 2));
  ResultReader reader(results_);
  const std::vector<PointResult> results = reader.read();
  ASSERT_EQ(results.size(), 6u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(results[i].number, i);
    EXPECT_EQ(metric(results[i].metrics, "cycles"), 1.0 / (3.0 + static_cast<double>(i)));
    EXPECT_FALSE(results[i].host.empty());
  }
  EXPECT_EQ(results[5].stage, Stage::kConfirm);
  EXPECT_TRUE(reader.started());
  EXPECT_EQ(reader.starts(), 0u);
  EXPECT_TRUE(reader.read().empty());
}

TEST_F(ChunkTest, SkipsWhatIsDoneAndStartsNothingForNothing) {
  run();
  const std::string before = text();
  run_chunk(chunk_, results_, [](const Base&) -> std::unique_ptr<Evaluator> {
    ADD_FAILURE() << "an evaluator for no point";
    return nullptr;
  });
  EXPECT_EQ(text(), before);
}

/// Whatever byte the writer was killed at, what was whole stays and the rest is done again.
TEST_F(ChunkTest, TornAtAnyByte) {
  run();
  const std::string whole = text();
  for (std::size_t cut = 0; cut <= whole.size(); cut += 7) {
    write(whole.substr(0, cut));
    const std::size_t kept = cut == 0 ? 0 : whole.rfind('\n', cut - 1) + 1;
    run();
    EXPECT_EQ(text().substr(0, kept), whole.substr(0, kept)) << cut;
    ResultReader reader(results_);
    std::vector<std::pair<Stage, std::uint64_t>> numbers;
    for (const PointResult& result : reader.read()) {
      numbers.emplace_back(result.stage, result.number);
    }
    EXPECT_THAT(numbers, ElementsAre(std::pair(Stage::kPlan, 0u), std::pair(Stage::kPlan, 1u),
                                     std::pair(Stage::kPlan, 2u), std::pair(Stage::kPlan, 3u),
                                     std::pair(Stage::kPlan, 4u), std::pair(Stage::kConfirm, 2u)))
        << cut;
  }
}

TEST_F(ChunkTest, MixedLineIsNoResult) {
  const std::string line = encode(result_of(point(1)));
  write(encode(result_of(point(0))) + '\n' + line.substr(0, 40) + line + '\n' + "\n\n{}\nnull\n" +
        encode(result_of(point(3))) + '\n');
  run();
  EXPECT_THAT(asked_, ElementsAre(1, 2, 4, 2));
}

TEST_F(ChunkTest, ReaderTakesOnlyWholeLines) {
  ResultReader reader(results_);
  EXPECT_TRUE(reader.read().empty());  // no file yet
  const std::string line = encode(result_of(point(1))) + '\n';
  write(line + line.substr(0, 30));
  EXPECT_EQ(reader.read().size(), 1u);
  EXPECT_EQ(reader.read().size(), 0u);
  write(line + encode(WorkerStart{}) + '\n');
  EXPECT_EQ(reader.read().size(), 0u);
  EXPECT_EQ(reader.starts(), 1u);
  write(line + encode(WorkerStart{}) + '\n' + encode(WorkerStart{}) + '\n' + line);
  EXPECT_EQ(reader.read().size(), 1u);
  EXPECT_EQ(reader.starts(), 0u);
}

TEST_F(ChunkTest, WhyItCannotStartIsTold) {
  const auto broken = [](const Base&) -> std::unique_ptr<Evaluator> {
    throw base::UsageError("There is no such chip.");
  };
  EXPECT_THROW(run_chunk(chunk_, results_, broken), base::UsageError);
  ResultReader reader(results_);
  EXPECT_TRUE(reader.read().empty());
  EXPECT_EQ(reader.last_start().status, base::ExitStatus::kUsage);
  EXPECT_EQ(reader.last_start().message, "There is no such chip.");
}

TEST_F(ChunkTest, ResultThatCannotBeToldHasFailed) {
  run([](PointResult& result) {
    if (result.number == 1) {
      set_metric(result.metrics, "cycles", std::numeric_limits<double>::infinity());
    }
    if (result.number == 3) throw std::bad_alloc();
  });
  ResultReader reader(results_);
  const std::vector<PointResult> results = reader.read();
  ASSERT_EQ(results.size(), 6u);
  EXPECT_THAT(results[1].message, HasSubstr("not finite"));
  EXPECT_THAT(results[3].message, HasSubstr("memory"));
  EXPECT_FALSE(results[3].good());
  EXPECT_TRUE(results[4].good());
}

TEST_F(ChunkTest, SignalWaitsForTheLine) {
  const run::EndSignals outer;
  EXPECT_THROW(run([](PointResult& result) {
                 if (result.number == 2) kill(getpid(), SIGTERM);
               }),
               run::Interrupted);
  EXPECT_THAT(asked_, ElementsAre(0, 1, 2));
  EXPECT_EQ(ResultReader(results_).read().size(), 3u);
}

TEST_F(ChunkTest, FullDisk) {
  std::filesystem::create_symlink("/dev/full", folder_.path() + "/full");
  const auto make = [&](const Base&) { return std::make_unique<Recorder>(asked_, nullptr); };
  EXPECT_THROW(run_chunk(chunk_, folder_.path() + "/full", make), base::UsageError);
}

TEST_F(ChunkTest, ChunksThatAreNone) {
  EXPECT_THROW(read_chunk(folder_.path() + "/none"), base::UsageError);
  std::ostringstream all;
  all << std::ifstream(chunk_).rdbuf();
  std::ofstream(chunk_) << all.str().substr(0, all.str().size() - 1);
  EXPECT_THROW(read_chunk(chunk_), base::ModelError);
  std::ofstream(chunk_).close();
  EXPECT_THROW(read_chunk(chunk_), base::ModelError);
  EXPECT_THROW(write_chunk(folder_.path() + "/no folder/x", {}), base::UsageError);
}

}  // namespace
}  // namespace leyden::sweep
