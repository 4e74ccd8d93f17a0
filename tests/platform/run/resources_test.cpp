#include "platform/run/resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "models/base/error.h"

namespace leyden::run {
namespace {

namespace fs = std::filesystem;
using base::UsageError;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class ResourcesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    prefix_ = fs::temp_directory_path() / ("leyden_prefix_" + std::to_string(::getpid()));
    fs::create_directories(prefix_ / "share/leyden/configs/chips");
    fs::create_directories(prefix_ / "share/leyden/configs/networks");
    fs::create_directories(prefix_ / "share/leyden/firmware");
    std::ofstream(prefix_ / "share/leyden/configs/chips/jar.yaml") << "x";
    std::ofstream(prefix_ / "share/leyden/configs/chips/amber.yaml") << "x";
  }
  void TearDown() override {
    unsetenv("LEYDEN_CONFIGS");
    fs::remove_all(prefix_);
  }
  Resources find() const { return Resources::find((prefix_ / "bin/leyden").string()); }
  fs::path prefix_;
};

TEST_F(ResourcesTest, InstalledPrefixComesBeforeTheSourceTree) {
  EXPECT_EQ(find().chip("jar"), (prefix_ / "share/leyden/configs/chips/jar.yaml").string());
  EXPECT_THAT(find().chips(), ElementsAre("amber", "jar"));
}

TEST_F(ResourcesTest, EnvironmentComesFirst) {
  setenv("LEYDEN_CONFIGS", "/nonexistent", 1);
  EXPECT_THAT([&] { find(); }, ThrowsMessage<UsageError>(HasSubstr("LEYDEN_CONFIGS")));
  fs::create_directories(prefix_ / "other/chips");
  setenv("LEYDEN_CONFIGS", (prefix_ / "other").c_str(), 1);
  EXPECT_TRUE(find().chips().empty());
}

TEST_F(ResourcesTest, SourceTreeIsTheLast) {
  const Resources resources = Resources::find("/nonexistent/bin/leyden");
  EXPECT_THAT(resources.configs(), HasSubstr("configs"));
  EXPECT_NE(resources.configs(), (prefix_ / "share/leyden/configs").string());
}

TEST_F(ResourcesTest, WrongNamesAndPaths) {
  EXPECT_THAT(
      [&] { find().chip("jur"); },
      ThrowsMessage<UsageError>(AllOf(HasSubstr("no chip jur"), HasSubstr("did you mean 'jar'?"))));
  EXPECT_THAT([&] { find().chip("./jar.yaml"); },
              ThrowsMessage<UsageError>(HasSubstr("./jar.yaml does not exist")));
  // A name never means a file of the current folder.
  EXPECT_THAT([&] { find().network("README"); },
              ThrowsMessage<UsageError>(HasSubstr("no network")));
}

}  // namespace
}  // namespace leyden::run
