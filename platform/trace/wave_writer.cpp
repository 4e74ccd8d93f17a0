#include "platform/trace/wave_writer.h"

#include "models/base/error.h"
#include "platform/trace/fst_writer.h"
#include "platform/trace/vcd_writer.h"

namespace leyden::trace {

std::unique_ptr<WaveWriter> make_wave_writer(const std::string& path,
                                             const std::vector<WaveSignal>& signals) {
  check_wave_path(path);
  if (path.substr(path.size() - 4) == ".vcd") return std::make_unique<VcdWriter>(path, signals);
  return std::make_unique<FstWriter>(path, signals);
}

}  // namespace leyden::trace
