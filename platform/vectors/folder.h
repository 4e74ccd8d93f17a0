#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "platform/vectors/readmemh.h"

namespace leyden::vectors {

inline constexpr int kFormatVersion = 1;
inline constexpr const char* kFormatName = "leyden vectors";
inline constexpr const char* kManifest = "manifest.json";

/// Writes the files of a recording and lists them for its manifest.
class FolderWriter {
 public:
  /// Makes the folder, or takes one that is empty or holds a recording, whose files go when the
  /// first new one is written.
  /// @throws base::UsageError
  explicit FolderWriter(std::string path);

  /// @param what  one line for people
  void text(const std::string& name, const std::string& format, const std::string& what,
            const std::string& contents);
  /// @param base_address  of word 0, where words are a piece of an address space
  void memory(const std::string& name, const std::string& what, const MemoryWords& words,
              std::uint64_t base_address = 0);
  /// Beats and their strobes: NAME.hex, NAME.strobes.hex.
  void bytes(const std::string& name, const std::string& what, const ByteMap& map,
             std::uint64_t base_address);
  /// Adds the list of files and writes manifest.json, the last file.
  void finish(nlohmann::ordered_json manifest);

  std::uint64_t file_count() const { return files_.size(); }
  std::uint64_t byte_count() const { return bytes_; }

 private:
  void write(const std::string& name, const std::string& contents);
  std::string path_;
  bool begun_ = false;  ///< what was there before is gone
  std::uint64_t bytes_ = 0;
  nlohmann::ordered_json files_ = nlohmann::ordered_json::array();
};

/// A recording on disk.
class Folder {
 public:
  /// Reads the manifest. @param check  compare sizes and checksums of files with it
  /// @throws base::UsageError: no recording, of another version, damaged
  Folder(std::string path, bool check);

  const nlohmann::json& manifest() const { return manifest_; }
  const std::string& path() const { return path_; }
  bool has(const std::string& name) const { return files_.count(name) != 0; }
  /// @throws base::UsageError: not there, cut short, changed
  std::string text(const std::string& name) const;
  MemoryWords memory(const std::string& name) const;
  ByteMap bytes(const std::string& name) const;
  std::string path_of(const std::string& name) const { return path_ + "/" + name; }

 private:
  struct Entry {
    std::uint64_t bytes;
    std::uint64_t crc32;
    unsigned width_bits;
    std::uint64_t base_address;
  };
  const Entry& entry(const std::string& name) const;

  std::string path_;
  bool check_;
  nlohmann::json manifest_;
  std::map<std::string, Entry> files_;
};

/// A value of a manifest. @param place  key path, for messages
class ManifestNode {
 public:
  ManifestNode(const nlohmann::json& value, std::string file, std::string place = "")
      : value_(value), file_(std::move(file)), place_(std::move(place)) {}

  bool has(const std::string& key) const { return value_.is_object() && value_.contains(key); }
  ManifestNode at(const std::string& key) const;  ///< @throws base::UsageError
  std::vector<ManifestNode> list(const std::string& key) const;
  std::uint64_t number(const std::string& key, std::uint64_t most = UINT64_MAX) const;
  std::string text(const std::string& key) const;
  const nlohmann::json& value() const { return value_; }
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string path_of(const std::string& key) const;
  const nlohmann::json& value_;
  std::string file_;
  std::string place_;
};

}  // namespace leyden::vectors
