#include "platform/blocks/library.h"

#include <dlfcn.h>

#include <cstring>
#include <filesystem>

#include "models/base/error.h"

namespace leyden::blocks {
namespace {

namespace fs = std::filesystem;
using base::UsageError;

/// What dlopen says, without the path that it begins with and its full stop.
std::string loader_reason(const std::string& path) {
  const char* text = dlerror();
  std::string reason = text == nullptr ? "no reason is known" : text;
  if (reason.compare(0, path.size() + 2, path + ": ") == 0) reason.erase(0, path.size() + 2);
  while (!reason.empty() && reason.back() == '.') reason.pop_back();
  return reason;
}

std::string advice() { return "; build it again with this leyden's CMake package"; }

/// Names of a list, for a sentence.
template <typename Class>
std::string names_of(const Class* first, std::vector<std::string>& names) {
  std::string text;
  for (const Class* entry = first; entry != nullptr; entry = entry->next) {
    names.emplace_back(entry->name);
    text += (text.empty() ? "" : ", ") + names.back();
  }
  return text;
}

template <typename Class>
const Class& find(const Class* first, const std::string& name, const std::string& path,
                  const std::string& where, const std::string& what, const std::string& macro) {
  std::vector<std::string> names;
  const std::string known = names_of(first, names);
  if (names.empty()) {
    throw UsageError(where + ": " + path + " has no " + what + "; it registers one with " + macro +
                     ".");
  }
  if (name.empty()) {
    if (names.size() == 1) return *first;
    throw UsageError(where + ": " + path + " has the classes " + known +
                     "; class must name one of them.");
  }
  for (const Class* entry = first; entry != nullptr; entry = entry->next) {
    if (name == entry->name) return *entry;
  }
  const std::string nearest = base::nearest_word(name, names);
  throw UsageError(where + ": " + path + " has no class " + name + ", only " + known +
                   (nearest.empty() ? "." : "; did you mean '" + nearest + "'?"));
}

}  // namespace

const Plugin& open_plugin(const std::string& path, const std::string& where) {
  const std::string full = fs::absolute(path).string();
  std::error_code ignored;
  if (!fs::is_regular_file(full, ignored)) {
    throw UsageError(where + ": there is no shared library " + full + ".");
  }
  void* library = dlopen(full.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw UsageError(where + ": " + full + " cannot be loaded: " + loader_reason(full) + advice() +
                     ".");
  }
  const auto function = reinterpret_cast<PluginFunction>(dlsym(library, kPluginFunction));
  if (function == nullptr) {
    throw UsageError(where + ": " + full +
                     " is no plug-in of leyden: it has no LEYDEN_BLOCK and no LEYDEN_CONVERTER.");
  }
  const Plugin* plugin = function();
  if (std::strcmp(plugin->interface, LEYDEN_PLUGIN_INTERFACE) != 0) {
    throw UsageError(where + ": " + full + " was made for " + plugin->interface +
                     ", but this is " LEYDEN_PLUGIN_INTERFACE + advice() + ".");
  }
  if (plugin->systemc != nullptr && std::strcmp(plugin->systemc, LEYDEN_SYSTEMC_VERSION) != 0) {
    throw UsageError(where + ": " + full + " was made for SystemC " + plugin->systemc +
                     ", but leyden runs on " LEYDEN_SYSTEMC_VERSION + advice() + ".");
  }
  return *plugin;
}

const BlockClass& find_block(const Plugin& plugin, const std::string& name, const std::string& path,
                             const std::string& where) {
  return find(plugin.blocks, name, path, where, "blocks", "LEYDEN_BLOCK");
}

const ConverterClass& find_converter(const Plugin& plugin, const std::string& name,
                                     const std::string& path, const std::string& where) {
  return find(plugin.converters, name, path, where, "converters", "LEYDEN_CONVERTER");
}

}  // namespace leyden::blocks
