#include "platform/sweep/slurm_folder.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

namespace fs = std::filesystem;
using base::UsageError;

/// FNV-1a, 64 bits, as 16 hexadecimal digits: a name, not a secret.
std::string digest(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3u;
  std::string digits(16, '0');
  for (std::size_t i = 0; i < digits.size(); ++i) {
    digits[i] = "0123456789abcdef"[(hash >> (60 - 4 * i)) & 15];
  }
  return digits;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A file name of this folder: KEY-SERIAL.sh or KEY-SERIAL-INDEX.KIND.
struct FileName {
  std::string key;
  std::uint64_t serial = 0;
  std::uint64_t index = 0;
  std::string kind;
};

std::optional<FileName> parse_name(const std::string& name) {
  const std::size_t dot = name.find('.');
  const std::size_t first = name.find('-');
  if (dot == std::string::npos || first != 16 || dot < first) return std::nullopt;
  FileName file;
  file.key = name.substr(0, first);
  file.kind = name.substr(dot + 1);
  const std::string_view rest = std::string_view(name).substr(first + 1, dot - first - 1);
  const std::size_t second = rest.find('-');
  const auto serial = number(rest.substr(0, second));
  if (!serial) return std::nullopt;
  file.serial = *serial;
  if (second == std::string_view::npos) {
    if (file.kind != "sh") return std::nullopt;
    return file;
  }
  const auto index = number(rest.substr(second + 1));
  const bool known = file.kind == "chunk" || file.kind == "chunk.new" || file.kind == "results" ||
                     file.kind == "log";
  if (!index || !known) return std::nullopt;
  file.index = *index;
  return file;
}

}  // namespace

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::uint64_t serial_of_job(const std::string& name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string::npos) return 0;
  return number(std::string_view(name).substr(dash + 1)).value_or(0);
}

SlurmFolder::SlurmFolder(const std::string& path, const Base& base)
    : key_(digest(encode(base) + '\n' + LEYDEN_VERSION)) {
  // Slurm puts its own in the place of % and \ in the name of a log.
  if (path.find_first_of("\n%\\") != std::string::npos) {
    throw UsageError("The shared folder " + path +
                     " has a line break, % or \\ in its name, which Slurm does not take.");
  }
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path)) {
    throw UsageError("The shared folder " + path + " cannot be made: " +
                     (error ? error.message() : std::string("there is a file of that name")) + ".");
  }
  path_ = fs::canonical(path).string();
}

std::string SlurmFolder::job_prefix() const { return "leyden-" + digest(path_) + "-"; }
std::string SlurmFolder::job_name(std::uint64_t serial) const {
  return job_prefix() + std::to_string(serial);
}
std::string SlurmFolder::stem(std::uint64_t serial) const {
  return path_ + "/" + key_ + "-" + std::to_string(serial);
}
std::string SlurmFolder::script(std::uint64_t serial) const { return stem(serial) + ".sh"; }
std::string SlurmFolder::stem(const Place& place) const {
  return stem(place.serial) + "-" + std::to_string(place.index);
}
std::string SlurmFolder::chunk(const Place& place) const { return stem(place) + ".chunk"; }
std::string SlurmFolder::results(const Place& place) const { return stem(place) + ".results"; }
std::string SlurmFolder::log(const Place& place) const { return stem(place) + ".log"; }
std::string SlurmFolder::log_pattern(std::uint64_t serial) const {
  return stem(serial) + "-%a.log";
}

void SlurmFolder::write_script(std::uint64_t serial, const std::string& program) const {
  const std::string path = script(serial);
  const std::string task = shell_quoted(stem(serial)) + "-\"$SLURM_ARRAY_TASK_ID\"";
  std::ofstream file(path);
  file << "#!/bin/sh\n"
       << "# A task of a sweep: docs/sweep-slurm.md.\n"
       << "exec " << shell_quoted(program) << " sweep-worker --chunk " << task
       << ".chunk --results " << task << ".results\n";
  file.close();
  if (!file) throw UsageError(path + " cannot be written; is the disk full?");
}

std::uint64_t SlurmFolder::last_serial() const {
  std::uint64_t last = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
    if (const auto file = parse_name(entry.path().filename().string())) {
      last = std::max(last, file->serial);
    }
  }
  return last;
}

std::vector<SlurmFolder::Place> SlurmFolder::places() const {
  std::vector<Place> places;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
    const auto file = parse_name(entry.path().filename().string());
    if (file && file->key == key_ && file->kind == "chunk") {
      places.push_back({file->serial, file->index});
    }
  }
  std::sort(places.begin(), places.end());
  return places;
}

void SlurmFolder::make_results(const Place& place) const {
  std::ofstream file(results(place), std::ios::app);
  file.close();
  if (!file) throw UsageError(results(place) + " cannot be made.");
}

void SlurmFolder::remove(const Place& place, bool with_log) const {
  std::error_code ignored;
  // The chunk first: results without a chunk say nothing to a sweep that is resumed.
  fs::remove(chunk(place), ignored);
  fs::remove(results(place), ignored);
  if (with_log) fs::remove(log(place), ignored);
}

void SlurmFolder::remove_script(std::uint64_t serial) const {
  std::error_code ignored;
  fs::remove(script(serial), ignored);
}

void SlurmFolder::remove_but(const std::vector<Place>& kept) const {
  const std::set<Place> spared(kept.begin(), kept.end());
  std::vector<fs::path> removed;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
    const auto file = parse_name(entry.path().filename().string());
    if (!file) continue;
    const bool ours = file->key == key_ && file->kind != "sh";
    if (!ours || spared.count({file->serial, file->index}) == 0) removed.push_back(entry.path());
  }
  std::error_code ignored;
  for (const fs::path& path : removed) fs::remove(path, ignored);
}

void SlurmFolder::remove_if_empty() const {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

std::string SlurmFolder::last_words(const Place& place) const {
  std::ifstream file(log(place));
  std::string words;
  const std::string mark = "leyden: ";
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) words = line.rfind(mark, 0) == 0 ? line.substr(mark.size()) : line;
  }
  return words;
}

}  // namespace leyden::sweep
