#pragma once

#include <string>
#include <vector>

#include "platform/blocks/plugin.h"

namespace leyden::blocks {

/// Opens a plug-in and checks that it fits this program. It stays loaded until the process ends:
/// objects of its classes outlive whoever asked for it.
/// @param path   the shared library, absolute or relative to the current folder
/// @param where  begins the sentence: "chip.yaml:4: blocks.timer0.library"
/// @throws base::UsageError: no such file, no shared library, something it needs is missing, no
/// plug-in, made for another version of leyden, compiler or SystemC
const Plugin& open_plugin(const std::string& path, const std::string& where);

/// The class of a name, or the only one when the name is "".
/// @throws base::UsageError naming those it has
const BlockClass& find_block(const Plugin& plugin, const std::string& name, const std::string& path,
                             const std::string& where);
const ConverterClass& find_converter(const Plugin& plugin, const std::string& name,
                                     const std::string& path, const std::string& where);

}  // namespace leyden::blocks
