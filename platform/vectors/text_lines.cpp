#include "platform/vectors/text_lines.h"

#include <charconv>

#include "models/base/error.h"

namespace leyden::vectors {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

template <int kBase>
bool parse(std::string_view text, std::uint64_t& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, kBase);
  return !text.empty() && error == std::errc() && stop == end;
}

int digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

}  // namespace

bool TextLines::next(std::string_view& line) {
  if (rest_.empty()) return false;
  const std::size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  ++number_;
  return true;
}

void TextLines::fail(const std::string& what) const {
  throw base::UsageError(path_ + ", line " + std::to_string(number_) + ": " + what + ".");
}

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = line.find(separator);
    parts.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return parts;
    line = line.substr(end + 1);
  }
}

bool parse_decimal(std::string_view text, std::uint64_t& value) { return parse<10>(text, value); }

bool parse_hex(std::string_view text, std::uint64_t& value) { return parse<16>(text, value); }

bool parse_bytes(std::string_view text, std::vector<std::uint8_t>& bytes) {
  if (text.size() % 2 != 0) return false;
  bytes.resize(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

void append_byte(std::string& text, std::uint8_t byte) {
  text += kDigits[byte >> 4];
  text += kDigits[byte & 15];
}

std::string in_quotes(std::string_view word) {
  constexpr std::size_t kMost = 40;
  std::string text = "'";
  for (const char character : word.substr(0, kMost)) {
    text += character >= ' ' && character < 127 ? character : '?';
  }
  return text + (word.size() > kMost ? "...'" : "'");
}

}  // namespace leyden::vectors
