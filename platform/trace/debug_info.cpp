#include "platform/trace/debug_info.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "platform/trace/dwarf_handle.h"

namespace leyden::trace {
namespace {

/// Entries of the debug information looked through for one function.
constexpr unsigned kMostEntries = 1 << 20;

/// A compiler's path as reports show it.
std::string shown_path(const char* path, const char* folder) {
  std::string text = path == nullptr ? "" : path;
  // A folder that was mapped to a relative one says nothing that the path does not.
  if (!text.empty() && text[0] != '/' && folder != nullptr && folder[0] == '/') {
    text = std::string(folder) + "/" + text;
  }
  for (std::size_t at = text.find("/./"); at != std::string::npos; at = text.find("/./")) {
    text.erase(at, 2);
  }
  while (text.compare(0, 2, "./") == 0) text.erase(0, 2);
  return text;
}

const char* folder_of(Dwarf_Die* unit) {
  Dwarf_Attribute attribute;
  return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
}

/// A number that an attribute holds, 0 without it.
unsigned number_of(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_formudata(dwarf_attr_integrate(die, name, &attribute), &value) != 0) return 0;
  return static_cast<unsigned>(value);
}

std::string name_of(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  const char* name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));
  return name == nullptr ? "" : name;
}

/// A function and those inlined into it whose code contains an address, outermost first.
std::vector<Dwarf_Die> functions_around(const Dwarf_Die& function, Dwarf_Addr address) {
  std::vector<Dwarf_Die> found = {function};
  Dwarf_Die die = function;
  int more = dwarf_child(&found.back(), &die);
  // Damaged information may point at itself.
  for (unsigned seen = 0; more == 0 && seen < kMostEntries; ++seen) {
    const int tag = dwarf_tag(&die);
    const bool inlined = tag == DW_TAG_inlined_subroutine;
    Dwarf_Die present = die;
    if ((inlined || tag == DW_TAG_lexical_block) && dwarf_haspc(&present, address) == 1) {
      if (inlined) found.push_back(present);
      more = dwarf_child(&present, &die);
    } else {
      more = dwarf_siblingof(&present, &die);
    }
  }
  return found;
}

/// Whether the code of a sequence ends at the address of its row `i`: no instruction is there.
bool ends_at(Dwarf_Lines* lines, std::size_t count, std::size_t i, Dwarf_Addr address) {
  for (++i; i < count; ++i) {
    Dwarf_Line* line = dwarf_onesrcline(lines, i);
    Dwarf_Addr next = 0;
    bool is_end = false;
    if (dwarf_lineaddr(line, &next) != 0 || next != address) return false;
    if (dwarf_lineendsequence(line, &is_end) == 0 && is_end) return true;
  }
  return true;
}

/// Calls `visit` with each compilation unit.
template <class Visit>
void for_each_unit(::Dwarf* dwarf, const Visit& visit) {
  Dwarf_CU* unit = nullptr;
  Dwarf_Half version = 0;
  std::uint8_t type = 0;
  Dwarf_Die die;
  while (dwarf_get_units(dwarf, unit, &unit, &version, &type, &die, nullptr) == 0) visit(&die);
}

}  // namespace

DebugInfo::Dwarf::Dwarf(const std::string& path) : file(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (file >= 0) all = dwarf_begin(file, DWARF_C_READ);
  if (all != nullptr) frames = dwarf_getcfi(all);
}

DebugInfo::Dwarf::~Dwarf() {
  if (all != nullptr) dwarf_end(all);
  if (file >= 0) close(file);
}

DebugInfo::DebugInfo(const std::string& path, const chip::ElfProgram& program)
    : program_(program), dwarf_(std::make_unique<Dwarf>(path)) {
  if (dwarf_->all == nullptr) return;
  read_lines();
  read_functions();
}

DebugInfo::~DebugInfo() = default;

/// Functions the linker removed are left at address 0.
bool DebugInfo::in_program(std::uint64_t address) const {
  const auto holds = [&](const chip::ElfSegment& segment) {
    return address >= segment.address && address - segment.address < segment.memory_bytes;
  };
  return std::any_of(program_.segments().begin(), program_.segments().end(), holds);
}

std::uint32_t DebugInfo::file_index(const std::string& path) {
  const auto found = std::find(files_.begin(), files_.end(), path);
  if (found != files_.end()) return static_cast<std::uint32_t>(found - files_.begin());
  files_.push_back(path);
  return static_cast<std::uint32_t>(files_.size() - 1);
}

