#include "platform/vectors/folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "models/base/error.h"

namespace leyden::vectors {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

class FolderTest : public ::testing::Test {
 protected:
  FolderTest()
      : path_(fs::temp_directory_path() /
              ("leyden-folder-test-" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    fs::remove_all(path_);
    FolderWriter writer(path_.string());
    writer.text("a.csv", "csv", "a table", "x,y\n1,2\n");
    writer.bytes("sub/data", "some bytes", {{0x105, 7}, {0x106, 8}}, 0x100);
    writer.finish({{"format", kFormatName}, {"format_version", kFormatVersion}});
  }
  ~FolderTest() override { fs::remove_all(path_); }

  /// What reading all of it tells; "" when all is well.
  std::string refusal(bool check = true) const {
    try {
      const Folder folder(path_.string(), check);
      folder.text("a.csv");
      folder.bytes("sub/data");
    } catch (const base::UsageError& error) {
      std::string text = error.what();
      for (std::size_t at; (at = text.find(path_.string())) != std::string::npos;) {
        text.replace(at, path_.string().size(), "F");
      }
      return text;
    }
    return "";
  }

  void change_manifest(const std::string& from, const std::string& to) const {
    std::string text = read(path_ / kManifest);
    ASSERT_NE(text.find(from), std::string::npos);
    write(path_ / kManifest, text.replace(text.find(from), from.size(), to));
  }

  const fs::path path_;
};

TEST_F(FolderTest, ComesBack) {
  EXPECT_EQ(refusal(), "");
  const Folder folder(path_.string(), true);
  EXPECT_EQ(folder.text("a.csv"), "x,y\n1,2\n");
  EXPECT_EQ(folder.bytes("sub/data"), (ByteMap{{0x105, 7}, {0x106, 8}}));
  EXPECT_EQ(folder.manifest()["files"][0]["lines"], 2);
}

TEST_F(FolderTest, KnowsAFileThatWasCutShort) {
  write(path_ / "a.csv", "x,y\n1");
  EXPECT_EQ(refusal(),
            "F/a.csv has 5 bytes, 1 lines, but 8 bytes were recorded: it was cut short.");
}

TEST_F(FolderTest, KnowsAFileThatWasChanged) {
  write(path_ / "a.csv", "x,y\n1,3\n");
  EXPECT_EQ(refusal(),
            "F/a.csv was changed since it was recorded: its checksum differs; to take it as it is, "
            "give --ignore-checksums.");
  EXPECT_EQ(refusal(false), "");
}

TEST_F(FolderTest, KnowsAFileThatIsMissing) {
  fs::remove(path_ / "a.csv");
  EXPECT_EQ(refusal(), "F/a.csv cannot be read: No such file or directory.");
}

TEST_F(FolderTest, TellsOfWrongDigitsWithTheLine) {
  std::string text = read(path_ / "sub/data.hex");
  text.replace(text.find("0807"), 4, "08zz");
  write(path_ / "sub/data.hex", text);
  EXPECT_EQ(refusal(false),
            "F/sub/data.hex, line 3: '00000000000000000008zz0000000000' is no word; 32 "
            "hexadecimal digits are right.");
}

TEST_F(FolderTest, RefusesAnotherVersion) {
  change_manifest("\"format_version\": 1", "\"format_version\": 2");
  EXPECT_EQ(refusal(),
            "F/manifest.json: format_version is 2, but this version reads 1; record it again.");
}

TEST_F(FolderTest, RefusesAnotherFormat) {
  change_manifest(kFormatName, "other vectors");
  EXPECT_EQ(refusal(), "F/manifest.json: format is 'other vectors', but leyden vectors is right.");
}

TEST_F(FolderTest, RefusesAManifestThatWasCutShort) {
  write(path_ / kManifest, read(path_ / kManifest).substr(0, 100));
  EXPECT_EQ(refusal(), "F/manifest.json is no JSON, byte 101: it was cut short or changed.");
}

TEST_F(FolderTest, RefusesNamesOutsideOfIt) {
  change_manifest("\"a.csv\"", "\"../a.csv\"");
  EXPECT_EQ(refusal(), "F/manifest.json: files[0]: name is '../a.csv', which leaves the folder.");
}

TEST_F(FolderTest, NamesMissingKeys) {
  change_manifest("\"crc32\"", "\"crc\"");
  EXPECT_EQ(refusal(), "F/manifest.json: files[0]: key crc32 is missing.");
}

TEST_F(FolderTest, KeepsAnOldRecordingUntilTheFirstNewFile) {
  {
    const FolderWriter writer(path_.string());
    EXPECT_EQ(refusal(), "");
  }
  FolderWriter writer(path_.string());
  writer.text("b.csv", "csv", "another", "z\n");
  EXPECT_FALSE(fs::exists(path_ / "a.csv"));
  EXPECT_FALSE(fs::exists(path_ / "sub"));
}

TEST_F(FolderTest, TakesNoFolderOfOtherThings) {
  fs::remove(path_ / kManifest);
  EXPECT_THROW(FolderWriter writer(path_.string()), base::UsageError);
  EXPECT_TRUE(fs::exists(path_ / "a.csv"));
}

TEST_F(FolderTest, NothingInAManifestIsFatal) {
  const std::string good = read(path_ / kManifest);
  std::mt19937_64 random(5);
  for (int run = 0; run < 100; ++run) {
    std::string text = good;
    for (int change = 0; change < 2; ++change) {
      if (random() % 2 == 0) {
        text[random() % text.size()] = static_cast<char>(random() % 256);
      } else {
        text.erase(random() % text.size(), 1 + random() % 10);
      }
    }
    write(path_ / kManifest, text);
    refusal(random() % 2 == 0);
  }
}

}  // namespace
}  // namespace leyden::vectors
