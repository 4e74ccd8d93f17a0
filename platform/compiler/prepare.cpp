#include "platform/compiler/prepare.h"

#include "platform/compiler/equalise.h"
#include "platform/compiler/fold.h"
#include "platform/compiler/reshape.h"

namespace leyden::compiler {

Graph prepare(const Graph& graph, const NetworkFile& file, const std::vector<Image>& calibration,
              const ChipGeometry& geometry) {
  Graph prepared = fold(graph);
  if (file.quantisation.equalise) {
    const std::size_t pairs = equalise(prepared, file);
    prepared.notes.push_back("equalised " + std::to_string(pairs) + " pairs of layers");
  }
  if (file.quantisation.reshape == Reshaping::kOn) {
    for (const std::string& note : reshape(prepared, file, calibration, geometry)) {
      prepared.notes.push_back(note);
    }
  }
  return prepared;
}

}  // namespace leyden::compiler
