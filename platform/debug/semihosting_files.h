#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace leyden::debug {

/// Files of the host below one folder, for semihosting. A path is a sequence of names: one that is
/// absolute, has `..` or meets a symbolic link is refused, so nothing outside the folder is
/// reached, whatever else changes the folder meanwhile. Only regular files are opened.
/// Calls return -1 on failure, and error() then tells the errno.
class SemihostingFiles {
 public:
  /// @throws base::UsageError when the folder cannot be opened
  explicit SemihostingFiles(const std::string& folder);
  ~SemihostingFiles();
  SemihostingFiles(const SemihostingFiles&) = delete;
  SemihostingFiles& operator=(const SemihostingFiles&) = delete;

  /// @param mode 0 to 11 as fopen's r, rb, r+, r+b, w, wb, w+, w+b, a, ab, a+, a+b
  /// @return a descriptor for the calls below
  int open(const std::string& path, unsigned mode);
  int close(int file);
  /// @return bytes moved
  std::int64_t write(int file, const void* data, std::size_t bytes);
  std::int64_t read(int file, void* data, std::size_t bytes);
  int seek(int file, std::uint32_t position);
  std::int64_t length(int file);
  int remove(const std::string& path);
  int rename(const std::string& from, const std::string& to);
  int error() const { return error_; }

 private:
  /// The folder a path's last name lies in, and that name. Its descriptor is to be closed.
  int parent(const std::string& path, std::string& name);
  int fail(int error);
  int checked(int result);

  int folder_ = -1;
  int error_ = 0;
  std::size_t open_files_ = 0;
};

}  // namespace leyden::debug
