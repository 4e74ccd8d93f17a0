#include "platform/run/network_errors.h"

#include "platform/run/data_set.h"

namespace leyden::run {

std::vector<compiler::LayerError> network_errors(const compiler::CompileResult& compiled,
                                                 const std::string& data_folder,
                                                 std::uint64_t images) {
  const DataSet data = load_data_set(data_folder, DataPart::kTraining, {0, images, true});
  std::vector<compiler::Image> list;
  for (std::size_t i = 0; i < data.size(); ++i) {
    list.emplace_back(data.image(i), data.image(i) + data.image_bytes());
  }
  return compiler::report_errors(compiled.plan, compiled.graph, list);
}

}  // namespace leyden::run
