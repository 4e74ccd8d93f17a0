#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace leyden::run {

enum class DataPart { kTraining, kTest };

/// Images with labels, as read from files: pixels are bytes, image-major, each image dense HWC.
struct DataSet {
  std::string format;  ///< "idx" or "cifar10"
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 0;
  std::vector<std::uint8_t> pixels;  ///< [image][y][x][channel]
  std::vector<std::uint8_t> labels;  ///< one an image

  std::size_t image_bytes() const { return width * height * channels; }
  std::size_t size() const { return labels.size(); }
  const std::uint8_t* image(std::size_t index) const {
    return pixels.data() + index * image_bytes();
  }
};

/// Which images of a part to read; the rest of the file is not kept.
struct DataRange {
  std::size_t first = 0;
  std::size_t count = SIZE_MAX;  ///< SIZE_MAX: all from `first` on
  bool at_most = false;          ///< fewer will do when there are no more
};

/// Reads a data set from a folder: MNIST-like IDX files (`t10k-images-idx3-ubyte`,
/// `train-images-idx3-ubyte` and their labels, plain or .gz) or CIFAR-10 binary files
/// (`test_batch.bin`, `data_batch_1.bin` .. `data_batch_5.bin`, plain or .gz).
/// @throws base::UsageError (one sentence: file, what is wrong, what would be right) for a missing,
/// truncated, overlong or wrong file, and for a range that reaches past the last image.
DataSet load_data_set(const std::string& folder, DataPart part, const DataRange& range = {});

}  // namespace leyden::run
