#pragma once

#include <filesystem>

#include <onnx/onnx_pb.h>

namespace leyden::compiler {

/// Brings the data of tensors that lies in files beside the model (external_data: location, offset,
/// length) into the model: of initialisers and Constant nodes. The files must lie inside the
/// model's folder, links followed.
/// @param folder of the model; empty: it has none
/// @throws base::UsageError one sentence naming the constant
void take_in_external_data(onnx::GraphProto& graph, const std::filesystem::path& folder);

}  // namespace leyden::compiler
