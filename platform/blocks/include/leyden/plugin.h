#pragma once

#include "platform/blocks/plugin.h"

// Included by plug-ins only: every one of them has its own list and its own function.
namespace leyden::blocks {

/// This plug-in. Hidden, so that no two plug-ins share one.
__attribute__((visibility("hidden"))) inline Plugin& this_plugin() {
  static Plugin plugin{LEYDEN_PLUGIN_INTERFACE};
  return plugin;
}

}  // namespace leyden::blocks

extern "C" __attribute__((weak, used, visibility("default"))) const leyden::blocks::Plugin*
leyden_plugin() {
  return &leyden::blocks::this_plugin();
}
