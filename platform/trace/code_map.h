#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/chip/elf/elf_loader.h"

namespace leyden::trace {

/// A stretch of code that is one function.
struct CodeFunction {
  std::string name;
  std::uint32_t first = 0;
  std::uint32_t end = 0;  ///< exclusive
};

/// Which function an address belongs to, from a program's symbols. Symbols with a size cover that
/// much; labels without (assembly) cover what is left up to the next symbol.
class CodeMap {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNowhere = 0;  ///< code outside every symbol
  static constexpr Index kSleep = 1;    ///< no code: the core sleeps

  explicit CodeMap(const chip::ElfProgram& program);

  Index function_of(std::uint32_t pc) const;
  const CodeFunction& function(Index index) const { return functions_[index]; }
  std::size_t size() const { return functions_.size(); }

 private:
  std::vector<CodeFunction> functions_;  ///< from index 2 on by address, apart from each other
};

}  // namespace leyden::trace
