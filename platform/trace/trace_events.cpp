#include "platform/trace/trace_events.h"

#include <nlohmann/json.hpp>

#include "models/base/error.h"

namespace leyden::trace {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::uint64_t kPicosecondsPerUs = 1'000'000;

}  // namespace

std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

TraceEvents::TraceEvents(const std::string& path, std::size_t most)
    : path_(path), most_(most), file_(path, std::ios::binary) {
  buffer_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
  file_ << buffer_ << std::flush;
  check();
  buffer_.clear();
}

void TraceEvents::check() const {
  if (!file_) throw base::UsageError("The trace " + path_ + " cannot be written.");
}

void TraceEvents::process(std::string_view name) {
  buffer_ += R"({"ph":"M","pid":1,"name":"process_name","args":{"name":)";
  buffer_.append(name) += "}}";
}

void TraceEvents::track(int track, std::string_view name) {
  const std::string tid = std::to_string(track);
  buffer_ +=
      ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":" + tid + R"(,"name":"thread_name","args":{"name":)";
  buffer_.append(name) += "}},\n{\"ph\":\"M\",\"pid\":1,\"tid\":" + tid;
  buffer_ += R"(,"name":"thread_sort_index","args":{"sort_index":)" + tid + "}}";
}

bool TraceEvents::begin(std::uint64_t ps) {
  if (full_) return false;
  if (events_ == most_) {
    full_ = true;
    full_from_ps_ = ps;
    return false;
  }
  ++events_;
  if (buffer_.size() > kBufferBytes) {
    file_ << buffer_;
    buffer_.clear();
  }
  return true;
}

/// `,"key":` and microseconds.
void TraceEvents::time(std::string_view key, std::uint64_t ps) {
  (buffer_ += ",\"").append(key) += "\":";
  buffer_ += std::to_string(ps / kPicosecondsPerUs);
  if (const std::uint64_t rest = ps % kPicosecondsPerUs; rest != 0) {
    std::string digits = std::to_string(kPicosecondsPerUs + rest);
    digits.erase(digits.find_last_not_of('0') + 1);
    digits[0] = '.';
    buffer_ += digits;
  }
}

void TraceEvents::end(std::string_view args) {
  if (!args.empty()) (buffer_ += ",\"args\":{").append(args) += '}';
  buffer_ += '}';
}

void TraceEvents::slice(int track, std::string_view name, std::string_view category,
                        std::uint64_t start_ps, std::uint64_t end_ps, std::string_view args) {
  if (!begin(start_ps)) return;
  buffer_ += ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":" + std::to_string(track);
  time("ts", start_ps);
  time("dur", end_ps - start_ps);
  (buffer_ += ",\"name\":").append(name);
  (buffer_ += ",\"cat\":\"").append(category) += '"';
  end(args);
}

void TraceEvents::instant(int track, std::string_view name, std::uint64_t ps,
                          std::string_view args) {
  if (!begin(ps)) return;
  buffer_ += ",\n{\"ph\":\"i\",\"s\":\"t\",\"pid\":1,\"tid\":" + std::to_string(track);
  time("ts", ps);
  (buffer_ += ",\"name\":").append(name);
  end(args);
}

void TraceEvents::counter(std::string_view name, std::uint64_t ps, std::string_view args) {
  if (!begin(ps)) return;
  buffer_ += ",\n{\"ph\":\"C\",\"pid\":1";
  time("ts", ps);
  (buffer_ += ",\"name\":").append(name);
  end(args);
}

void TraceEvents::finish(std::string_view about) {
  (buffer_ += "\n],\"otherData\":{").append(about) += "}}\n";
  file_ << buffer_;
  file_.close();
  check();
}

}  // namespace leyden::trace
