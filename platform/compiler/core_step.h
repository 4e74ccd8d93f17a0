#pragma once

#include <cstdint>
#include <string>

#include "firmware/include/leyden/image.h"
#include "platform/compiler/job_words.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// The step of a layer on the core.
/// @param in_image offset of its constants in the image's data, where they have no place in LMEM
/// @throws base::UsageError naming the layer when a size does not fit its field
leyden_step core_step(const Plan& plan, std::size_t layer, const Operands& at,
                      std::uint32_t in_image);

/// Checks a step of unit LEYDEN_UNIT_CORE: kernel, shapes, and that all it reads and writes lies in
/// LMEM, its tables possibly in the image.
/// @throws base::UsageError that starts with `where`
void check_core_step(const leyden_step& step, const leyden_image_header& header,
                     const std::string& where);

}  // namespace leyden::compiler
