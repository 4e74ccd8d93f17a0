// Damaged files never crash the readers: they are read, or refused with one sentence.
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include <gtest/gtest.h>

#include "models/base/error.h"
#include "platform/compiler/compile.h"
#include "platform/compiler/float_executor.h"
#include "platform/compiler/image_reader.h"
#include "platform/compiler/image_writer.h"
#include "platform/compiler/onnx_import.h"
#include "platform/compiler/reference.h"

namespace leyden::compiler {
namespace {

/// conv 3x3 with padding, Relu, residual Add, MaxPool, BatchNormalization, Flatten, Gemm, Softmax.
const char* const kNetwork = "tests/platform/compiler/small.onnx";

std::string slurp(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

NetworkFile small_file() {
  NetworkFile file;
  file.name = "small";
  file.input = {6, 6, 2, 1.0 / 255, 0};
  file.classes = 3;
  return file;
}

ChipGeometry small_chip() {
  ChipGeometry geometry;
  geometry.rows = 36;
  geometry.columns = 32;
  geometry.rows_per_unit = 9;
  geometry.abn_entries = 16;
  geometry.lmem_bank_bytes = 4096;
  return geometry;
}

std::vector<Image> some_images() {
  std::vector<Image> images(2, Image(72));
  std::mt19937 random(1);
  for (Image& image : images) {
    for (auto& code : image) code = static_cast<std::uint8_t>(random());
  }
  return images;
}

/// Reads mutants of a file; what is read must also run and compile, or be refused.
void read_mutants(const std::string& network, int mutants) {
  const std::string good = slurp(network);
  ASSERT_GT(good.size(), 200u);
  std::mt19937 random(7);
  std::size_t read = 0;
  std::size_t refused = 0;
  for (int i = 0; i < mutants; ++i) {
    std::string bytes = good;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int k = 0; k < changes; ++k) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8);
          break;
        case 2:
          bytes.erase(at, 1 + random() % 8);
          break;
        default:
          bytes.insert(at, 1 + random() % 4, static_cast<char>(random()));
          break;
      }
    }
    try {
      const Graph graph = import_onnx_bytes(bytes, "mutant");
      ++read;
      // What is read must also run and compile, or be refused.
      FloatExecutor executor(graph);
      executor.run(std::vector<float>(72, 0.5f));
      const CompileResult result = compile(graph, small_file(), small_chip(), some_images());
      Reference(result.plan, base::Fidelity::kQuantised).run(some_images()[0]);
    } catch (const base::UsageError& error) {
      ++refused;
      EXPECT_GT(std::strlen(error.what()), 10u);
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  }
  EXPECT_GT(read, 100u);  // names and weights may change freely
  EXPECT_GT(refused, static_cast<std::size_t>(mutants) / 6);
}

TEST(Fuzz, MutatedOnnxIsReadOrRefused) { read_mutants(kNetwork, 6000); }

/// Every operator that takes a scale and a zero point somewhere.
TEST(Fuzz, MutatedQdqIsReadOrRefused) {
  read_mutants("tests/platform/compiler/small_qdq.onnx", 4000);
}

TEST(Fuzz, MutatedQLinearIsReadOrRefused) {
  read_mutants("tests/platform/compiler/small_qlinear.onnx", 4000);
}

class ImageFuzz : public testing::Test {
 protected:
  const std::vector<std::uint8_t> good_ =
      compile(import_onnx(kNetwork), small_file(), small_chip(), some_images()).image;
};

TEST_F(ImageFuzz, EveryFlippedBitIsNoticed) {
  EXPECT_NO_THROW(read_image(good_, "image"));
  std::mt19937 random(3);
  for (int i = 0; i < 500; ++i) {
    auto bytes = good_;
    // The header's geometry and reserved words are not covered by the checksum.
    const std::size_t first = sizeof(leyden_image_header);
    bytes[first + random() % (bytes.size() - first)] ^=
        static_cast<std::uint8_t>(1 << random() % 8);
    EXPECT_THROW(read_image(bytes, "image"), base::UsageError);
  }
}

TEST_F(ImageFuzz, MutantsWithARightChecksumAreReadOrRefused) {
  std::mt19937 random(5);
  std::size_t read = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 20000; ++i) {
    auto bytes = good_;
    for (unsigned k = 0; k < 1 + random() % 3; ++k) {
      // Words near the front: header, layers, steps.
      const std::size_t at = random() % std::min<std::size_t>(bytes.size(), 1500);
      bytes[at] = static_cast<std::uint8_t>(random());
    }
    const std::uint32_t crc = image_crc(bytes);
    std::memcpy(bytes.data() + offsetof(leyden_image_header, crc32), &crc, sizeof crc);
    try {
      const ImageContents contents = read_image(bytes, "image");
      EXPECT_EQ(contents.layers.size(), contents.layer_names.size());
      ++read;
    } catch (const base::UsageError&) {
      ++refused;
    }
  }
  EXPECT_GT(read, 100u);
  EXPECT_GT(refused, 1000u);
}

TEST_F(ImageFuzz, TruncatedImagesAreRefused) {
  for (std::size_t size = 0; size < good_.size(); size += 16) {
    const std::vector<std::uint8_t> bytes(good_.begin(),
                                          good_.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THROW(read_image(bytes, "image"), base::UsageError);
  }
}

TEST_F(ImageFuzz, CompilingTwiceGivesEqualBytes) {
  EXPECT_EQ(good_, compile(import_onnx(kNetwork), small_file(), small_chip(), some_images()).image);
}

}  // namespace
}  // namespace leyden::compiler
