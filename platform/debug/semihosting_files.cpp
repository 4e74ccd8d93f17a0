#include "platform/debug/semihosting_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

#include "models/base/error.h"

namespace leyden::debug {
namespace {

constexpr std::size_t kMostFiles = 64;
constexpr int kCommonFlags = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
constexpr mode_t kNewFile = 0666;  // less the umask

/// Flags of open() for fopen modes, two of each: the second is the binary one.
constexpr std::array<int, 6> kFlags = {
    O_RDONLY,
    O_RDWR,
    O_WRONLY | O_CREAT | O_TRUNC,
    O_RDWR | O_CREAT | O_TRUNC,
    O_WRONLY | O_CREAT | O_APPEND,
    O_RDWR | O_CREAT | O_APPEND,
};

}  // namespace

SemihostingFiles::SemihostingFiles(const std::string& folder)
    : folder_(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (folder_ < 0) {
    throw base::UsageError("The folder for semihosting, " + folder + ", cannot be opened (" +
                           std::strerror(errno) + ").");
  }
}

SemihostingFiles::~SemihostingFiles() { ::close(folder_); }

int SemihostingFiles::fail(int error) {
  error_ = error;
  return -1;
}

int SemihostingFiles::checked(int result) { return result < 0 ? fail(errno) : result; }

int SemihostingFiles::parent(const std::string& path, std::string& name) {
  // An empty path would be the folder itself; a NUL would cut the name that is checked here.
  if (path.empty() || path.find('\0') != std::string::npos) return fail(ENOENT);
  if (path.front() == '/') return fail(EACCES);
  int at = checked(fcntl(folder_, F_DUPFD_CLOEXEC, 0));
  std::size_t begin = 0;
  while (at >= 0) {
    const std::size_t slash = path.find('/', begin);
    name = path.substr(begin, slash == std::string::npos ? slash : slash - begin);
    if (name == "..") {
      ::close(at);
      return fail(EACCES);
    }
    if (slash == std::string::npos) break;
    begin = slash + 1;
    if (name.empty() || name == ".") continue;
    const int next = openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int error = errno;
    ::close(at);
    if (next < 0) return fail(error);
    at = next;
  }
  return at;
}

int SemihostingFiles::open(const std::string& path, unsigned mode) {
  if (mode / 2 >= kFlags.size()) return fail(EINVAL);
  if (open_files_ == kMostFiles) return fail(EMFILE);
  std::string name;
  const int at = parent(path, name);
  if (at < 0) return -1;
  // Truncated only when it is known to be a file.
  const int flags = kFlags[mode / 2];
  const int file = checked(openat(at, name.c_str(), (flags & ~O_TRUNC) | kCommonFlags, kNewFile));
  ::close(at);
  if (file < 0) return -1;
  struct stat status {};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(file);
    return fail(EACCES);
  }
  if ((flags & O_TRUNC) != 0 && ftruncate(file, 0) != 0) {
    const int error = errno;
    ::close(file);
    return fail(error);
  }
  ++open_files_;
  return file;
}

int SemihostingFiles::close(int file) {
  --open_files_;
  return checked(::close(file));
}

std::int64_t SemihostingFiles::write(int file, const void* data, std::size_t bytes) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t now = ::write(file, static_cast<const char*>(data) + done, bytes - done);
    if (now < 0) {
      error_ = errno;
      break;
    }
    done += static_cast<std::size_t>(now);
  }
  return static_cast<std::int64_t>(done);
}

std::int64_t SemihostingFiles::read(int file, void* data, std::size_t bytes) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t now = ::read(file, static_cast<char*>(data) + done, bytes - done);
    if (now < 0) error_ = errno;
    if (now <= 0) break;
    done += static_cast<std::size_t>(now);
  }
  return static_cast<std::int64_t>(done);
}

int SemihostingFiles::seek(int file, std::uint32_t position) {
  return lseek(file, position, SEEK_SET) < 0 ? fail(errno) : 0;
}

std::int64_t SemihostingFiles::length(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) return fail(errno);
  if (status.st_size > std::numeric_limits<std::int32_t>::max()) return fail(EOVERFLOW);
  return status.st_size;
}

int SemihostingFiles::remove(const std::string& path) {
  std::string name;
  const int at = parent(path, name);
  if (at < 0) return -1;
  const int result = checked(unlinkat(at, name.c_str(), 0));
  ::close(at);
  return result;
}

int SemihostingFiles::rename(const std::string& from, const std::string& to) {
  std::string old_name;
  const int old_at = parent(from, old_name);
  if (old_at < 0) return -1;
  std::string new_name;
  const int new_at = parent(to, new_name);
  int result = -1;
  if (new_at >= 0) {
    result = checked(renameat(old_at, old_name.c_str(), new_at, new_name.c_str()));
    ::close(new_at);
  }
  ::close(old_at);
  return result;
}

}  // namespace leyden::debug
