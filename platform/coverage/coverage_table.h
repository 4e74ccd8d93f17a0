#pragma once

#include <string>

#include "platform/coverage/cover_points.h"

namespace leyden::coverage {

/// Groups with the share of their bins that was seen, and the total.
/// @param width  of the terminal, in characters
/// @param holes  also every point of which some bin was never seen, with those bins
std::string coverage_table(const Coverage& coverage, std::size_t width, bool holes);

/// The same and every bin as a page of Markdown.
std::string coverage_page(const Coverage& coverage);

}  // namespace leyden::coverage
