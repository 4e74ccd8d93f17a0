#include "platform/trace/code_map.h"

#include <algorithm>

namespace leyden::trace {
namespace {

constexpr std::size_t kFirstFunction = 2;

}  // namespace

CodeMap::CodeMap(const chip::ElfProgram& program) {
  functions_ = {{"(no symbol)", 0, 0}, {"(sleep)", 0, 0}};
  std::vector<CodeFunction> sized;
  std::vector<chip::ElfSymbol> labels;
  for (const chip::ElfSymbol& symbol : program.symbols()) {
    if (symbol.size == 0) {
      labels.push_back(symbol);
    } else if (sized.empty() || symbol.address >= sized.back().end) {
      sized.push_back({symbol.name, symbol.address, symbol.address + symbol.size});
    }
  }
  std::size_t next = 0;  // of the sized ones
  for (const chip::ElfSegment& segment : program.segments()) {
    const std::uint32_t end = segment.address + segment.memory_bytes;
    for (auto label = labels.begin(); label != labels.end(); ++label) {
      if (label->address < segment.address || label->address >= end) continue;
      while (next < sized.size() && sized[next].end <= label->address) ++next;
      if (next < sized.size() && sized[next].first <= label->address) continue;
      std::uint32_t limit = end;
      if (next < sized.size()) limit = std::min(limit, sized[next].first);
      const auto after = std::find_if(label, labels.end(), [&](const chip::ElfSymbol& other) {
        return other.address > label->address;
      });
      if (after != labels.end()) limit = std::min(limit, after->address);
      if (functions_.size() > kFirstFunction && functions_.back().first == label->address) continue;
      functions_.push_back({label->name, label->address, limit});
    }
  }
  functions_.insert(functions_.end(), sized.begin(), sized.end());
  std::stable_sort(functions_.begin() + kFirstFunction, functions_.end(),
                   [](const CodeFunction& a, const CodeFunction& b) { return a.first < b.first; });
}

CodeMap::Index CodeMap::function_of(std::uint32_t pc) const {
  const auto above = std::upper_bound(
      functions_.begin() + kFirstFunction, functions_.end(), pc,
      [](std::uint32_t value, const CodeFunction& function) { return value < function.first; });
  if (above == functions_.begin() + kFirstFunction) return kNowhere;
  const CodeFunction& function = *(above - 1);
  if (pc >= function.end) return kNowhere;
  return static_cast<Index>(above - 1 - functions_.begin());
}

}  // namespace leyden::trace
