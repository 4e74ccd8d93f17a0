#pragma once

#include "leyden/plugin.h"
#include "platform/blocks/block.h"

namespace leyden::blocks {

/// Puts a class into this plug-in's list when the library is loaded.
template <typename Class>
class BlockRegistrar {
 public:
  explicit BlockRegistrar(const char* name)
      : class_{name, &Class::parameters, &make, this_plugin().blocks} {
    this_plugin().blocks = &class_;
    this_plugin().systemc = LEYDEN_TEXT(SC_VERSION_MAJOR) "." LEYDEN_TEXT(
        SC_VERSION_MINOR) "." LEYDEN_TEXT(SC_VERSION_PATCH);
  }

 private:
  static Part* make(const Setup& setup) { return new Class(setup); }

  BlockClass class_;
};

}  // namespace leyden::blocks

/// Once a class, in a source file outside of any namespace: LEYDEN_BLOCK("my_timer", MyTimer). The
/// class is a blocks::Part with the constructor (const blocks::Setup&); `name` is what the chip
/// file's `class` says.
#define LEYDEN_BLOCK(name, Class) \
  static const ::leyden::blocks::BlockRegistrar<Class> leyden_block_registrar_##Class(name)
