/// Odd cases of a cluster, with stand-ins for its commands: shell scripts in PATH.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/base/error.h"
#include "platform/run/temporary_folder.h"
#include "platform/sweep/chunk.h"
#include "platform/sweep/slurm_client.h"
#include "platform/sweep/slurm_executor.h"
#include "platform/sweep/slurm_folder.h"

namespace leyden::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SlurmFakesTest : public testing::Test {
 protected:
  SlurmFakesTest() : path_(std::getenv("PATH")) {
    std::filesystem::create_directory(bin_);
    setenv("PATH", (bin_ + ":" + path_).c_str(), 1);
    setenv("FAKES", folder_.path().c_str(), 1);
    fake("scontrol", "[ $2 = config ] && echo 'MaxArraySize            = 1001' || exit 1");
    fake("sbatch", "echo 7");
    for (const char* quiet : {"squeue", "scancel"}) fake(quiet, ":");
    fake("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
  }
  ~SlurmFakesTest() override {
    setenv("PATH", path_.c_str(), 1);
    unsetenv("FAKES");
  }

  void fake(const std::string& name, const std::string& script) {
    const std::string file = bin_ + "/" + name;
    std::ofstream(file) << "#!/bin/sh\nprintf '%s\\n' \"$0\" \"$@\" >> \"$FAKES/calls-" << name
                        << "\"\n"
                        << script << '\n';
    chmod(file.c_str(), 0755);
  }

  std::string calls(const std::string& name) const {
    std::ostringstream all;
    all << std::ifstream(folder_.path() + "/calls-" + name).rdbuf();
    return all.str();
  }

  template <typename Call>
  std::string refusal(const Call& call) {
    try {
      call();
    } catch (const base::Error& error) {
      return error.what();
    }
    return "no error";
  }

  SlurmOptions options() {
    SlurmOptions made;
    made.folder = shared_;
    made.program = "/bin/false";
    made.points_per_task = 2;
    made.ask_interval = std::chrono::milliseconds(10);
    made.visible_within = std::chrono::milliseconds(10);
    made.silence = std::chrono::milliseconds(100);
    made.notice = [this](const std::string& sentence) { notices_.push_back(sentence); };
    return made;
  }

  static std::vector<Point> points(std::size_t count) {
    std::vector<Point> made(count);
    for (std::size_t i = 0; i < count; ++i) made[i].number = i;
    return made;
  }

  /// Writes, as a task would, a start and results of the points, when sbatch is called.
  void tasks_do(const std::string& task_commands) {
    fake("sbatch", R"(for word; do script=$word; done
echo x >> "$FAKES/submitted"
stem=${script%.sh}
for chunk in "$stem"-*.chunk; do
  results=${chunk%.chunk}.results
  )" + task_commands + R"(
done
echo 7)");
  }

  run::TemporaryFolder folder_;
  std::string path_;
  std::string bin_ = folder_.path() + "/bin";
  std::string shared_ = folder_.path() + "/shared $HOME 'folder'";
  SlurmClient client_;
  std::vector<std::string> notices_;
};

constexpr char kStart[] = R"(echo '{"status":0,"message":""}' >> "$results"
)";
/// A result for each point of the chunk ("number":N).
constexpr char kAll[] =
    R"(sed -n 's/^{"stage":"plan","number":\([0-9]*\),.*/{"stage":"plan","number":\1,"status":0,)"
    R"("message":"","metrics":{"cycles":\1},"layers":[],"host_time_s":0,"host":"n1"}/p' )"
    R"("$chunk" >> "$results"
)";

TEST_F(SlurmFakesTest, WordsOfSbatch) {
  EXPECT_EQ(client_.submit({"/a script", "leyden-1", 3, 2, "/a log-%a", {"--time=3"}}), 7u);
  EXPECT_EQ(calls("sbatch"),
            bin_ +
                "/sbatch\n--parsable\n--requeue\n--array=0-2%2\n--job-name=leyden-1\n"
                "--open-mode=append\n--output=/a log-%a\n--time=3\n/a script\n");
}

