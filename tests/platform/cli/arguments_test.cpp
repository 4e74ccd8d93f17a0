#include "platform/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"

namespace leyden::cli {
namespace {

using base::UsageError;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Arguments parse(std::vector<const char*> words) {
  words.insert(words.begin(), "leyden");
  bool help = false;
  return parse_arguments(static_cast<int>(words.size()), words.data(), help);
}

std::vector<const char*> run_with(std::vector<const char*> more) {
  std::vector<const char*> words = {"run", "--chip", "imagine", "--network", "n", "--data", "d"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

#define EXPECT_REFUSED(words, ...) \
  EXPECT_THAT([&] { parse(words); }, ThrowsMessage<UsageError>(AllOf(__VA_ARGS__)))
using Words = std::vector<const char*>;

TEST(Arguments, Run) {
  const Arguments a = parse(run_with({"--images", "7", "--set", "a=1", "--set", "b=2", "--jobs=2",
                                      "--fidelity", "ideal", "--check-reference"}));
  EXPECT_EQ(a.command, Command::kRun);
  EXPECT_EQ(a.images, 7u);
  EXPECT_EQ(a.jobs, 2u);
  EXPECT_EQ(a.fidelity, "ideal");
  EXPECT_TRUE(a.check_reference);
  EXPECT_THAT(a.set, ElementsAre("a=1", "b=2"));
}

TEST(Arguments, TheLastOfARepeatedOptionCounts) {
  EXPECT_EQ(parse(run_with({"--images", "7", "--images", "8", "--data", "e"})).images, 8u);
}

TEST(Arguments, ExecTakesAProgram) {
  const Arguments a = parse({"exec", "--chip", "c", "--max-cycles", "5", "p.elf"});
  EXPECT_EQ(a.command, Command::kExec);
  EXPECT_EQ(a.program, "p.elf");
  EXPECT_EQ(a.max_cycles, 5u);
}

TEST(Arguments, TheDebuggersPort) {
  EXPECT_FALSE(parse(run_with({})).gdb_port);
  const Arguments a = parse({"exec", "--chip", "c", "--gdb", "3333", "p.elf"});
  EXPECT_EQ(a.gdb_port, 3333);
  EXPECT_TRUE(a.gdb_wait);
  EXPECT_FALSE(parse(run_with({"--gdb", "0", "--no-gdb-wait"})).gdb_wait);
  EXPECT_TRUE(parse(run_with({"--gdb", "0", "--no-gdb-wait", "--gdb-wait"})).gdb_wait);
  EXPECT_REFUSED(run_with({"--gdb", "65536"}), HasSubstr("0 to 65535"));
  EXPECT_REFUSED(run_with({"--gdb", "3333", "--jobs", "2"}), HasSubstr("it needs --jobs 1, not 2"));
}

TEST(Arguments, ExecTakesFilesAndWhatTheHostServes) {
  const Arguments a =
      parse({"exec", "--chip", "c", "p", "--load", "a@0x10", "--load", "b@c", "--dump", "d@1:2",
             "--max-seconds", "0.5", "--semihosting", "f", "--args", "x y"});
  EXPECT_EQ(a.program, "p");
  EXPECT_THAT(a.load, ElementsAre("a@0x10", "b@c"));
  EXPECT_THAT(a.dump, ElementsAre("d@1:2"));
  EXPECT_EQ(a.max_seconds, 0.5);
  EXPECT_EQ(a.semihosting, "f");
  EXPECT_EQ(a.program_arguments, "x y");
  EXPECT_REFUSED((Words{"exec", "--chip", "c", "p", "--args", "x"}), HasSubstr("--semihosting"));
  EXPECT_REFUSED((Words{"exec", "--restore", "s", "--semihosting", "f"}), HasSubstr("snapshots"));
  EXPECT_REFUSED((Words{"exec", "--restore", "s", "--load", "f@0"}), HasSubstr("--load"));
  EXPECT_REFUSED((Words{"exec", "--chip", "c", "p", "--max-seconds", "-1"}), HasSubstr("-1"));
}

TEST(Arguments, UnknownOnesAreSuggested) {
  EXPECT_REFUSED(run_with({"--imges", "3"}), HasSubstr("--imges of leyden run is unknown"),
                 HasSubstr("did you mean '--images'?"));
  EXPECT_REFUSED(Words{"rum"}, HasSubstr("did you mean 'run'?"));
  EXPECT_REFUSED(Words{"--versoin"}, HasSubstr("did you mean '--version'?"));
  EXPECT_REFUSED(run_with({"--fidelity", "idael"}), HasSubstr("did you mean 'ideal'?"));
  EXPECT_REFUSED((Words{"list", "chps"}), HasSubstr("did you mean 'chips'?"));
}

TEST(Arguments, MissingOnesAreNamed) {
  EXPECT_REFUSED(Words{}, HasSubstr("needs a command"));
  EXPECT_REFUSED((Words{"run", "--chip", "c"}), HasSubstr("needs --network"));
  EXPECT_REFUSED((Words{"exec", "--chip", "c"}), HasSubstr("needs a program"));
  EXPECT_REFUSED((Words{"compile", "--chip", "c", "--network", "n", "--calibrate", "d"}),
                 HasSubstr("needs -o"));
  EXPECT_REFUSED(run_with({"--images"}), HasSubstr("--images"));
}

TEST(Arguments, WrongValues) {
  EXPECT_REFUSED(run_with({"--images", "many"}), HasSubstr("many"));
  EXPECT_REFUSED(run_with({"--images", "-3"}), HasSubstr("images"));
  EXPECT_REFUSED(run_with({"--images", "0"}), HasSubstr("'0' is not a whole number from 1 to"));
  EXPECT_REFUSED(run_with({"--images", ""}), HasSubstr("whole number"));
  for (const char* huge : {"18446744073709551615", "99999999999999999999999"}) {
    EXPECT_REFUSED(run_with({"--images", huge}), HasSubstr(huge));
    EXPECT_REFUSED(run_with({"--first-image", huge}), HasSubstr(huge));
  }
  EXPECT_REFUSED(run_with({"--die", "4294967296"}), HasSubstr("from 0 to 4294967295"));
  EXPECT_REFUSED(run_with({"--max-cycles-per-image", "0"}), HasSubstr("from 1 to"));
  EXPECT_REFUSED(run_with({"--jobs", "0"}), HasSubstr("from 1 to 1024"));
  EXPECT_REFUSED(run_with({"--jobs", "1025"}), HasSubstr("from 1 to 1024"));
  for (const char* wrong : {"0", "-1", "nan", "inf", "1e-9", "1e10", "ten", ""}) {
    EXPECT_REFUSED(run_with({"--quantum-ns", wrong}), HasSubstr("0.001 to 1e9"));
  }
  for (const char* wrong : {"-1", "nan", "inf", "1e300"}) {
    EXPECT_REFUSED(run_with({"--max-seconds", wrong}), HasSubstr("0 to 1e9"));
  }
}

TEST(Arguments, LimitsThemselvesAreRight) {
  EXPECT_EQ(parse(run_with({"--die", "4294967295"})).die, 4294967295u);
  EXPECT_EQ(parse(run_with({"--quantum-ns", "0.001"})).quantum_ns, 0.001);
  EXPECT_EQ(parse(run_with({"--max-seconds", "0"})).max_seconds, 0);
  EXPECT_EQ(parse({"exec", "--chip", "c", "p", "--max-cycles", "18446744073709551615"}).max_cycles,
            UINT64_MAX);
}

}  // namespace
}  // namespace leyden::cli
