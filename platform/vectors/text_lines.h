#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leyden::vectors {

/// Reads a text line by line and tells of what is wrong with path and line.
class TextLines {
 public:
  TextLines(std::string_view text, std::string path) : rest_(text), path_(std::move(path)) {}

  /// @return false at the end of the text
  bool next(std::string_view& line);
  std::size_t number() const { return number_; }  ///< of the last line, from 1
  /// @throws base::UsageError "PATH, line N: WHAT."
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string_view rest_;
  std::string path_;
  std::size_t number_ = 0;
};

std::vector<std::string_view> split(std::string_view line, char separator);

/// The whole of a text as a number. @return false where it is none
bool parse_decimal(std::string_view text, std::uint64_t& value);
/// Digits without "0x". @return false where it is none or has over 64 bits
bool parse_hex(std::string_view text, std::uint64_t& value);
/// Two digits a byte, first byte first. @return false where it is not
bool parse_bytes(std::string_view text, std::vector<std::uint8_t>& bytes);
void append_byte(std::string& text, std::uint8_t byte);

/// A word in quotes for messages, cut where it is long and without control characters.
std::string in_quotes(std::string_view word);

}  // namespace leyden::vectors
