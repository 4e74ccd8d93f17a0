#include "platform/trace/coverage.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

#include "models/base/error.h"

namespace leyden::trace {
namespace {

struct FileLines {
  std::map<unsigned, std::uint64_t> lines;
  std::set<unsigned> statements;  ///< lines with the beginning of a statement
  struct Function {
    unsigned line = 0;
    std::uint64_t count = 0;
  };
  std::map<std::string, Function> functions;
};

void put_file(std::ostream& out, const std::string& path, const FileLines& file) {
  out << "TN:\nSF:" << path << '\n';
  std::size_t hit = 0;
  for (const auto& [name, function] : file.functions) {
    out << "FN:" << function.line << ',' << name << '\n';
  }
  for (const auto& [name, function] : file.functions) {
    out << "FNDA:" << function.count << ',' << name << '\n';
    hit += function.count != 0 ? 1 : 0;
  }
  out << "FNF:" << file.functions.size() << "\nFNH:" << hit << '\n';
  hit = 0;
  for (const auto& [line, count] : file.lines) {
    out << "DA:" << line << ',' << count << '\n';
    hit += count != 0 ? 1 : 0;
  }
  out << "LF:" << file.lines.size() << "\nLH:" << hit << "\nend_of_record\n";
}

}  // namespace

Coverage::Coverage(const std::string& path, const std::string& program, const DebugInfo& debug)
    : path_(path), debug_(debug) {
  if (debug.rows().empty()) {
    throw base::UsageError(program +
                           " has no line table for --coverage; compile it with -g and keep it "
                           "(no strip).");
  }
  write_text("coverage file", path_, "");
}

std::string Coverage::finish() {
  std::map<std::string, FileLines> files;
  // Where a statement begins is what tells whether it ran: an optimiser moves the rest of its code
  // to places that run without it. Lines without a beginning count by what code they have.
  for (const bool statements : {true, false}) {
    for (const LineRow& row : debug_.rows()) {
      FileLines& file = files[debug_.files()[row.file]];
      if (row.is_statement != statements) continue;
      if (statements) file.statements.insert(row.line);
      if (!statements && (row.end == row.first || file.statements.count(row.line) != 0)) continue;
      std::uint64_t& count = file.lines[row.line];
      count = std::max(count, counts_.at(row.first));
    }
  }
  for (const FunctionInfo& function : debug_.functions()) {
    if (function.declared.line == 0 || function.name.empty()) continue;
    auto& entry = files[function.declared.file].functions[function.name];
    entry.line = function.declared.line;
    entry.count = std::max(entry.count, counts_.at(function.first));
  }
  std::ostringstream out;
  std::size_t found = 0;
  std::size_t hit = 0;
  for (const auto& [path, file] : files) {
    put_file(out, path, file);
    found += file.lines.size();
    for (const auto& [line, count] : file.lines) hit += count != 0 ? 1 : 0;
  }
  write_text("coverage file", path_, out.str());
  char text[96];
  std::snprintf(text, sizeof text, "%zu of %zu source lines executed (%.1f %%)\n", hit, found,
                found == 0 ? 0.0 : 100.0 * static_cast<double>(hit) / static_cast<double>(found));
  return text;
}

}  // namespace leyden::trace
