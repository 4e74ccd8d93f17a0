#pragma once

#include <string>

#include <yaml-cpp/yaml.h>

#include "models/base/parameter.h"
#include "platform/blocks/library.h"

namespace leyden::chip {

/// The macros' converter where it is a user's own: `converter` of a chip file.
struct OwnConverter {
  /// Scope of its parameters.
  static constexpr const char* kScope = "converter.parameters";

  std::string library;  ///< absolute path
  std::string class_name;
  const blocks::ConverterClass* made_by = nullptr;  ///< lives as long as the process
};

/// Reads `converter` of a chip file and opens the library. Parameters are left to the caller.
/// @throws base::UsageError with file, line, key path and what would be right
OwnConverter read_own_converter(const YAML::Node& node, const std::string& origin);

/// Makes it and hangs it where the macros look for it.
void attach_own_converter(const OwnConverter& converter, base::ParameterSet& parameters);

/// The keys but its parameters, as lines of a chip file.
std::string dump_own_converter(const OwnConverter& converter);

}  // namespace leyden::chip