void DebugInfo::read_lines() {
  for_each_unit(dwarf_->all, [this](Dwarf_Die* unit) {
    Dwarf_Lines* lines = nullptr;
    std::size_t count = 0;
    if (dwarf_getsrclines(unit, &lines, &count) != 0) return;
    const char* folder = folder_of(unit);
    std::map<const char*, std::uint32_t> known;  // the library gives one pointer a file
    for (std::size_t i = 0; i + 1 < count; ++i) {
      Dwarf_Line* line = dwarf_onesrcline(lines, i);
      Dwarf_Addr first = 0;
      Dwarf_Addr end = 0;
      bool is_end = false;
      bool is_statement = false;
      int number = 0;
      dwarf_lineaddr(line, &first);
      dwarf_lineaddr(dwarf_onesrcline(lines, i + 1), &end);
      dwarf_lineendsequence(line, &is_end);
      dwarf_linebeginstatement(line, &is_statement);
      dwarf_lineno(line, &number);
      if (ends_at(lines, count, i, first)) continue;
      if (is_end || number <= 0 || !in_program(first) || end < first) continue;
      const char* source = dwarf_linesrc(line, nullptr, nullptr);
      if (source == nullptr) continue;
      const auto [place, added] = known.try_emplace(source, 0);
      if (added) place->second = file_index(shown_path(source, folder));
      rows_.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end),
                       place->second, static_cast<unsigned>(number), is_statement});
    }
  });
  std::stable_sort(rows_.begin(), rows_.end(),
                   [](const LineRow& a, const LineRow& b) { return a.first < b.first; });
}

void DebugInfo::read_functions() {
  for_each_unit(dwarf_->all, [this](Dwarf_Die* unit) {
    struct Context {
      DebugInfo* info;
      const char* folder;
    } context{this, folder_of(unit)};
    const auto visit = [](Dwarf_Die* die, void* argument) {
      auto& [info, folder] = *static_cast<Context*>(argument);
      Dwarf_Addr first = 0;
      Dwarf_Addr end = 0;
      if (dwarf_lowpc(die, &first) != 0 || dwarf_highpc(die, &end) != 0) return DWARF_CB_OK + 0;
      if (!info->in_program(first) || end <= first) return DWARF_CB_OK + 0;
      FunctionInfo function;
      function.die = dwarf_dieoffset(die);
      function.name = name_of(die);
      function.first = static_cast<std::uint32_t>(first);
      function.end = static_cast<std::uint32_t>(end);
      function.declared.file = shown_path(dwarf_decl_file(die), folder);
      int line = 0;
      dwarf_decl_line(die, &line);
      function.declared.line = line > 0 ? static_cast<unsigned>(line) : 0;
      info->functions_.push_back(function);
      return DWARF_CB_OK + 0;
    };
    dwarf_getfuncs(unit, visit, &context, 0);
  });
  std::stable_sort(functions_.begin(), functions_.end(),
                   [](const FunctionInfo& a, const FunctionInfo& b) { return a.first < b.first; });
}

const LineRow* DebugInfo::row_of(std::uint32_t address) const {
  auto above =
      std::upper_bound(rows_.begin(), rows_.end(), address,
                       [](std::uint32_t value, const LineRow& row) { return value < row.first; });
  // The last row of an address counts: those before it are empty.
  while (above != rows_.begin()) {
    --above;
    if (address < above->end) return &*above;
    if (address - above->first > 4096) break;  // no statement is that long
  }
  return nullptr;
}

std::vector<Frame> DebugInfo::frames_at(std::uint32_t address) const {
  SourceLine at;
  if (const LineRow* row = row_of(address)) at = {files_[row->file], row->line};
  std::vector<Frame> frames;
  Dwarf_Die unit;
  std::vector<Dwarf_Die> scopes;
  // By the list of functions: not every program has address ranges of its units.
  auto function =
      std::upper_bound(functions_.begin(), functions_.end(), address,
                       [](std::uint32_t value, const FunctionInfo& f) { return value < f.first; });
  if (function != functions_.begin() && address < (--function)->end) {
    Dwarf_Die die;
    if (dwarf_offdie(dwarf_->all, function->die, &die) != nullptr) {
      scopes = functions_around(die, address);
      dwarf_diecu(&die, &unit, nullptr, nullptr);
    }
  }
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    const bool inlined = dwarf_tag(&*scope) == DW_TAG_inlined_subroutine;
    frames.push_back({name_of(&*scope), at, inlined});
    if (!inlined) break;
    Dwarf_Files* files = nullptr;
    std::size_t known = 0;
    const unsigned file = number_of(&*scope, DW_AT_call_file);
    at = {};
    if (dwarf_getsrcfiles(&unit, &files, &known) == 0 && file < known) {
      at.file = shown_path(dwarf_filesrc(files, file, nullptr, nullptr), folder_of(&unit));
    }
    at.line = number_of(&*scope, DW_AT_call_line);
  }
  if (frames.empty() || frames.back().inlined) {
    // Assembly has lines but no function.
    const std::string symbol = program_.describe(address);
    frames.push_back({symbol.substr(0, symbol.find('+')), at, false});
  }
  return frames;
}

std::string to_string(const SourceLine& line) {
  if (line.file.empty() || line.line == 0) return line.file;
  return line.file + ":" + std::to_string(line.line);
}

}  // namespace leyden::trace
