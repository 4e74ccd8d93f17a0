#include "platform/compiler/prepare.h"

#include "platform/compiler/equalise.h"
#include "platform/compiler/fold.h"

namespace leyden::compiler {

Graph prepare(const Graph& graph, const NetworkFile& file, const std::vector<Image>&) {
  Graph prepared = fold(graph);
  if (file.quantisation.equalise) {
    const std::size_t pairs = equalise(prepared, file);
    prepared.notes.push_back("equalised " + std::to_string(pairs) + " pairs of layers");
  }
  return prepared;
}

}  // namespace leyden::compiler
