#include "platform/sweep/chunk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "models/base/error.h"
#include "platform/run/end_signals.h"

namespace leyden::sweep {
namespace {

using base::ModelError;
using base::UsageError;

constexpr auto kSyncInterval = std::chrono::milliseconds(100);

std::string reason() { return std::strerror(errno); }

void write_all(int descriptor, const std::string& text, const std::string& path) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(descriptor, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw UsageError(path + " cannot be written: " + reason() + ".");
    written += static_cast<std::size_t>(count);
  }
}

/// All of a file from an offset on; nothing where there is no file.
std::optional<std::string> text_from(const std::string& path, std::uint64_t offset) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  file.seekg(0, std::ios::end);
  const auto end = static_cast<std::uint64_t>(file.tellg());
  if (end <= offset) return std::string();
  std::string text(end - offset, '\0');
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// Calls with every whole line. @return bytes of them
std::size_t each_line(const std::string& text,
                      const std::function<void(const std::string&)>& on_line) {
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) return begin;
    on_line(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

/// None for a line that is not whole.
template <typename Value>
std::optional<Value> tried(Value (*decode)(const std::string&), const std::string& line) {
  try {
    return decode(line);
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

}  // namespace

void write_chunk(const std::string& path, const Chunk& chunk) {
  std::string text = encode(chunk.base) + '\n';
  for (const Point& point : chunk.points) text += encode(point) + '\n';
  const std::string temporary = path + ".new";
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) throw UsageError(temporary + " cannot be made: " + reason() + ".");
  try {
    write_all(descriptor, text, temporary);
    if (fsync(descriptor) != 0) {
      throw UsageError(temporary + " cannot be written: " + reason() + ".");
    }
  } catch (...) {
    close(descriptor);
    throw;
  }
  close(descriptor);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    throw UsageError(path + " cannot be made: " + reason() + ".");
  }
}

Chunk read_chunk(const std::string& path) {
  const std::optional<std::string> text = text_from(path, 0);
  if (!text) throw UsageError("The chunk " + path + " cannot be read: " + reason() + ".");
  Chunk chunk;
  bool first = true;
  const std::size_t used = each_line(*text, [&](const std::string& line) {
    if (first) {
      chunk.base = decode_base(line);
    } else {
      chunk.points.push_back(decode_point(line));
    }
    first = false;
  });
  if (first || used != text->size()) throw ModelError("The chunk " + path + " is not whole.");
  return chunk;
}

ResultLog::ResultLog(const std::string& path) : path_(path) {
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw UsageError(path + " cannot be opened: " + reason() + ".");
  const std::string text = text_from(path, 0).value_or("");
  const std::size_t whole = each_line(text, [&](const std::string& line) {
    if (const auto result = tried(&decode_result, line)) {
      done_.emplace_back(result->stage, result->number);
    }
  });
  std::sort(done_.begin(), done_.end());
  if (whole != text.size() && ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) {
    const std::string why = reason();
    close(descriptor_);
    throw UsageError(path + " cannot be cut after its last whole line: " + why + ".");
  }
}

ResultLog::~ResultLog() { close(descriptor_); }

bool ResultLog::has(const Point& point) const {
  return std::binary_search(done_.begin(), done_.end(), std::make_pair(point.stage, point.number));
}

void ResultLog::append(const std::string& line) {
  write_all(descriptor_, line + '\n', path_);
  dirty_ = true;
  if (std::chrono::steady_clock::now() - synced_ >= kSyncInterval) sync();
}

void ResultLog::sync() {
  if (!dirty_) return;
  if (fsync(descriptor_) != 0) throw UsageError(path_ + " cannot be written: " + reason() + ".");
  synced_ = std::chrono::steady_clock::now();
  dirty_ = false;
}

std::vector<PointResult> ResultReader::read() {
  std::vector<PointResult> results;
  const std::string text = text_from(path_, offset_).value_or("");
  offset_ += each_line(text, [&](const std::string& line) {
    if (auto result = tried(&decode_result, line)) {
      results.push_back(std::move(*result));
      starts_ = 0;
    } else if (auto start = tried(&decode_start, line)) {
      last_start_ = std::move(*start);
      ++starts_;
      started_ = true;
    }
  });
  return results;
}

void run_chunk(const std::string& chunk_path, const std::string& results,
               const MakeEvaluator& make) {
  const Chunk chunk = read_chunk(chunk_path);
  ResultLog log(results);
  std::vector<Point> left;
  std::copy_if(chunk.points.begin(), chunk.points.end(), std::back_inserter(left),
               [&](const Point& point) { return !log.has(point); });
  if (left.empty()) return;
  const run::EndSignals signals;  // a task that is cancelled leaves no half line
  std::unique_ptr<Evaluator> evaluator;
  try {
    evaluator = make(chunk.base);
  } catch (const base::Error& error) {
    log.append(encode(WorkerStart{error.status(), error.what()}));
    log.sync();
    throw;
  }
  log.append(encode(WorkerStart{}));
  log.sync();
  for (const Point& point : left) {
    signals.check();
    log.append(encode(evaluate_here(*evaluator, point)));
  }
  log.sync();
}

}  // namespace leyden::sweep
