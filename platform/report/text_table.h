#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace leyden::report {

/// Four significant digits, thousands as k, M, G; 0 as "-".
std::string compact_number(double value);

/// Breaks a line between words; blanks within a line stay as they are.
/// @param indent  blanks before every line but the first
/// @return lines of at most `width` characters (a longer word apart), without a final newline
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent);

/// Every line of a text as wrapped(); a line that fits stands as it is.
std::string fitted(const std::string& text, std::size_t width, std::size_t indent);

/// A table for a terminal: a first column of names, columns of numbers aligned right or of words
/// aligned left, and at most one column of sentences, the last, which is broken into lines.
class TextTable {
 public:
  enum class Kind {
    kNumber,    ///< aligned right
    kWord,      ///< aligned left
    kSentence,  ///< aligned left, broken to fit; the last column only
  };

  explicit TextTable(std::string names) : names_{std::move(names), Kind::kWord, {}} {}

  void add_column(std::string heading, Kind kind = Kind::kNumber);
  /// @param cells  as many as there are columns behind the names
  void add_row(std::string name, std::vector<std::string> cells);
  bool empty() const { return names_.cells.empty(); }

  /// No line is longer than `width` unless a word is. Columns that do not fit beside the others
  /// come in a further block, each beside the names.
  std::string text(std::size_t width) const;

 private:
  struct Column {
    std::string heading;
    Kind kind;
    std::vector<std::string> cells;

    std::size_t width() const;
  };
  /// Columns [first, last) beside the names.
  std::string block(std::size_t first, std::size_t last, std::size_t width) const;

  Column names_;
  std::vector<Column> columns_;
};

}  // namespace leyden::report
