#include "platform/vectors/folder.h"

#include <zlib.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "models/base/error.h"
#include "platform/vectors/text_lines.h"

namespace leyden::vectors {
namespace {

namespace fs = std::filesystem;
using base::UsageError;

constexpr unsigned kMostWidth = 1u << 20;  ///< bits of a word

std::uint64_t checksum(const std::string& text) {
  uLong crc = crc32(0, nullptr, 0);
  constexpr std::size_t kPart = std::size_t{1} << 30;
  for (std::size_t at = 0; at < text.size(); at += kPart) {
    crc = crc32(crc, reinterpret_cast<const Bytef*>(text.data() + at),
                static_cast<uInt>(std::min(kPart, text.size() - at)));
  }
  return crc;
}

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file) throw UsageError(path + " cannot be read: " + std::strerror(errno) + ".");
  return text;
}

/// A name in a manifest must stay within its folder.
bool is_inside(const std::string& name) {
  if (name.empty() || name.front() == '/') return false;
  const fs::path path(name);
  return std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

void remove_files(const std::string& folder) {
  const Folder old(folder, false);
  for (const auto& entry : old.manifest()["files"]) {
    const fs::path file = fs::path(folder) / entry["name"].get<std::string>();
    std::error_code ignored;
    fs::remove(file, ignored);
    if (file.parent_path() != fs::path(folder)) fs::remove(file.parent_path(), ignored);
  }
  fs::remove(fs::path(folder) / kManifest);
}

}  // namespace

FolderWriter::FolderWriter(std::string path) : path_(std::move(path)) {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw UsageError("The folder " + path_ + " cannot be made: " + error.message() + ".");
  if (fs::is_empty(path_, error) && !error) return;
  if (!error && fs::exists(fs::path(path_) / kManifest)) return;
  throw UsageError("The folder " + path_ +
                   " is not empty and holds no recording; give a new one, or an empty one.");
}

void FolderWriter::write(const std::string& name, const std::string& contents) {
  if (!begun_ && fs::exists(fs::path(path_) / kManifest)) remove_files(path_);
  begun_ = true;
  const fs::path file = fs::path(path_) / name;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary);
  out.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  out.close();
  if (!out) throw UsageError(file.string() + " cannot be written: " + std::strerror(errno) + ".");
}

void FolderWriter::text(const std::string& name, const std::string& format, const std::string& what,
                        const std::string& contents) {
  write(name, contents);
  bytes_ += contents.size();
  files_.push_back({{"name", name},
                    {"what", what},
                    {"format", format},
                    {"bytes", contents.size()},
                    {"lines", std::count(contents.begin(), contents.end(), '\n')},
                    {"crc32", checksum(contents)}});
}

void FolderWriter::memory(const std::string& name, const std::string& what,
                          const MemoryWords& words, std::uint64_t base_address) {
  text(name, "readmemh", what, to_readmemh(words, what));
  nlohmann::ordered_json& entry = files_.back();
  entry["width_bits"] = words.width_bits;
  entry["words"] = words.words.size();
  entry["first_index"] = words.words.empty() ? 0 : words.words.begin()->first;
  entry["last_index"] = words.words.empty() ? 0 : words.words.rbegin()->first;
  entry["base_address"] = base_address;
}

void FolderWriter::bytes(const std::string& name, const std::string& what, const ByteMap& map,
                         std::uint64_t base_address) {
  memory(name + ".hex", what, to_beats(map, base_address), base_address);
  memory(name + ".strobes.hex", what + ": bit i is set where byte i of the beat counts",
         to_strobes(map, base_address), base_address);
}

void FolderWriter::finish(nlohmann::ordered_json manifest) {
  manifest["files"] = files_;
  write(kManifest, manifest.dump(2) + "\n");
}

