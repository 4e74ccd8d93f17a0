#pragma once

#include <string>

#include <yaml-cpp/yaml.h>

namespace leyden::chip {

/// The one YAML document of a text. An empty text gives a node that is null.
/// @param origin begins the sentence @param what the text is: "a chip file"
/// @throws base::UsageError when it is not YAML or more than one document
YAML::Node yaml_document(const std::string& text, const std::string& origin,
                         const std::string& what);

}  // namespace leyden::chip
