#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace leyden::run {

/// A data file read front to back, plain or gzip (told by its content). Every failure is a
/// base::UsageError that names the file.
class DataFile {
 public:
  explicit DataFile(const std::string& path);
  ~DataFile();
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;

  /// Reads exactly `count` bytes. @throws UsageError when the file ends before.
  void read(std::uint8_t* out, std::size_t count, const std::string& what);
  std::vector<std::uint8_t> read(std::size_t count, const std::string& what);
  void skip(std::size_t count, const std::string& what);
  std::uint32_t read_big_endian(const std::string& what);
  /// @throws UsageError when bytes follow.
  void expect_end();

  const std::string& path() const { return path_; }
  /// The file `stem` or `stem.gz` in `folder`, "" when neither is there.
  static std::string find(const std::string& folder, const std::string& stem);

 private:
  struct Handle;
  std::string path_;
  std::unique_ptr<Handle> handle_;
  std::size_t position_ = 0;
};

}  // namespace leyden::run