TEST_F(SlurmFakesTest, AnswersOfSbatch) {
  const auto submit = [&] { client_.submit({"/s", "leyden-1", 1, 0, "/l", {}}); };
  fake("sbatch", "echo '12;cluster'");
  EXPECT_EQ(client_.submit({"/s", "leyden-1", 1, 0, "/l", {}}), 12u);
  fake("sbatch", "echo hello");
  EXPECT_EQ(refusal(submit), "sbatch answered 'hello', which is no job id.");
  fake("sbatch", "echo 'sbatch: error: invalid account' >&2; echo more >&2; exit 1");
  EXPECT_EQ(refusal(submit),
            "Slurm refused the job array of this sweep (sbatch: invalid account).");
  fake("sbatch", "kill -9 $$");
  EXPECT_THAT(refusal(submit), HasSubstr("status 137"));
}

TEST_F(SlurmFakesTest, CommandThatHangs) {
  fake("scontrol", "sleep 100");
  EXPECT_THAT(refusal([] { SlurmClient(std::chrono::seconds(1)).most_tasks(); }),
              HasSubstr("did not end within 1 s"));
}

TEST_F(SlurmFakesTest, Configuration) {
  EXPECT_EQ(client_.most_tasks(), 1001u);
  const auto ask = [&] { client_.most_tasks(); };
  fake("scontrol", "echo 'MaxArraySize = 0'");
  EXPECT_THAT(refusal(ask), HasSubstr("takes no job arrays"));
  fake("scontrol", "echo 'MaxArraySizes = 3'");
  EXPECT_THAT(refusal(ask), HasSubstr("tells no MaxArraySize"));
  fake("scontrol",
       "echo 'slurm_load_ctl_conf error: Unable to contact slurm controller' >&2; "
       "exit 1");
  EXPECT_EQ(refusal(ask),
            "No Slurm cluster answers (scontrol: Unable to contact slurm controller); the executor "
            "local does without one.");
}

TEST_F(SlurmFakesTest, TasksOfSqueue) {
  fake("squeue", R"(cat << 'END'
7|0|RUNNING|None|leyden-a-1
7|12|PENDING|launch failed requeued held|leyden-a-1
7|3|CANCELLED|None|leyden-a-1
8|N/A|RUNNING|None|leyden-a-no array
9|0|RUNNING|None|a|job|of another
nonsense
10|1|COMPLETING|None|leyden-a-2
END)");
  const auto tasks = client_.tasks("leyden-a-");
  ASSERT_TRUE(tasks);
  ASSERT_EQ(tasks->size(), 4u);
  EXPECT_FALSE((*tasks)[0].ended());
  EXPECT_EQ((*tasks)[1].index, 12u);
  EXPECT_TRUE((*tasks)[1].held());
  EXPECT_TRUE((*tasks)[2].ended());
  EXPECT_EQ((*tasks)[3].job, 10u);
  EXPECT_FALSE((*tasks)[3].ended());
  EXPECT_EQ(serial_of_job((*tasks)[3].name), 2u);
  fake("squeue", "exit 1");
  EXPECT_FALSE(client_.tasks("leyden-a-"));
}

TEST_F(SlurmFakesTest, EndsFromTheAccounting) {
  EXPECT_EQ(client_.end_of(7, 1).text(), "no longer known to the cluster");
  fake("sacct", "echo 'OUT_OF_MEMORY|0:125'; echo 'COMPLETED|0:0'");
  EXPECT_EQ(client_.end_of(7, 1).text(), "OUT_OF_MEMORY (signal 125)");
  fake("sacct", "echo 'CANCELLED by 1000|0:0'");
  EXPECT_EQ(client_.end_of(7, 1).text(), "CANCELLED");
  EXPECT_THAT(calls("sacct"), HasSubstr("--jobs=7_1\n"));
  fake("sacct", ":");
  EXPECT_EQ(client_.end_of(7, 1).state, "");
  fake("scontrol",
       "echo 'JobId=9 ArrayJobId=7 JobState=FAILED Reason=None DerivedExitCode=5:0 "
       "ExitCode=2:0 RunTime=1'");
  EXPECT_EQ(client_.end_of(7, 1).text(), "FAILED (exit status 2)");
}

