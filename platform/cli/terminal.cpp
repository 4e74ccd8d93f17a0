#include "platform/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "models/base/error.h"

namespace leyden::cli {

using std::chrono::steady_clock;

namespace {

/// "5 s", "3 min", "2.5 h"
std::string duration(double seconds) {
  char text[64];
  if (seconds < 100) {
    std::snprintf(text, sizeof text, "%.0f s", seconds);
  } else if (seconds < 6000) {
    std::snprintf(text, sizeof text, "%.0f min", seconds / 60);
  } else {
    std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
  }
  return text;
}

}  // namespace

unsigned terminal_width() {
  constexpr unsigned kLeast = 80;
  constexpr unsigned kMost = 200;
  if (const char* columns = std::getenv("COLUMNS")) {
    const std::string_view text = columns;
    unsigned width = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), width);
    if (error == std::errc() && stop == text.data() + text.size() && width > 0) {
      return std::clamp(width, kLeast, kMost);
    }
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return std::clamp<unsigned>(size.ws_col, kLeast, kMost);
  }
  return 100;
}

ProgressBar::ProgressBar(bool quiet, std::string what)
    : enabled_(!quiet && isatty(STDERR_FILENO) != 0),
      what_(std::move(what)),
      start_(steady_clock::now()),
      last_(start_) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::update(std::uint64_t done, std::uint64_t all, std::uint64_t known) {
  if (!enabled_ || all == 0) return;
  const steady_clock::time_point now = steady_clock::now();
  if (now - start_ < std::chrono::seconds(1) || now - last_ < std::chrono::milliseconds(100)) {
    return;
  }
  last_ = now;
  shown_ = true;
  constexpr std::uint64_t kCells = 40;
  const auto filled = static_cast<std::size_t>(std::min(done, all) * kCells / all);
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done - std::min(known, done)) / seconds;
  const std::string left =
      rate > 0 ? ", " + duration(static_cast<double>(all - std::min(done, all)) / rate) + " left"
               : "";
  std::fprintf(stderr, "\r[%s%s] %llu of %llu %s, %.*f/s%s\033[K", std::string(filled, '#').c_str(),
               std::string(kCells - filled, '.').c_str(), static_cast<unsigned long long>(done),
               static_cast<unsigned long long>(all), what_.c_str(), rate < 10 ? 1 : 0, rate,
               left.c_str());
  std::fflush(stderr);
}

void check_writable(const std::string& path) {
  if (!std::ofstream(path, std::ios::binary | std::ios::app)) {
    throw base::UsageError("The file " + path + " cannot be written.");
  }
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw base::UsageError("The file " + path + " cannot be written.");
}

}  // namespace leyden::cli
