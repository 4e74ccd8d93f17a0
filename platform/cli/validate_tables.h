#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "platform/validate/validation.h"

namespace leyden::cli {

using Json = nlohmann::ordered_json;

// What `leyden validate` knows, as JSON; the tables print what the JSON holds.
Json figures_json(const validate::ChipResult& chip);
Json groups_json(const validate::Validation& validation);
/// Knobs that apply to the chip, or all for "".
Json knobs_json(const validate::Validation& validation, const std::string& chip);
/// What the model gives for a chip without published figures, and how far chips that the knobs had
/// not seen were off.
Json new_chip_json(const validate::Chip& chip, const validate::Library& library,
                   const validate::Validation& validation);

/// Figures of one system: with the knobs as stored, or with knobs that never saw the system.
/// Like all of them in `width` columns.
void print_figures(const Json& system, bool leave_one_out, std::size_t width);
void print_inconsistent(const Json& system, std::size_t width);
void print_groups(const Json& groups, std::size_t width);
void print_knobs(const Json& knobs, std::size_t width);
void print_new_chip(const Json& chip, std::size_t width);

}  // namespace leyden::cli