TEST_F(SlurmFakesTest, OptionsOfSbatch) {
  EXPECT_THAT(sbatch_options({"time=1:00", "exclusive", "comment=a b"}),
              ElementsAre("--time=1:00", "--exclusive", "--comment=a b"));
  for (const char* wrong : {"", "=1", "-p", "Time=1", "a b=1", "wrap=x", "chdir=/", "array=1"}) {
    EXPECT_THROW(sbatch_options({wrong}), base::UsageError) << wrong;
  }
}

TEST_F(SlurmFakesTest, ScriptQuotesItsPaths) {
  const SlurmFolder folder(shared_, Base());
  const std::string program = folder_.path() + "/it's $(a) \"program\"";
  std::ofstream(program) << "#!/bin/sh\nprintf '%s\\n' \"$@\"\n";
  chmod(program.c_str(), 0755);
  folder.write_script(3, program);
  setenv("SLURM_ARRAY_TASK_ID", "12", 1);
  const ProcessOutput output =
      run_process({"sh", folder.script(3)}, nullptr, std::chrono::seconds(10));
  EXPECT_EQ(output.out, "sweep-worker\n--chunk\n" + folder.chunk({3, 12}) + "\n--results\n" +
                            folder.results({3, 12}) + "\n");
  EXPECT_THROW(SlurmFolder(folder_.path() + "/a%b", Base()), base::UsageError);
  EXPECT_THROW(SlurmFolder(program, Base()), base::UsageError);
}

