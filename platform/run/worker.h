#pragma once

#include <iosfwd>

namespace leyden::run {

/// The worker process: reads one request, elaborates a chip, serves its images and writes one
/// message a line. @return the exit status of the process
int run_worker(std::istream& request, std::ostream& results);

}  // namespace leyden::run
