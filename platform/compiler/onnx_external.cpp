#include "platform/compiler/onnx_external.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>
#include <system_error>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

namespace fs = std::filesystem;

struct Entry {
  std::string location;
  std::optional<std::uint64_t> offset;
  std::optional<std::uint64_t> length;
};

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
  throw base::UsageError("constant '" + name + "': " + what);
}

std::uint64_t number(const std::string& name, const std::string& key, const std::string& text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.empty()) {
    refuse(name, "the " + key + " '" + text + "' of its external data is no whole number");
  }
  return value;
}

Entry read_entry(const onnx::TensorProto& tensor, const std::string& name) {
  Entry entry;
  for (const auto& pair : tensor.external_data()) {
    if (pair.key() == "location") entry.location = pair.value();
    if (pair.key() == "offset") entry.offset = number(name, "offset", pair.value());
    if (pair.key() == "length") entry.length = number(name, "length", pair.value());
  }
  if (entry.location.empty()) refuse(name, "the location of its external data is missing");
  return entry;
}

/// True when `file`, links followed, lies below `folder`.
bool lies_inside(const fs::path& file, const fs::path& folder) {
  std::error_code error;
  const fs::path real_folder = fs::canonical(folder, error);
  if (error) return false;
  const fs::path real_file = fs::weakly_canonical(file, error);
  if (error) return false;
  const auto [last, rest] =
      std::mismatch(real_folder.begin(), real_folder.end(), real_file.begin(), real_file.end());
  return last == real_folder.end() && rest != real_file.end();
}

std::string read_external_data(const onnx::TensorProto& tensor, const std::string& name,
                               const fs::path& folder) {
  const Entry entry = read_entry(tensor, name);
  if (folder.empty()) {
    refuse(name, "lies in a file of its own; save the model with all data inside");
  }
  const fs::path location = fs::u8path(entry.location);
  const bool climbs = std::find(location.begin(), location.end(), "..") != location.end();
  const fs::path file = folder / location;
  if (location.is_absolute() || climbs || !lies_inside(file, folder)) {
    refuse(name, "its external data '" + entry.location + "' must lie inside the model's folder");
  }
  std::error_code error;
  const std::uint64_t size = fs::is_regular_file(file, error) ? fs::file_size(file, error) : 0;
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream || !fs::is_regular_file(file, error)) {
    refuse(name, "its external data '" + entry.location + "' cannot be read");
  }
  const std::uint64_t offset = entry.offset.value_or(0);
  const std::uint64_t length = entry.length.value_or(size - std::min(size, offset));
  if (offset > size || length > size - offset) {
    refuse(name, "its external data at offset " + std::to_string(offset) + " of length " +
                     std::to_string(length) + " goes beyond the " + std::to_string(size) +
                     " bytes of '" + entry.location + "'");
  }
  std::string bytes(static_cast<std::size_t>(length), '\0');
  stream.seekg(static_cast<std::streamoff>(offset));
  stream.read(bytes.data(), static_cast<std::streamsize>(length));
  if (!stream && length > 0)
    refuse(name, "its external data '" + entry.location + "' cannot be read");
  return bytes;
}

void take_in(onnx::TensorProto& tensor, const std::string& name, const fs::path& folder) {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return;
  tensor.set_raw_data(read_external_data(tensor, name, folder));
  tensor.clear_external_data();
  tensor.clear_data_location();
}

}  // namespace

void take_in_external_data(onnx::GraphProto& graph, const fs::path& folder) {
  for (auto& tensor : *graph.mutable_initializer()) take_in(tensor, tensor.name(), folder);
  for (auto& node : *graph.mutable_node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_t()) take_in(*attribute.mutable_t(), node.name(), folder);
    }
  }
}

}  // namespace leyden::compiler
