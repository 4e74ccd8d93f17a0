#include "platform/report/report_file.h"

#include <yaml-cpp/yaml.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/base/error.h"
#include "platform/report/report.h"

namespace leyden::report {
namespace {

using base::UsageError;
using Json = nlohmann::ordered_json;

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad()) throw UsageError("The file " + path + " cannot be read.");
  return text.str();
}

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw UsageError(path + " is no report of leyden run: " + what + ".");
}

/// An object whose members are all finite numbers, `total` among them where it is wanted.
void check_numbers(const Json& row, const std::string& key, bool total, const std::string& path,
                   const std::string& where) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_object() || (total && !found->contains("total"))) {
    refuse(path, where + " has no " + key);
  }
  for (const auto& entry : found->items()) {
    if (!entry.value().is_number() || !std::isfinite(entry.value().get<double>())) {
      std::string sentence = where + " has a ";
      refuse(path,
             sentence.append(key).append(".").append(entry.key()).append(" that is no number"));
    }
  }
}

void check_row(const Json& row, const std::string& path, const std::string& where) {
  if (!row.is_object()) refuse(path, where + " is no object");
  check_numbers(row, "cycles", true, path, where);
  check_numbers(row, "energy_pj", true, path, where);
  for (const char* key : {"latency_ns", "macs", "mvms", "tiles"}) {
    const auto found = row.find(key);
    if (found != row.end() && !found->is_number()) {
      refuse(path, where + " has a " + key + " that is no number");
    }
  }
}

void check_report(const Json& json, const std::string& path) {
  if (!json.is_object() || !json.contains("schema_version")) {
    refuse(path, "it has no schema_version");
  }
  const Json& version = json["schema_version"];
  if (!version.is_number_integer() || version.get<int>() != kSchemaVersion) {
    throw UsageError(path + " has the schema version " + version.dump() +
                     ", but this leyden reads version " + std::to_string(kSchemaVersion) +
                     "; run it again with this version.");
  }
  for (const char* key : {"run", "chip", "total", "boot"}) {
    if (!json.contains(key) || !json[key].is_object()) {
      refuse(path, std::string("it has no ") + key);
    }
  }
  if (!json.contains("layers") || !json["layers"].is_array()) refuse(path, "it has no layers");
  for (const char* key : {"chip", "network"}) {
    if (!json["run"].contains(key) || !json["run"][key].is_string()) {
      refuse(path, std::string("its run has no ") + key);
    }
  }
  for (const Json& layer : json["layers"]) {
    if (!layer.is_object() || !layer.contains("name") || !layer["name"].is_string()) {
      refuse(path, "a layer has no name");
    }
    check_row(layer, path, "layer " + layer["name"].get<std::string>());
  }
  check_row(json["total"], path, "total");
  check_row(json["boot"], path, "boot");
  check_numbers(json, "chip", false, path, "it");
  if (json.contains("accuracy")) check_numbers(json, "accuracy", false, path, "it");
}

std::string one_line(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  YAML::Emitter out;
  out << YAML::Flow << node;
  std::string text = out.c_str();
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text;
}

void flatten(const YAML::Node& node, const std::string& key, Config& config) {
  if (!node.IsMap()) {
    config[key] = {one_line(node), ""};
    return;
  }
  if (node["value"]) {  // a leaf with its provenance
    config[key] = {one_line(node["value"]), node["unit"] ? node["unit"].as<std::string>("") : ""};
    return;
  }
  for (const auto& entry : node) {
    flatten(entry.second, (key.empty() ? "" : key + ".") + entry.first.as<std::string>(), config);
  }
}

Config read_config(const std::string& path) {
  try {
    const YAML::Node root = YAML::Load(read_text(path));
    if (!root.IsMap()) throw UsageError(path + " is no configuration: it holds no keys.");
    Config config;
    flatten(root, "", config);
    return config;
  } catch (const YAML::Exception& error) {
    throw UsageError(path + " is no YAML, line " + std::to_string(error.mark.line + 1) + ": " +
                     error.msg + ".");
  }
}

}  // namespace

ReportFile read_report_file(const std::string& path) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(path, error);
  if (!folder && !std::filesystem::exists(path, error)) {
    throw UsageError("There is no report " + path +
                     "; a folder that leyden run --report wrote would be right.");
  }
  const std::string file = folder ? path + "/report.json" : path;
  if (folder && !std::filesystem::exists(file, error)) {
    throw UsageError("The folder " + path +
                     " holds no report.json; one that leyden run --report wrote would be right.");
  }
  ReportFile report;
  report.path = path;
  try {
    report.json = Json::parse(read_text(file));
  } catch (const Json::exception&) {
    throw UsageError(file + " is no JSON; is it cut off?");
  }
  check_report(report.json, file);
  const std::string config = (std::filesystem::path(file).parent_path() / "config.yaml").string();
  if (std::filesystem::exists(config, error)) report.config = read_config(config);
  return report;
}

}  // namespace leyden::report
