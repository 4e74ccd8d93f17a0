// What Verilator's run time calls when RTL stops the simulation (an assertion, $stop, $fatal,
// $finish). Its own versions abort the process or exit with status 0; here it is an error of the
// run. leyden_verilate() has them used.
#include <string>

#include <systemc>

#include "models/base/error.h"

namespace {

[[noreturn]] void stopped(const char* file, int line, const char* hierarchy,
                          const std::string& what) {
  const std::string path = file == nullptr ? "" : file;
  std::string place = path.substr(path.find_last_of('/') + 1);
  place = place.empty() ? "RTL" : place + ":" + std::to_string(line);
  if (hierarchy != nullptr && hierarchy[0] != '\0') place += " (" + std::string(hierarchy) + ")";
  throw leyden::base::ModelError(place + ": the RTL stopped the simulation at " +
                                 sc_core::sc_time_stamp().to_string() + ": " + what);
}

}  // namespace

// The names are Verilator's.
void vl_stop(const char* file, int line, const char* hierarchy) {
  stopped(file, line, hierarchy, "an assertion failed, or $stop was called");
}

void vl_fatal(const char* file, int line, const char* hierarchy, const char* message) {
  stopped(file, line, hierarchy, message);
}

void vl_finish(const char* file, int line, const char* hierarchy) {
  stopped(file, line, hierarchy, "$finish was called");
}