TEST_F(SlurmFakesTest, ResultsAreEnough) {
  tasks_do(std::string(kStart) + kAll);
  std::vector<std::uint64_t> told;
  {
    SlurmExecutor executor(Base(), options());
    executor.evaluate(points(5), [&](const PointResult& result) { told.push_back(result.number); });
    executor.evaluate({}, nullptr);
  }
  EXPECT_THAT(told, testing::UnorderedElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(calls("sbatch"), HasSubstr("--array=0-2\n"));
  EXPECT_FALSE(std::filesystem::exists(shared_));
}

/// Tasks vanish from the queue after a result each and nobody knows how.
TEST_F(SlurmFakesTest, TasksThatVanish) {
  tasks_do(std::string(kStart) + "n=$(wc -l < \"$FAKES/submitted\"); if [ $n -lt 3 ]; then " +
           kAll + "sed -i 3,\\$d \"$results\"; fi");
  SlurmOptions made = options();
  made.points_per_task = 4;
  std::vector<PointResult> told;
  SlurmExecutor executor(Base(), made);
  executor.evaluate(points(4), [&](const PointResult& result) { told.push_back(result); });
  ASSERT_EQ(told.size(), 4u);
  // The first two submissions do a point a task: 0, then 1 alone and 2 of the rest.
  std::size_t good = 0;
  for (const PointResult& result : told) {
    good += result.good() ? 1 : 0;
    if (result.good()) continue;
    EXPECT_THAT(result.message, HasSubstr("ended 3 times before its result"));
    EXPECT_THAT(result.message, HasSubstr("no longer known to the cluster"));
  }
  EXPECT_EQ(good, 3u);
}

/// The accounting knows what the queue does not tell: the task still runs.
TEST_F(SlurmFakesTest, TaskMissingInTheQueueOnly) {
  tasks_do("( sleep 1; " + std::string(kStart) + kAll + ") > \"$FAKES/late\" 2>&1 &");
  fake("sacct", "echo 'RUNNING|0:0'");
  std::size_t told = 0;
  SlurmExecutor executor(Base(), options());
  executor.evaluate(points(2), [&](const PointResult&) { ++told; });
  EXPECT_EQ(told, 2u);
  EXPECT_EQ(calls("sbatch").find(bin_, 1), std::string::npos);  // once
}

TEST_F(SlurmFakesTest, TasksThatNeverStart) {
  tasks_do("echo 'exec: no such program' > \"${chunk%.chunk}.log\"");
  SlurmExecutor executor(Base(), options());
  const std::string sentence =
      refusal([&] { executor.evaluate(points(2), [](const PointResult&) { FAIL(); }); });
  EXPECT_THAT(sentence, HasSubstr("end before they evaluate a point"));
  EXPECT_THAT(sentence, HasSubstr("exec: no such program; its log is "));
}

/// A worker that ends by itself (a full disk) says nothing against its point.
TEST_F(SlurmFakesTest, WorkersThatRefuse) {
  tasks_do(std::string(kStart) + "echo 'leyden: The disk is full.' > \"${chunk%.chunk}.log\"");
  fake("scontrol",
       "[ $2 = config ] && echo 'MaxArraySize = 9' || "
       "echo 'JobState=FAILED ExitCode=2:0'");
  SlurmExecutor executor(Base(), options());
  EXPECT_THAT(refusal([&] { executor.evaluate(points(2), [](const PointResult&) { FAIL(); }); }),
              HasSubstr("FAILED (exit status 2): The disk is full; its log is "));
}

TEST_F(SlurmFakesTest, HeldTasksAreCancelled) {
  tasks_do("n=$(wc -l < \"$FAKES/submitted\"); if [ $n = 2 ]; then " + std::string(kStart) + kAll +
           "fi");
  const std::string job = SlurmFolder(shared_, Base()).job_name(1);
  fake("squeue",
       "[ -e \"$FAKES/submitted\" ] && echo '7|0|PENDING|JobHoldMaxRequeue|" + job + "'; :");
  std::size_t told = 0;
  SlurmExecutor executor(Base(), options());
  executor.evaluate(points(2), [&](const PointResult&) { ++told; });
  EXPECT_EQ(told, 2u);
  EXPECT_THAT(calls("scancel"), HasSubstr("7_0"));
  EXPECT_THAT(notices_, ElementsAre(HasSubstr("JobHoldMaxRequeue")));
}

TEST_F(SlurmFakesTest, SilenceIsBounded) {
  fake("squeue", "[ ! -e \"$FAKES/submitted\" ]");
  tasks_do(":");
  SlurmExecutor executor(Base(), options());
  EXPECT_THAT(refusal([&] { executor.evaluate(points(2), [](const PointResult&) { FAIL(); }); }),
              HasSubstr("has not answered for"));
  EXPECT_EQ(notices_.size(), 1u);
  EXPECT_THAT(calls("scancel"), HasSubstr("--name=leyden-"));
}

TEST_F(SlurmFakesTest, StoreThatFailsCancels) {
  tasks_do(std::string(kStart) + kAll);
  SlurmExecutor executor(Base(), options());
  EXPECT_EQ(refusal([&] {
              executor.evaluate(points(4), [](const PointResult&) {
                throw base::UsageError("The results file cannot be written.");
              });
            }),
            "The results file cannot be written.");
  EXPECT_THAT(calls("scancel"), HasSubstr("--name=leyden-"));
  EXPECT_FALSE(std::filesystem::is_empty(shared_));  // for a sweep that is resumed
}

TEST_F(SlurmFakesTest, JobsOfNoUseAreCancelledFirst) {
  const std::string prefix = SlurmFolder(shared_, Base()).job_prefix();
  fake("squeue", "[ -e \"$FAKES/submitted\" ] || echo '5|2|RUNNING|None|" + prefix + "41'; :");
  tasks_do(std::string(kStart) + kAll);
  SlurmExecutor executor(Base(), options());
  executor.evaluate(points(2), [](const PointResult&) {});
  EXPECT_THAT(calls("scancel"), HasSubstr("5_2"));
  EXPECT_THAT(calls("sbatch"), HasSubstr("--job-name=" + prefix + "42\n"));
  EXPECT_THAT(notices_, IsEmpty());
}

TEST(SlurmChunkSize, SharesABatch) {
  EXPECT_EQ(chunk_size(Depth::kFull, 50), 1u);
  EXPECT_EQ(chunk_size(Depth::kFull, 65), 2u);
  EXPECT_EQ(chunk_size(Depth::kCost, 50), 256u);
  EXPECT_EQ(chunk_size(Depth::kCost, 64000), 1000u);
}

}  // namespace
}  // namespace leyden::sweep
