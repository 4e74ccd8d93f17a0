#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "models/base/parameter.h"
#include "platform/blocks/library.h"

namespace leyden::chip {

/// One block of a user's own, as `blocks` of a chip file has it.
struct OwnBlock {
  std::string name;
  std::string library;  ///< absolute path
  std::string class_name;
  const blocks::BlockClass* made_by = nullptr;  ///< lives as long as the process
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  std::optional<unsigned> irq;  ///< source of the PLIC

  /// Scope of its parameters: "blocks.timer0.parameters".
  std::string scope() const { return "blocks." + name + ".parameters"; }
};

/// Reads `blocks` of a chip file and opens the libraries. Parameters are left to the caller.
/// @param origin the file, for messages; paths of libraries are relative to its folder
/// @throws base::UsageError with file, line, key path and what would be right
std::vector<OwnBlock> read_own_blocks(const YAML::Node& node, const std::string& origin);

/// Windows against the memory map and each other, interrupts against those of this chip's units.
/// @throws base::UsageError
void check_own_blocks(const std::vector<OwnBlock>& own, const base::ParameterSet& parameters);

/// The keys of a block but its parameters, as lines of a chip file below its name.
std::string dump_own_block(const OwnBlock& block);

}  // namespace leyden::chip
