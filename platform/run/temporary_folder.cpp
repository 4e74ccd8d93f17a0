#include "platform/run/temporary_folder.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "models/base/error.h"

namespace leyden::run {

TemporaryFolder::TemporaryFolder() {
  std::error_code error;
  const auto base = std::filesystem::temp_directory_path(error);
  path_ = (base / "leyden-XXXXXX").string();
  if (error || mkdtemp(path_.data()) == nullptr) {
    throw base::ModelError("No folder for temporary files can be made in " + base.string() +
                           "; set TMPDIR to a folder that can be written.");
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const void* data,
                                   std::size_t bytes) const {
  const std::string path = path_ + "/" + name;
  std::ofstream file(path, std::ios::binary);
  file.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  file.close();
  if (!file) throw base::ModelError("The temporary file " + path + " cannot be written.");
  return path;
}

}  // namespace leyden::run
