#pragma once

#include "platform/compiler/network_file.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// Sets the converters' ranges that a network file gives (`converter_ranges`, docs/chip-file.md:
/// cim.converter.range_bits): m = round(f 2^n), at least 1, of a layer, of every row part, or of
/// every output of every part.
/// @param plan network and mapping are set; `ranges` of its layers are filled in
/// @throws base::UsageError naming the key: a node that is no layer on macros, a chip whose ranges
///         are fixed, or a list that has not an entry for every part or output
void set_converter_ranges(Plan& plan, const NetworkFile& file);

}  // namespace leyden::compiler
