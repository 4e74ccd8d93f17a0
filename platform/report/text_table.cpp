#include "platform/report/text_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <utility>

namespace leyden::report {
namespace {

constexpr std::size_t kLeastSentence = 24;  // narrower columns of sentences are not readable

/// Characters that are shown: those of UTF-8 sequences count once.
std::size_t length(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string blanks(width - std::min(width, length(text)), ' ');
  return right ? blanks + text : text + blanks;
}

void strip_end(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

std::string compact_number(double value) {
  if (value == 0) return "-";
  const char* suffix = "";
  double shown = value;
  for (const char* next : {"k", "M", "G", "T"}) {
    if (std::fabs(shown) < 10000) break;
    shown /= 1000;
    suffix = next;
  }
  const double size = std::fabs(shown);
  const bool whole = shown == std::floor(shown);
  const int decimals = size >= 1000 || whole ? 0 : size >= 100 ? 1 : size >= 0.1 ? 2 : 4;
  char text[32];
  if (size < 0.0001) {
    std::snprintf(text, sizeof text, "%.1e", shown);
  } else {
    std::snprintf(text, sizeof text, "%.*f%s", decimals, shown, suffix);
  }
  return text;
}

std::string wrapped(const std::string& text, std::size_t width, std::size_t indent) {
  std::string out;
  std::string line;
  bool has_word = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = std::min(text.find_first_not_of(' ', at), text.size());
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (begin == end) break;  // blanks at the end
    const std::string blanks = text.substr(at, begin - at);
    const std::string word = text.substr(begin, end - begin);
    if (has_word && length(line) + blanks.size() + length(word) > width) {
      out += line + "\n";
      line = std::string(indent, ' ') + word;
    } else {
      line += blanks + word;
    }
    has_word = true;
    at = end;
  }
  return out + line;
}

std::string fitted(const std::string& text, std::size_t width, std::size_t indent) {
  std::string out;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    out += (length(line) <= width ? line : wrapped(line, width, indent)) + "\n";
  }
  return out;
}

std::size_t TextTable::Column::width() const {
  std::size_t most = length(heading);
  for (const std::string& cell : cells) most = std::max(most, length(cell));
  return most;
}

void TextTable::add_column(std::string heading, Kind kind) {
  columns_.push_back({std::move(heading), kind, {}});
}

void TextTable::add_row(std::string name, std::vector<std::string> cells) {
  names_.cells.push_back(std::move(name));
  for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].cells.push_back(cells.at(i));
}

std::string TextTable::block(std::size_t first, std::size_t last, std::size_t width) const {
  std::string out;
  for (std::size_t row = 0; row <= names_.cells.size(); ++row) {  // the heading is the first one
    const auto cell = [row](const Column& column) {
      return row == 0 ? column.heading : column.cells[row - 1];
    };
    std::string line = padded(cell(names_), names_.width(), false);
    for (std::size_t i = first; i < last; ++i) {
      const Column& column = columns_[i];
      line += "  ";
      if (column.kind == Kind::kSentence) {
        const std::size_t indent = length(line);
        const std::string text = wrapped(cell(column), width - indent, 0);
        for (const char c : text)
          line += c == '\n' ? "\n" + std::string(indent, ' ') : std::string(1, c);
      } else {
        line += padded(cell(column), column.width(), column.kind == Kind::kNumber);
      }
    }
    strip_end(line);
    out += line + "\n";
  }
  return out;
}

std::string TextTable::text(std::size_t width) const {
  std::string out;
  for (std::size_t first = 0; first < columns_.size();) {
    std::size_t used = names_.width();
    std::size_t last = first;
    while (last < columns_.size()) {
      const Column& column = columns_[last];
      const std::size_t needed = column.kind == Kind::kSentence
                                     ? std::min(column.width(), kLeastSentence)
                                     : column.width();
      if (last != first && used + 2 + needed > width) break;
      used += 2 + needed;
      ++last;
    }
    if (first != 0) out += "\n";
    out += block(first, last, width);
    first = last;
  }
  return out;
}

}  // namespace leyden::report
