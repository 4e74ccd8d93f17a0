#include "platform/trace/trace_window.h"

#include <algorithm>
#include <charconv>

#include "models/base/error.h"

namespace leyden::trace {
namespace {

constexpr std::uint64_t kNever = ~std::uint64_t{0};

/// A whole number at the front of a text, which is taken from it. @return false when there is none
bool take_number(std::string_view& text, std::uint64_t& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return true;
}

std::string images(std::uint64_t first, std::uint64_t last) {
  if (first == last) return "image " + std::to_string(first);
  return "images " + std::to_string(first) + " to " + std::to_string(last);
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

TraceWindow TraceWindow::parse(const std::string& text) {
  TraceWindow window;
  if (text.empty()) return window;
  std::string_view rest = text;
  bool good = take_number(rest, window.first);
  const bool cycles = good && take(rest, 'c');
  if (good && !cycles && rest.empty()) {
    window.last = window.first;
  } else {
    good = good && take(rest, ':') && take_number(rest, window.last) && take(rest, 'c') == cycles &&
           rest.empty();
  }
  if (!good) {
    throw base::UsageError("--trace-window is '" + text +
                           "'; right are an image (7), images (3:5, both shown) or cycles "
                           "(1000c:5000c, up to the second one).");
  }
  window.kind = cycles ? Kind::kCycles : Kind::kImages;
  if (window.last < window.first || (cycles && window.last == window.first)) {
    throw base::UsageError("--trace-window " + text + " is empty: it ends before it begins.");
  }
  return window;
}

void TraceWindow::check_images(std::uint64_t first_image, std::uint64_t count) const {
  if (kind != Kind::kImages || (first >= first_image && last < first_image + count)) return;
  throw base::UsageError(
      "--trace-window shows " + images(first, last) + ", but the traced worker has " +
      images(first_image, first_image + count - 1) + "; --jobs 1 has them all in one worker.");
}

OpenWindow::OpenWindow(const TraceWindow& window)
    : window_(window), from_(window.first), to_(window.last) {
  if (window.kind == TraceWindow::Kind::kImages) from_ = to_ = kNever;
}

void OpenWindow::image_begins(std::uint32_t image, std::uint64_t cycle) {
  if (window_.kind != TraceWindow::Kind::kImages || image != window_.first) return;
  from_ = cycle;
}

void OpenWindow::image_ends(std::uint32_t image, std::uint64_t cycle) {
  if (window_.kind != TraceWindow::Kind::kImages) return;
  // A run that goes on from a snapshot begins within an image.
  if (from_ == kNever && image == window_.first) return;
  if (image == window_.last) to_ = cycle;
}

bool OpenWindow::cut(std::uint64_t& start, std::uint64_t& end) const {
  start = std::max(start, from_);
  end = std::min(end, to_);
  return start < end;
}

}  // namespace leyden::trace
