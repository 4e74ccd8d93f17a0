#include "platform/chip/own_converter.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <vector>

#include "models/base/error.h"
#include "platform/blocks/converter.h"

namespace leyden::chip {
namespace {

namespace fs = std::filesystem;
using base::UsageError;

const std::vector<std::string> kKeys = {"library", "class", "parameters"};

}  // namespace

OwnConverter read_own_converter(const YAML::Node& node, const std::string& origin) {
  const auto where = [&](const YAML::Node& at) {
    return origin + ":" + std::to_string(at.Mark().line + 1);
  };
  if (!node.IsMap() || !node["library"]) {
    throw UsageError(where(node) + ": converter must be a map with the key library.");
  }
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const std::string key = entry.first.IsScalar() ? entry.first.as<std::string>() : "";
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      const std::string nearest = base::nearest_word(key, kKeys);
      throw UsageError(where(entry.first) + ": the key converter." + key + " is unknown; " +
                       (nearest.empty() ? "a converter has library, class and parameters."
                                        : "did you mean '" + nearest + "'?"));
    }
    if (!seen.insert(key).second) {
      throw UsageError(where(entry.first) + ": the key converter." + key + " is given twice.");
    }
    if (key != "parameters" && (!entry.second.IsScalar() || entry.second.Scalar().empty())) {
      throw UsageError(where(entry.first) + ": converter." + key + " must be one value.");
    }
  }
  OwnConverter converter;
  converter.library = fs::absolute(fs::path(origin).parent_path() / node["library"].Scalar())
                          .lexically_normal()
                          .string();
  const std::string at = where(node["library"]) + ": converter.library";
  converter.made_by =
      &blocks::find_converter(blocks::open_plugin(converter.library, at),
                              node["class"] ? node["class"].Scalar() : "", converter.library, at);
  converter.class_name = converter.made_by->name;
  return converter;
}

void attach_own_converter(const OwnConverter& converter, base::ParameterSet& parameters) {
  try {
    const std::shared_ptr<const cim::OwnConverter> made(converter.made_by->make({parameters}));
    parameters.attach("cim.converter", made);
  } catch (const base::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw base::ModelError("converter: " + converter.class_name +
                           " cannot be made: " + error.what() + ".");
  }
}

std::string dump_own_converter(const OwnConverter& converter) {
  std::string library;
  for (const char c : converter.library) {
    if (c == '"' || c == '\\') library += '\\';
    library += c;
  }
  return "converter:\n  library: \"" + library + "\"\n  class: \"" + converter.class_name + "\"\n";
}

}  // namespace leyden::chip
