#include "platform/run/data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

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

class DataSetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("leyden_data_" + std::to_string(::getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void write_gz(const std::string& name, const std::string& bytes) {
    gzFile file = gzopen((folder_ / name).c_str(), "wb");
    ASSERT_EQ(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())),
              static_cast<int>(bytes.size()));
    gzclose(file);
  }
  DataSet load(const DataRange& range = {}) {
    return load_data_set(folder_.string(), DataPart::kTest, range);
  }

  // Three images of 2 x 3 pixels, built by hand from the IDX description.
  const std::string images_{
      "\0\0\x08\x03"
      "\0\0\0\x03"
      "\0\0\0\x03"
      "\0\0\0\x02"
      "\x01\x02\x03\x04\x05\x06"
      "\x11\x12\x13\x14\x15\x16"
      "\x21\x22\x23\x24\x25\x26",
      34};
  const std::string labels_{
      "\0\0\x08\x01"
      "\0\0\0\x03"
      "\x07\x08\x09",
      11};
  fs::path folder_;
};

#define EXPECT_REFUSED(...) \
  EXPECT_THAT([&] { load(); }, ThrowsMessage<UsageError>(AllOf(__VA_ARGS__)))

TEST_F(DataSetTest, ReadsPlainIdx) {
  write("t10k-images-idx3-ubyte", images_);
  write("t10k-labels-idx1-ubyte", labels_);
  const DataSet set = load();
  EXPECT_EQ(set.height, 3u);
  EXPECT_EQ(set.width, 2u);
  EXPECT_EQ(set.channels, 1u);
  EXPECT_EQ(set.size(), 3u);
  EXPECT_THAT(set.labels, ElementsAre(7, 8, 9));
  EXPECT_EQ(set.image(1)[0], 0x11);
  EXPECT_EQ(set.image(2)[5], 0x26);
}

TEST_F(DataSetTest, ReadsGzipAndRanges) {
  write_gz("t10k-images-idx3-ubyte.gz", images_);
  write_gz("t10k-labels-idx1-ubyte.gz", labels_);
  const DataSet set = load({1, 2});
  EXPECT_THAT(set.labels, ElementsAre(8, 9));
  EXPECT_EQ(set.image(0)[0], 0x11);
  EXPECT_EQ(load({1, SIZE_MAX}).size(), 2u);
  EXPECT_EQ(load({1, 5, true}).size(), 2u);
  EXPECT_THAT([&] { load({3, 5, true}); }, ThrowsMessage<UsageError>(HasSubstr("image 3")));
  EXPECT_THAT(
      [&] {
        load({2, 2});
      },
      ThrowsMessage<UsageError>(AllOf(HasSubstr("has 3 images"), HasSubstr("image 3 was"))));
  EXPECT_THAT([&] { load({SIZE_MAX, 2}); }, ThrowsMessage<UsageError>(HasSubstr("has 3 images")));
}

TEST_F(DataSetTest, RefusesMissing) {
  EXPECT_REFUSED(HasSubstr("neither IDX files"), HasSubstr("nor CIFAR-10 files"));
  write("t10k-images-idx3-ubyte", images_);
  EXPECT_REFUSED(HasSubstr("no t10k-labels-idx1-ubyte"));
  EXPECT_THAT([] { load_data_set("/nonexistent", DataPart::kTest); },
              ThrowsMessage<UsageError>(HasSubstr("/nonexistent does not exist")));
}

TEST_F(DataSetTest, RefusesWrongMagic) {
  write("t10k-images-idx3-ubyte", labels_);
  write("t10k-labels-idx1-ubyte", labels_);
  EXPECT_REFUSED(HasSubstr("magic number 0x00000801"), HasSubstr("0x00000803"));
}

TEST_F(DataSetTest, RefusesTruncated) {
  write("t10k-labels-idx1-ubyte", labels_);
  for (const std::size_t kept : {0u, 3u, 10u, 20u, 33u}) {
    write("t10k-images-idx3-ubyte", images_.substr(0, kept));
    EXPECT_REFUSED(HasSubstr("truncated"), HasSubstr("ends after " + std::to_string(kept)));
  }
}

TEST_F(DataSetTest, RefusesTruncatedGzip) {
  write("t10k-labels-idx1-ubyte", labels_);
  write_gz("t10k-images-idx3-ubyte.gz", images_);
  fs::resize_file(folder_ / "t10k-images-idx3-ubyte.gz", 30);
  EXPECT_REFUSED(HasSubstr("t10k-images-idx3-ubyte.gz"));
}

TEST_F(DataSetTest, RefusesWrongSize) {
  write("t10k-labels-idx1-ubyte", labels_);
  write("t10k-images-idx3-ubyte", images_ + "x");
  EXPECT_REFUSED(HasSubstr("wrong size"));
  write("t10k-images-idx3-ubyte", images_);
  write("t10k-labels-idx1-ubyte", std::string{"\0\0\x08\x01\0\0\0\x02\x07\x08", 10});
  EXPECT_REFUSED(HasSubstr("2 labels"), HasSubstr("3 images"));
  std::string huge = images_;
  huge[8] = '\x7f';
  write("t10k-images-idx3-ubyte", huge);
  EXPECT_REFUSED(HasSubstr("pixels"));
}

TEST_F(DataSetTest, ReadsCifarAsInterleavedPixels) {
  std::string bytes;
  for (int record = 0; record < 10000; ++record) {
    std::string planes(3072, '\0');
    planes[0] = 'r';
    planes[1024 + 1] = 'g';
    planes[2048 + 1023] = 'b';
    bytes += static_cast<char>(record % 10) + planes;
  }
  write("test_batch.bin", bytes);
  const DataSet set = load({5, 10});
  EXPECT_EQ(set.size(), 10u);
  EXPECT_EQ(set.labels[0], 5);
  EXPECT_EQ(set.image(9)[0], 'r');             // pixel 0, red
  EXPECT_EQ(set.image(9)[3 + 1], 'g');         // pixel 1, green
  EXPECT_EQ(set.image(9)[3 * 1023 + 2], 'b');  // pixel 1023, blue
  write("test_batch.bin", bytes.substr(0, bytes.size() - 1));
  EXPECT_REFUSED(HasSubstr("truncated"));
  write("test_batch.bin", bytes + "x");
  EXPECT_REFUSED(HasSubstr("wrong size"));
  bytes[0] = 10;
  write("test_batch.bin", bytes);
  EXPECT_REFUSED(HasSubstr("no CIFAR-10 file"));
}

// The files of the Debian package dataset-fashion-mnist.
TEST(DataSet, ReadsFashionMnist) {
  const std::string folder = "/usr/share/datasets/fashion-mnist";
  if (!fs::exists(folder)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  const DataSet set = load_data_set(folder, DataPart::kTest);
  EXPECT_EQ(set.size(), 10000u);
  EXPECT_EQ(set.image_bytes(), 784u);
  // 1,000 images a class (Xiao et al., 2017).
  for (int label = 0; label < 10; ++label) {
    EXPECT_EQ(std::count(set.labels.begin(), set.labels.end(), label), 1000);
  }
}

}  // namespace
}  // namespace leyden::run
