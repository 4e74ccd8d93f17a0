#pragma once

#include <string_view>

namespace leyden::report {

/// A file of platform/report/page, or "chart.js", as embedded when the program was built
/// (cmake/embed_files.cmake). @throws base::ModelError when there is none of that name
std::string_view page_file(std::string_view name);

}  // namespace leyden::report
