#include "tests/models/cim/chip_parameters.h"

#include <yaml-cpp/yaml.h>

#include "models/cim/parameters.h"

namespace leyden::cim::test {
namespace {

void read(const YAML::Node& node, const std::string& key, base::ParameterSet& set) {
  if (node["value"]) {
    set.set_text(key, node["value"].as<std::string>(),
                 base::parse_source(node["source"].as<std::string>(), key),
                 node["note"].as<std::string>(), "chip file");
    return;
  }
  for (const auto& child : node) read(child.second, key + "." + child.first.as<std::string>(), set);
}

}  // namespace

base::ParameterSet chip_parameters(const std::string& file) {
  base::ParameterSet set;
  set.declare("cim", macro_parameter_specs());
  read(YAML::LoadFile(file)["cim"], "cim", set);
  set.fill_absent();
  return set;
}

base::ParameterSet preset_parameters(const std::string& name) {
  return chip_parameters(LEYDEN_SOURCE_DIR "/configs/chips/" + name + ".yaml");
}

base::ParameterSet imagine_parameters() { return preset_parameters("imagine"); }

}  // namespace leyden::cim::test
