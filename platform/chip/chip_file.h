#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/base/parameter.h"
#include "platform/chip/own_blocks.h"
#include "platform/chip/own_converter.h"

namespace leyden::chip {

/// Declares the keys of one scope of a chip file ("cim", "lmem", ...).
struct Scope {
  std::string name;
  std::vector<base::ParameterSpec> specs;
  /// Groups of the scope that a file may leave out as a whole.
  std::vector<std::string> optional_groups;
};

/// A chip as its file (configs/chips/*.yaml) and `--set` describe it.
struct ChipDescription {
  std::string name;
  std::string text;  ///< one line: what the chip is
  base::ParameterSet parameters;
  std::optional<OwnConverter> converter;  ///< of the user's own, for the macros
  std::vector<OwnBlock> blocks;           ///< of the user's own, by name
};

using Overrides = std::vector<std::string>;  ///< "key=value" each

/// Reads a chip file. A file is nested maps of the keys that `scopes` declare; every leaf is a map
/// `{value, source, note}` with an optional `unit` that must be the declared one.
/// @throws base::UsageError (file, line, key path, what would be right): not YAML, unknown or
/// repeated key (with "did you mean"), leaf without provenance, value out of range, missing keys.
ChipDescription load_chip_file(const std::string& path, const std::vector<Scope>& scopes,
                               const Overrides& overrides = {});

/// The same from text; `origin` stands for the file in messages.
ChipDescription load_chip_text(const std::string& text, const std::string& origin,
                               const std::vector<Scope>& scopes, const Overrides& overrides = {});

/// The effective configuration as a chip file that load_chip_file reads back to equal parameters.
std::string dump_chip_file(const ChipDescription& chip);

}  // namespace leyden::chip
