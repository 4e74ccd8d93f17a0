#include "platform/trace/commit_log.h"

#include <string_view>

#include "models/base/error.h"
#include "models/cpu/csr.h"

namespace leyden::trace {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18;
constexpr std::string_view kHart = "core   0: ";

/// Appends 0x and two digits a byte.
void put_hex(std::string& out, std::uint32_t value, unsigned bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  char text[10] = {'0', 'x'};
  for (unsigned i = 2 * bytes; i > 0; --i, value >>= 4) text[i + 1] = kDigits[value & 15];
  out.append(text, 2 + 2 * bytes);
}

void put_csr(std::string& out, std::uint32_t number, std::uint32_t value) {
  const std::string_view name = cpu::csr_name(number);
  out += " c";
  out += std::to_string(number);
  out += '_';
  out += name.empty() ? "unknown-csr" : name;
  out += ' ';
  put_hex(out, value, 4);
}

}  // namespace

CommitLog::CommitLog(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  buffer_.reserve(kBufferBytes + 512);
  check();
}

void CommitLog::show_symbols(const chip::ElfProgram& program) {
  // Of several names of one address a function's counts, then the first.
  for (const chip::ElfSymbol& symbol : program.symbols()) {
    const auto [place, added] = symbols_.try_emplace(symbol.address, symbol.name);
    if (!added && symbol.size != 0) place->second = symbol.name;
  }
}

void CommitLog::retired(const cpu::Retired& event) {
  std::string& out = buffer_;
  if (!symbols_.empty()) {
    const auto symbol = symbols_.find(event.pc);
    if (symbol != symbols_.end()) {
      out += kHart;
      out += ">>>>  ";
      out += symbol->second;
      out += '\n';
    }
  }
  out += kHart;
  out += static_cast<char>('0' + event.privilege);
  out += ' ';
  put_hex(out, event.pc, 4);
  out += " (";
  put_hex(out, event.bits, event.length);
  out += ')';
  if (event.rd != 0) {
    out += " x";
    if (event.rd >= 10) out += static_cast<char>('0' + event.rd / 10);
    out += static_cast<char>('0' + event.rd % 10);
    if (event.rd < 10) out += ' ';
    out += ' ';
    put_hex(out, event.value, 4);
  }
  if (event.csr_written) {
    // Spike tells of both halves of the status when a trap is left.
    if (event.id == cpu::Id::kMret) put_csr(out, cpu::kMstatush, 0);
    put_csr(out, event.csr, event.csr_value);
  }
  if (event.access == cpu::MemoryAccess::kLoad || event.access == cpu::MemoryAccess::kAtomic) {
    out += " mem ";
    put_hex(out, event.address, 4);
  }
  if (event.access == cpu::MemoryAccess::kStore || event.access == cpu::MemoryAccess::kAtomic) {
    out += " mem ";
    put_hex(out, event.address, 4);
    out += ' ';
    put_hex(out, event.stored, event.bytes);
  }
  out += '\n';
  if (out.size() >= kBufferBytes) flush();
}

// Called while the chip runs: what went wrong shows in finish().
void CommitLog::flush() {
  file_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
}

void CommitLog::check() const {
  if (!file_) throw base::UsageError("The commit log " + path_ + " cannot be written.");
}

std::string CommitLog::finish() {
  flush();
  file_.flush();
  check();
  return "";
}

}  // namespace leyden::trace
