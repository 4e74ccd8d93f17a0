#include "platform/run/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <map>

#include "models/base/error.h"

namespace leyden::run {
namespace {

using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

WorkerTask shell(const std::string& script, const std::string& request = "") {
  return {{"-c", script}, request};
}

TEST(WorkerPool, HandsOnLinesOfEachWorkerInOrder) {
  std::map<std::size_t, std::vector<std::string>> lines;
  const auto ends = run_workers(
      "/bin/sh", {shell("echo a; echo b"), shell("cat", "x\ny\n")},
      [&](std::size_t worker, const std::string& line) { lines[worker].push_back(line); });
  EXPECT_THAT(lines[0], ElementsAre("a", "b"));
  EXPECT_THAT(lines[1], ElementsAre("x", "y"));
  for (const WorkerEnd& end : ends) EXPECT_TRUE(end.exited && end.code == 0);
}

TEST(WorkerPool, LargeRequestAndAnswerDoNotBlock) {
  const std::string line(100, 'z');
  std::string request;
  for (int i = 0; i < 50000; ++i) request += line + "\n";
  std::size_t count = 0;
  run_workers("/bin/cat", {{{}, request}},
              [&](std::size_t, const std::string& text) { count += text == line; });
  EXPECT_EQ(count, 50000u);
}

TEST(WorkerPool, TellsExitStatusAndSignalAndEndsTheOnesAfterIt) {
  const auto start = steady_clock::now();
  auto ends = run_workers("/bin/sh", {shell("exit 3"), shell("exec sleep 30")},
                          [](std::size_t, const std::string&) {});
  EXPECT_TRUE(ends[0].exited);
  EXPECT_EQ(ends[0].code, 3);
  EXPECT_FALSE(ends[1].exited);
  EXPECT_EQ(ends[1].code, SIGTERM);
  ends = run_workers("/bin/sh", {shell("kill -SEGV $$")}, [](std::size_t, const std::string&) {});
  EXPECT_FALSE(ends[0].exited);
  EXPECT_EQ(ends[0].code, SIGSEGV);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(WorkerPool, LetsTheOnesBeforeAFailureGoOnSoThatTheFirstIsTold) {
  const auto ends = run_workers("/bin/sh", {shell("sleep 0.3; exit 4"), shell("exit 3")},
                                [](std::size_t, const std::string&) {});
  EXPECT_TRUE(ends[0].exited);
  EXPECT_EQ(ends[0].code, 4);
  EXPECT_EQ(ends[1].code, 3);
}

TEST(WorkerPool, WorkerThatNeverReadsIsNoProblem) {
  const auto ends = run_workers("/bin/sh", {shell("exit 0", std::string(1 << 20, 'x'))},
                                [](std::size_t, const std::string&) {});
  EXPECT_EQ(ends[0].code, 0);
}

TEST(WorkerPool, AsManyAtATimeAsAsked) {
  // Each says when it begins and ends; one at a time they do not overlap.
  std::vector<std::string> said;
  const auto take = [&](std::size_t worker, const std::string& line) {
    said.push_back(std::to_string(worker) + line);
  };
  const WorkerTask task = shell("echo a; sleep 0.05; echo b");
  auto ends = run_workers("/bin/sh", {task, task, task}, take, std::nullopt, 1);
  EXPECT_THAT(said, ElementsAre("0a", "0b", "1a", "1b", "2a", "2b"));
  // After a failure no more are started; those count as ended here.
  said.clear();
  ends = run_workers("/bin/sh", {task, shell("exit 3"), task}, take, std::nullopt, 1);
  EXPECT_THAT(said, ElementsAre("0a", "0b"));
  EXPECT_EQ(ends[1].code, 3);
  EXPECT_FALSE(ends[2].exited);
  EXPECT_EQ(ends[2].code, SIGTERM);
}

TEST(WorkerPool, DeadlineEndsTheRun) {
  const auto start = steady_clock::now();
  try {
    run_workers(
        "/bin/sh", {shell("exec sleep 30")}, [](std::size_t, const std::string&) {},
        start + std::chrono::milliseconds(200));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.status(), base::ExitStatus::kLimit);
    EXPECT_THAT(error.what(), HasSubstr("host-time limit"));
  }
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(WorkerPool, MissingProgramIsOneSentence) {
  EXPECT_THAT([] { run_workers("/nonexistent/x", {{}}, [](std::size_t, const std::string&) {}); },
              ThrowsMessage<base::ModelError>(HasSubstr("/nonexistent/x")));
}

}  // namespace
}  // namespace leyden::run
