#include "models/cpu/translator/code_buffer.h"

#include <algorithm>

#include <sys/mman.h>

namespace leyden::cpu {
namespace {
constexpr std::size_t kAlignment = 32;
}  // namespace

CodeBuffer::CodeBuffer() {
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) begin_ = static_cast<std::uint8_t*>(memory);
}

CodeBuffer::~CodeBuffer() {
  if (begin_ != nullptr) munmap(begin_, kBytes);
}

void CodeBuffer::advance(std::size_t bytes) {
  used_ = std::min(kBytes, (used_ + bytes + kAlignment - 1) / kAlignment * kAlignment);
}

}  // namespace leyden::cpu
