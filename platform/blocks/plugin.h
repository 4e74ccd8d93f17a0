#pragma once

#include <string>
#include <vector>

#include "leyden/interface_version.h"
#include "models/base/parameter.h"

/// What leyden and a plug-in, a shared library with blocks or converters of a user's own, must have
/// in common to understand each other: the version of leyden's headers, and what of the compiler
/// shows in the layout of objects. Compiled into both.
#define LEYDEN_TEXT_OF(x) #x
#define LEYDEN_TEXT(x) LEYDEN_TEXT_OF(x)
#if defined(__SANITIZE_ADDRESS__)
#define LEYDEN_SANITIZED ", address sanitizer"
#elif defined(__SANITIZE_THREAD__)
#define LEYDEN_SANITIZED ", thread sanitizer"
#else
#define LEYDEN_SANITIZED ""
#endif
#define LEYDEN_PLUGIN_INTERFACE \
  LEYDEN_INTERFACE_VERSION      \
  ", C++ ABI " LEYDEN_TEXT(__GXX_ABI_VERSION) " with C++ " LEYDEN_TEXT(__cplusplus) LEYDEN_SANITIZED

namespace leyden::blocks {

class Part;
struct Setup;
class Converter;
struct ConverterSetup;

/// One class of blocks in a plug-in (LEYDEN_BLOCK). They form a list.
struct BlockClass {
  const char* name;
  std::vector<base::ParameterSpec> (*parameters)();
  Part* (*make)(const Setup& setup);
  const BlockClass* next;
};

/// One class of converters (LEYDEN_CONVERTER), in a list of theirs.
struct ConverterClass {
  const char* name;
  std::vector<base::ParameterSpec> (*parameters)();
  Converter* (*make)(const ConverterSetup& setup);
  const ConverterClass* next;
};

/// What a plug-in tells of itself: the result of its function `leyden_plugin`, which
/// platform/blocks/include/leyden/*.h define. `interface` stays the first member for good; the rest
/// is looked at when it is LEYDEN_PLUGIN_INTERFACE.
struct Plugin {
  const char* interface;
  const char* systemc = nullptr;  ///< release that blocks were compiled against; nullptr: no blocks
  const BlockClass* blocks = nullptr;
  const ConverterClass* converters = nullptr;
};

using PluginFunction = const Plugin* (*)();
inline constexpr const char* kPluginFunction = "leyden_plugin";

}  // namespace leyden::blocks
