#pragma once

#include <string>

namespace leyden::run {

/// A new folder below the system's folder for temporary files, removed with all it holds at the
/// end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder();  ///< @throws base::ModelError when none can be made
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  /// Writes a file into it. @return its path @throws base::ModelError
  std::string write(const std::string& name, const void* data, std::size_t bytes) const;

 private:
  std::string path_;
};

}  // namespace leyden::run
