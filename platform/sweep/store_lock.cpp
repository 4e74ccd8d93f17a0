#include "platform/sweep/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

using base::UsageError;

bool same_file(int descriptor, const std::string& path) {
  struct stat open_file {};
  struct stat named {};
  return fstat(descriptor, &open_file) == 0 && stat(path.c_str(), &named) == 0 &&
         open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

}  // namespace

StoreLock::StoreLock(const std::string& results) {
  // One lock for all names of a file (symbolic links).
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(results, error);
  path_ = (error ? results : real.string()) + ".lock";
  // Whoever had the lock removes its file: then the one opened here is no longer the named one.
  while (true) {
    descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
      throw UsageError("The results file " + results + " cannot be written: " + path_ +
                       " cannot be made (" + std::strerror(errno) + ").");
    }
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int why = errno;
      close(descriptor_);
      if (why == EINTR) continue;
      if (why == EWOULDBLOCK) {
        throw UsageError("Another sweep writes to the results file " + results +
                         "; wait for its end, or give another file.");
      }
      throw UsageError("The results file " + results + " cannot be locked (" + std::strerror(why) +
                       "); give a file in a folder that knows locks.");
    }
    if (same_file(descriptor_, path_)) return;
    close(descriptor_);
  }
}

StoreLock::~StoreLock() {
  unlink(path_.c_str());
  close(descriptor_);
}

}  // namespace leyden::sweep
