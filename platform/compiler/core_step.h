#pragma once

#include <cstdint>
#include <string>

#include "firmware/include/leyden/image.h"

namespace leyden::compiler {

/// Checks a step of unit LEYDEN_UNIT_CORE: kernel, shapes, and that all it reads and writes lies in
/// LMEM, its tables possibly in the image.
/// @throws base::UsageError that starts with `where`
void check_core_step(const leyden_step& step, const leyden_image_header& header,
                     const std::string& where);

}  // namespace leyden::compiler
