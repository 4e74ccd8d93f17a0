#include "platform/run/data_set.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "models/base/error.h"
#include "platform/run/data_file.h"

namespace leyden::run {
namespace {

using base::UsageError;

constexpr std::uint32_t kIdxImages = 0x00000803;  // unsigned bytes, 3 dimensions
constexpr std::uint32_t kIdxLabels = 0x00000801;  // unsigned bytes, 1 dimension
constexpr std::size_t kMaximumSide = 4096;        // refuses absurd headers before allocating
constexpr std::size_t kCifarSide = 32;
constexpr std::size_t kCifarChannels = 3;
constexpr std::size_t kCifarBatch = 10000;

std::string hex(std::uint32_t word) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", word);
  return text;
}

void check_magic(DataFile& file, std::uint32_t expected, const char* kind) {
  const std::uint32_t magic = file.read_big_endian("its header");
  if (magic == expected) return;
  throw UsageError(file.path() + " has the magic number " + hex(magic) + ", but an IDX file of " +
                   kind + " starts with " + hex(expected) + ".");
}

/// The images of `range` that a file of `total` images has, or an error that tells how many.
std::size_t images_wanted(const DataRange& range, std::size_t total, const std::string& path) {
  const bool open = range.at_most || range.count == SIZE_MAX;
  if (range.first >= total || (!open && range.count > total - range.first)) {
    throw UsageError(path + " has " + std::to_string(total) + " images, but image " +
                     std::to_string(std::max(range.first, total)) +
                     " was asked for (the first is 0).");
  }
  return std::min(range.count, total - range.first);
}

DataSet load_idx(const std::string& folder, const std::string& image_path, const std::string& stem,
                 const DataRange& range) {
  DataFile images(image_path);
  check_magic(images, kIdxImages, "images");
  const std::size_t total = images.read_big_endian("its header");
  DataSet set;
  set.format = "idx";
  set.channels = 1;
  set.height = images.read_big_endian("its header");
  set.width = images.read_big_endian("its header");
  if (set.height == 0 || set.width == 0 || set.height > kMaximumSide || set.width > kMaximumSide) {
    throw UsageError(image_path + " tells images of " + std::to_string(set.width) + " x " +
                     std::to_string(set.height) + " pixels, but 1 to 4096 a side are right.");
  }
  const std::string label_path = DataFile::find(folder, stem + "-labels-idx1-ubyte");
  if (label_path.empty()) {
    throw UsageError("Data folder " + folder + " has " + image_path + " but no " + stem +
                     "-labels-idx1-ubyte, plain or .gz, beside it.");
  }
  DataFile labels(label_path);
  check_magic(labels, kIdxLabels, "labels");
  const std::size_t label_count = labels.read_big_endian("its header");
  if (label_count != total) {
    throw UsageError(label_path + " has " + std::to_string(label_count) + " labels, but " +
                     image_path + " has " + std::to_string(total) + " images.");
  }
  const std::size_t count = images_wanted(range, total, image_path);
  images.skip(range.first * set.image_bytes(), "its images");
  labels.skip(range.first, "its labels");
  set.labels = labels.read(count, "its labels");
  set.pixels = images.read(count * set.image_bytes(), "its images");
  if (range.first + count == total) {
    images.expect_end();
    labels.expect_end();
  }
  return set;
}

/// One CIFAR record: label, then 32 x 32 red, green, blue planes; kept as HWC.
void append_cifar_record(DataFile& file, DataSet& set) {
  constexpr std::size_t kPlane = kCifarSide * kCifarSide;
  std::uint8_t record[1 + kCifarChannels * kPlane];
  file.read(record, sizeof record, "its records");
  if (record[0] > 9) {
    throw UsageError(file.path() + " is no CIFAR-10 file: a record has the label " +
                     std::to_string(record[0]) + ", but 0 to 9 are right.");
  }
  set.labels.push_back(record[0]);
  for (std::size_t pixel = 0; pixel < kPlane; ++pixel) {
    for (std::size_t channel = 0; channel < kCifarChannels; ++channel) {
      set.pixels.push_back(record[1 + channel * kPlane + pixel]);
    }
  }
}

DataSet load_cifar(const std::vector<std::string>& paths, const DataRange& range) {
  DataSet set;
  set.format = "cifar10";
  set.width = set.height = kCifarSide;
  set.channels = kCifarChannels;
  const std::size_t count = images_wanted(range, paths.size() * kCifarBatch, paths.front());
  set.labels.reserve(count);
  set.pixels.reserve(count * set.image_bytes());
  for (std::size_t batch = 0; batch < paths.size() && set.size() < count; ++batch) {
    const std::size_t start = batch * kCifarBatch;
    if (start + kCifarBatch <= range.first) continue;
    DataFile file(paths[batch]);
    const std::size_t skipped = range.first > start ? range.first - start : 0;
    file.skip(skipped * (1 + set.image_bytes()), "its records");
    std::size_t record = skipped;
    for (; record < kCifarBatch && set.size() < count; ++record) append_cifar_record(file, set);
    if (record == kCifarBatch) file.expect_end();
  }
  return set;
}

}  // namespace

DataSet load_data_set(const std::string& folder, DataPart part, const DataRange& range) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    throw UsageError("Data folder " + folder +
                     " does not exist or is no folder; one with IDX or CIFAR-10 files is needed.");
  }
  const bool test = part == DataPart::kTest;
  const std::string stem = test ? "t10k" : "train";
  const std::string idx = DataFile::find(folder, stem + "-images-idx3-ubyte");
  if (!idx.empty()) return load_idx(folder, idx, stem, range);

  std::vector<std::string> wanted;
  if (test) wanted = {"test_batch.bin"};
  for (int batch = 1; !test && batch <= 5; ++batch) {
    wanted.push_back("data_batch_" + std::to_string(batch) + ".bin");
  }
  std::vector<std::string> paths;
  for (const std::string& name : wanted) {
    const std::string path = DataFile::find(folder, name);
    if (path.empty()) break;  // a data set with the first batches only is a smaller one
    paths.push_back(path);
  }
  if (!paths.empty()) return load_cifar(paths, range);
  throw UsageError("Data folder " + folder + " has neither IDX files (" + stem +
                   "-images-idx3-ubyte, plain or .gz) nor CIFAR-10 files (" + wanted.front() +
                   ", plain or .gz).");
}

}  // namespace leyden::run
