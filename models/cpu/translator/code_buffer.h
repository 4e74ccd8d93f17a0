#pragma once

#include <cstddef>
#include <cstdint>

namespace leyden::cpu {

/// Executable host memory, filled from the front and emptied as a whole. Its pages are taken when
/// first written.
class CodeBuffer {
 public:
  static constexpr std::size_t kBytes = 32 << 20;

  CodeBuffer();
  ~CodeBuffer();
  CodeBuffer(const CodeBuffer&) = delete;
  CodeBuffer& operator=(const CodeBuffer&) = delete;

  /// Whether the host gave such memory.
  bool exists() const { return begin_ != nullptr; }
  std::size_t free_bytes() const { return kBytes - used_; }
  /// Where the next code goes.
  std::uint8_t* next() const { return begin_ + used_; }
  void advance(std::size_t bytes);
  std::size_t used() const { return used_; }
  /// Empties it down to `bytes`.
  void shrink(std::size_t bytes) { used_ = bytes; }

 private:
  std::uint8_t* begin_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace leyden::cpu
