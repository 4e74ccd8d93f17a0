#include "platform/run/snapshot.h"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "models/base/error.h"

namespace leyden::run {
namespace {

using base::UsageError;

std::uint32_t crc(std::uint32_t sum, const std::uint8_t* bytes, std::size_t count) {
  constexpr std::size_t kMost = 1 << 30;  // zlib counts in 32 bits
  while (count > 0) {
    const std::size_t part = std::min(count, kMost);
    sum = static_cast<std::uint32_t>(::crc32(sum, bytes, static_cast<uInt>(part)));
    bytes += part;
    count -= part;
  }
  return sum;
}

std::vector<std::uint8_t> read_file(const std::string& path, const std::string& what) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::error_code none;
  std::vector<std::uint8_t> bytes;
  if (file && !std::filesystem::is_directory(path, none)) {
    bytes.assign(std::istreambuf_iterator<char>(file), {});
    if (!file.bad()) return bytes;
  }
  throw UsageError(what + " " + path + " cannot be read" +
                   (errno != 0 ? ": " + std::string(std::strerror(errno)) : "") + ".");
}

[[noreturn]] void cannot_write(const std::string& path) {
  throw UsageError("The snapshot " + path + " cannot be written" +
                   (errno != 0 ? ": " + std::string(std::strerror(errno)) : "") + ".");
}

void archive_fidelity(base::Archive& a, base::Fidelity& fidelity) { a.below(fidelity, 3); }

}  // namespace

Fingerprint fingerprint(const std::vector<std::uint8_t>& bytes) {
  return {bytes.size(), crc(0, bytes.data(), bytes.size())};
}

Fingerprint fingerprint(const DataSet& data) {
  const Fingerprint pixels = fingerprint(data.pixels);
  return {pixels.bytes + data.labels.size(),
          crc(pixels.crc32, data.labels.data(), data.labels.size())};
}

Fingerprint fingerprint_of_file(const std::string& path) {
  return fingerprint(read_file(path, "The file"));
}

void ExecSnapshot::archive(base::Archive& a) {
  a(chip_text, chip_origin, program, program_file, die);
  archive_fidelity(a, fidelity);
}

void RunSnapshot::archive(base::Archive& a) {
  a(chip_text, chip_origin, network, data, data_folder, firmware, first_image, images);
  a(input_scale, input_zero_point);
  a(calibration_images, quantise, die, max_cycles_per_image, check_reference);
  a(network_image, test_images, firmware_file);
  archive_fidelity(a, fidelity);
}

base::Archive open_snapshot(const std::string& path) {
  return base::Archive(path, read_file(path, "The snapshot"), LEYDEN_VERSION);
}

void write_snapshot(const std::string& path, base::Archive& archive) {
  const std::vector<std::uint8_t> bytes = archive.seal(LEYDEN_VERSION);
  const std::string part = path + ".part";
  errno = 0;
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file || std::rename(part.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    std::remove(part.c_str());
    errno = reason;
    cannot_write(path);
  }
}

void check_snapshot_path(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  std::error_code none;
  const std::filesystem::file_status status = std::filesystem::status(path, none);
  const bool is_folder = std::filesystem::is_directory(status);
  if (!is_folder && std::filesystem::exists(status) &&
      !std::filesystem::is_regular_file(status)) {  // moving a file there would replace a device
    throw UsageError("The snapshot " + path + " cannot be written: that is no regular file.");
  }
  errno = is_folder ? EISDIR : 0;
  if (is_folder || access(folder.c_str(), W_OK | X_OK) != 0) cannot_write(path);
}

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

std::string lasting(const std::string& name_or_path) {
  return name_or_path.find_first_of("/.") == std::string::npos ? name_or_path
                                                               : absolute(name_or_path);
}

void refuse_option(const std::string& snapshot, const std::string& option,
                   const std::string& given_value, const std::string& stored_value) {
  throw UsageError("The snapshot " + snapshot + " was taken with " + option + " " + stored_value +
                   ", but " + option + " " + given_value + " is given; leave it out.");
}

void require_same(const Fingerprint& found, const Fingerprint& stored, const std::string& what,
                  const std::string& snapshot) {
  if (found == stored) return;
  throw UsageError(what + " when the snapshot " + snapshot +
                   " was taken; restore it with the same, or take it again.");
}

}  // namespace leyden::run
