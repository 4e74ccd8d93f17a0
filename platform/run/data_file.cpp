#include "platform/run/data_file.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "models/base/error.h"

namespace leyden::run {

using base::UsageError;

struct DataFile::Handle {
  gzFile file = nullptr;
};

DataFile::DataFile(const std::string& path) : path_(path), handle_(std::make_unique<Handle>()) {
  handle_->file = gzopen(path.c_str(), "rb");
  if (handle_->file == nullptr) throw UsageError(path + " cannot be opened for reading.");
  constexpr unsigned kBufferBytes = 1u << 17;
  gzbuffer(handle_->file, kBufferBytes);
}

DataFile::~DataFile() { gzclose(handle_->file); }

void DataFile::read(std::uint8_t* out, std::size_t count, const std::string& what) {
  std::size_t got = 0;
  while (got < count) {
    const auto chunk = static_cast<unsigned>(std::min<std::size_t>(count - got, 1u << 24));
    const int now = gzread(handle_->file, out + got, chunk);
    if (now <= 0) break;
    got += static_cast<std::size_t>(now);
  }
  position_ += got;
  if (got == count) return;
  int status = Z_OK;
  const std::string reason = gzerror(handle_->file, &status);
  if (status == Z_DATA_ERROR) throw UsageError(path_ + " is a damaged gzip file: " + reason + ".");
  throw UsageError(path_ + " is truncated: it ends after " + std::to_string(position_) +
                   " bytes (unpacked), inside " + what + ".");
}

std::vector<std::uint8_t> DataFile::read(std::size_t count, const std::string& what) {
  // In steps: a wrong header must not ask for more memory than the file has bytes.
  constexpr std::size_t kStepBytes = 1u << 24;
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < count) {
    const std::size_t now = std::min(count - bytes.size(), kStepBytes);
    bytes.resize(bytes.size() + now);
    read(bytes.data() + bytes.size() - now, now, what);
  }
  return bytes;
}

void DataFile::skip(std::size_t count, const std::string& what) {
  std::array<std::uint8_t, 1u << 14> buffer;
  while (count > 0) {
    const std::size_t now = std::min(count, buffer.size());
    read(buffer.data(), now, what);
    count -= now;
  }
}

std::uint32_t DataFile::read_big_endian(const std::string& what) {
  std::array<std::uint8_t, 4> bytes{};
  read(bytes.data(), bytes.size(), what);
  std::uint32_t word = 0;
  for (const std::uint8_t byte : bytes) word = (word << 8) | byte;
  return word;
}

void DataFile::expect_end() {
  std::uint8_t byte = 0;
  if (gzread(handle_->file, &byte, 1) == 1) {
    throw UsageError(path_ + " has the wrong size: bytes follow the " + std::to_string(position_) +
                     " that its header tells.");
  }
}

std::string DataFile::find(const std::string& folder, const std::string& stem) {
  for (const char* ending : {"", ".gz"}) {
    const auto path = std::filesystem::path(folder) / (stem + ending);
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path.string();
  }
  return "";
}

}  // namespace leyden::run