Folder::Folder(std::string path, bool check) : path_(std::move(path)), check_(check) {
  const std::string file = path_of(kManifest);
  if (!fs::exists(file)) {
    throw UsageError(path_ + " is no recording of leyden vectors: it has no " + kManifest + ".");
  }
  try {
    manifest_ = nlohmann::json::parse(read_all(file));
  } catch (const nlohmann::json::parse_error& error) {
    throw UsageError(file + " is no JSON, byte " + std::to_string(error.byte) +
                     ": it was cut short or changed.");
  }
  const ManifestNode root(manifest_, file);
  if (root.text("format") != kFormatName) {
    root.fail("format is " + in_quotes(root.text("format")) + ", but " + kFormatName + " is right");
  }
  const std::uint64_t version = root.number("format_version");
  if (version != kFormatVersion) {
    root.fail("format_version is " + std::to_string(version) + ", but this version reads " +
              std::to_string(kFormatVersion) + "; record it again");
  }
  for (const ManifestNode& entry : root.list("files")) {
    const std::string name = entry.text("name");
    if (!is_inside(name)) entry.fail("name is " + in_quotes(name) + ", which leaves the folder");
    Entry facts{entry.number("bytes"), entry.number("crc32", UINT32_MAX), 0, 0};
    if (entry.text("format") == "readmemh") {
      facts.width_bits = static_cast<unsigned>(entry.number("width_bits", kMostWidth));
      if (facts.width_bits % 4 != 0) entry.fail("width_bits is no multiple of 4");
      facts.base_address = entry.number("base_address", UINT32_MAX);
    }
    files_[name] = facts;
  }
}

const Folder::Entry& Folder::entry(const std::string& name) const {
  const auto found = files_.find(name);
  if (found == files_.end()) {
    throw UsageError(path_of(kManifest) + " lists no file " + name + ", which it needs.");
  }
  return found->second;
}

std::string Folder::text(const std::string& name) const {
  const Entry& facts = entry(name);
  const std::string file = path_of(name);
  std::string contents = read_all(file);
  if (!check_) return contents;
  if (contents.size() != facts.bytes) {
    throw UsageError(file + " has " + std::to_string(contents.size()) + " bytes, " +
                     std::to_string(std::count(contents.begin(), contents.end(), '\n')) +
                     " lines, but " + std::to_string(facts.bytes) +
                     " bytes were recorded: it was " +
                     (contents.size() < facts.bytes ? "cut short" : "changed") + ".");
  }
  if (checksum(contents) != facts.crc32) {
    throw UsageError(file +
                     " was changed since it was recorded: its checksum differs; to take it as it "
                     "is, give --ignore-checksums.");
  }
  return contents;
}

MemoryWords Folder::memory(const std::string& name) const {
  const unsigned width = entry(name).width_bits;
  return from_readmemh(text(name), width, path_of(name));
}

ByteMap Folder::bytes(const std::string& name) const {
  const std::string strobes = name + ".strobes.hex";
  const MemoryWords data = memory(name + ".hex");
  const MemoryWords used = memory(strobes);
  if (data.width_bits != 8 * kBeatBytes || used.width_bits != kBeatBytes) {
    throw UsageError(path_of(kManifest) + ": " + name + ".hex must have words of 128 bits and " +
                     strobes + " of 16.");
  }
  return from_beats(data, used, entry(name + ".hex").base_address, path_of(strobes));
}

std::string ManifestNode::path_of(const std::string& key) const {
  return place_.empty() ? key : place_ + "." + key;
}

void ManifestNode::fail(const std::string& what) const {
  throw UsageError(file_ + ": " + (place_.empty() ? "" : place_ + ": ") + what + ".");
}

ManifestNode ManifestNode::at(const std::string& key) const {
  if (!has(key)) fail("key " + key + " is missing");
  return {value_.at(key), file_, path_of(key)};
}

std::vector<ManifestNode> ManifestNode::list(const std::string& key) const {
  const ManifestNode node = at(key);
  if (!node.value_.is_array()) fail(key + " is no list");
  std::vector<ManifestNode> nodes;
  for (std::size_t i = 0; i < node.value_.size(); ++i) {
    nodes.emplace_back(node.value_[i], file_, path_of(key) + "[" + std::to_string(i) + "]");
  }
  return nodes;
}

std::uint64_t ManifestNode::number(const std::string& key, std::uint64_t most) const {
  const ManifestNode node = at(key);
  if (!node.value_.is_number_unsigned() || node.value_.get<std::uint64_t>() > most) {
    fail(key + " is " + in_quotes(node.value_.dump()) + ", but a whole number from 0 to " +
         std::to_string(most) + " is right");
  }
  return node.value_.get<std::uint64_t>();
}

std::string ManifestNode::text(const std::string& key) const {
  const ManifestNode node = at(key);
  if (!node.value_.is_string()) {
    fail(key + " is " + in_quotes(node.value_.dump()) + ", but a text is right");
  }
  return node.value_.get<std::string>();
}

}  // namespace leyden::vectors
