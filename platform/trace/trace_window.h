#pragma once

#include <cstdint>
#include <string>

namespace leyden::trace {

/// What part of a run a trace shows (--trace-window): all of it, some images, or some cycles.
struct TraceWindow {
  enum class Kind { kAll, kImages, kCycles };

  Kind kind = Kind::kAll;
  std::uint64_t first = 0;
  std::uint64_t last = ~std::uint64_t{0};  ///< inclusive of images; the first one after of cycles

  /// "" (all), "IMAGE", "FIRST:LAST" (images, both inclusive) or "FROMc:TOc" (cycles, TO
  /// exclusive).
  /// @throws base::UsageError
  static TraceWindow parse(const std::string& text);
  /// @throws base::UsageError when images are meant that are not among `count` from `first_image`
  /// on
  void check_images(std::uint64_t first_image, std::uint64_t count) const;
};

/// The part of a trace that is under way: a range of cycles whose end may not be known yet.
class OpenWindow {
 public:
  explicit OpenWindow(const TraceWindow& window);

  void image_begins(std::uint32_t image, std::uint64_t cycle);
  void image_ends(std::uint32_t image, std::uint64_t cycle);
  /// Cuts a stretch of cycles to the window. @return false when nothing is left
  bool cut(std::uint64_t& start, std::uint64_t& end) const;
  bool holds(std::uint64_t cycle) const { return cycle >= from_ && cycle < to_; }
  /// Whether anything can still come.
  bool over(std::uint64_t cycle) const { return cycle >= to_; }
  std::uint64_t from() const { return from_; }
  std::uint64_t to() const { return to_; }

 private:
  const TraceWindow window_;
  std::uint64_t from_;
  std::uint64_t to_;
};

}  // namespace leyden::trace
