#include "platform/trace/vcd_writer.h"

#include "models/base/error.h"

namespace leyden::trace {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

/// Identifier codes are the printable characters ! to ~.
std::string code_of(std::size_t number) {
  constexpr std::size_t kCharacters = '~' - '!' + 1;
  std::string code;
  do {
    code += static_cast<char>('!' + number % kCharacters);
    number /= kCharacters;
  } while (number != 0);
  return code;
}

}  // namespace

VcdWriter::VcdWriter(const std::string& path, const std::vector<WaveSignal>& signals)
    : path_(path), file_(path, std::ios::binary) {
  buffer_ = "$version leyden " LEYDEN_VERSION
            " $end\n$timescale 1 ps $end\n"
            "$scope module leyden $end\n$scope module chip $end\n";
  std::string scope;
  for (const WaveSignal& signal : signals) {
    if (signal.scope != scope) {
      if (!scope.empty()) buffer_ += "$upscope $end\n";
      scope = signal.scope;
      buffer_ += "$scope module " + scope + " $end\n";
    }
    codes_.push_back(code_of(codes_.size()));
    bits_.push_back(signal.bits);
    buffer_ += "$var wire " + std::to_string(signal.bits) + " " + codes_.back() + " " + signal.name;
    if (signal.bits > 1) buffer_ += " [" + std::to_string(signal.bits - 1) + ":0]";
    buffer_ += " $end\n";
  }
  if (!scope.empty()) buffer_ += "$upscope $end\n";
  buffer_ += "$upscope $end\n$upscope $end\n$enddefinitions $end\n";
  file_ << buffer_ << std::flush;
  buffer_.clear();
  check();
}

void VcdWriter::check() const {
  if (!file_) throw base::UsageError("The waveform " + path_ + " cannot be written.");
}

void VcdWriter::start(std::uint64_t picoseconds, const std::vector<std::int64_t>& values) {
  time(picoseconds);
  buffer_ += "$dumpvars\n";
  for (std::size_t i = 0; i < values.size(); ++i) change(i, static_cast<std::uint64_t>(values[i]));
  buffer_ += "$end\n";
}

void VcdWriter::time(std::uint64_t picoseconds) {
  if (buffer_.size() > kBufferBytes) {
    file_ << buffer_;
    buffer_.clear();
  }
  buffer_ += '#' + std::to_string(picoseconds) + '\n';
}

void VcdWriter::change(std::size_t signal, std::uint64_t value) { change_wide(signal, {value, 0}); }

void VcdWriter::change_wide(std::size_t signal, const std::array<std::uint64_t, 2>& value) {
  const unsigned bits = bits_[signal];
  const auto bit_of = [&value](unsigned bit) {
    return static_cast<char>('0' + (value[bit / 64] >> bit % 64 & 1));
  };
  if (bits == 1) {
    buffer_ += bit_of(0);
  } else {
    // Leading zeros are left out: a reader extends with them.
    buffer_ += 'b';
    unsigned top = bits;
    while (top > 1 && bit_of(top - 1) == '0') --top;
    for (unsigned bit = top; bit-- > 0;) buffer_ += bit_of(bit);
    buffer_ += ' ';
  }
  (buffer_ += codes_[signal]) += '\n';
}

void VcdWriter::note(const std::string& text) { buffer_ += "$comment " + text + " $end\n"; }

void VcdWriter::finish() {
  file_ << buffer_;
  file_.close();
  check();
}

}  // namespace leyden::trace
