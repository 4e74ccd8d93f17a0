#include "platform/run/network.h"

#include <algorithm>
#include <filesystem>

#include "models/base/error.h"
#include "models/cim/parameters.h"
#include "platform/compiler/onnx_import.h"
#include "platform/compiler/qdq_fit.h"

namespace leyden::run {

compiler::ChipGeometry geometry_of(const base::ParameterSet& parameters) {
  const auto whole = [&](const char* key) {
    return static_cast<unsigned>(parameters.integer(key));
  };
  const cim::MacroParameters macro = cim::read_macro_parameters(parameters);
  if (macro.post.kind == cim::PostKind::kNone) {
    throw base::UsageError(
        "cim.post.kind is none, but every output of a network takes a gain and an offset of its "
        "own; abn, digital_scale or adder_tree would be right");
  }
  compiler::ChipGeometry geometry;
  geometry.rows = whole("cim.rows");
  geometry.columns = whole("cim.columns");
  geometry.rows_per_unit = whole("cim.rows_per_unit");
  geometry.abn_entries = whole("cim.abn_entries");
  geometry.range_shift = macro.output_range_shift();
  geometry.macros = whole("system.macros");
  geometry.input_bits = whole("cim.input_bits");
  geometry.weight_bits = whole("cim.weight_bits");
  geometry.output_bits = macro.output_bits(false);
  geometry.partial_bits = std::min(macro.output_bits(true), compiler::kMostPartialBits);
  geometry.pages = macro.cells.pages;
  geometry.cell_bits = macro.cells.bits;
  geometry.representation = macro.cells.representation;
  geometry.combining = {macro.post.digital(),
                        macro.combine.inputs == cim::CombineKind::kDigital,
                        macro.combine.columns == cim::CombineKind::kDigital,
                        macro.drive.bits,
                        macro.dot_product.rows_active,
                        macro.convert.bits,
                        macro.convert.range_shift,
                        macro.convert.range_bits};
  geometry.own_converter = macro.convert.own;
  geometry.lmem_bank_bytes = whole("lmem.bank_bytes");
  geometry.lmem_banks = 2;
  compiler::check_geometry(geometry);
  return geometry;
}

compiler::NetworkFile load_network(const std::string& path, const DataSet& like,
                                   const InputCodes& codes) {
  if (std::filesystem::path(path).extension() != ".onnx") {
    if (codes.scale || codes.zero_point) {
      throw base::UsageError(
          "--input-scale and --input-zero-point are for an ONNX file alone; network file " + path +
          " has input.scale and input.zero_point.");
    }
    return compiler::load_network_file(path);
  }
  compiler::NetworkFile file;
  file.name = std::filesystem::path(path).stem().string();
  file.onnx = path;
  file.input.height = static_cast<std::int64_t>(like.height);
  file.input.width = static_cast<std::int64_t>(like.width);
  file.input.channels = static_cast<std::int64_t>(like.channels);
  compiler::InputFormat stated;
  const bool coded = compiler::input_of_codes(compiler::import_onnx(path), stated);
  file.input.scale = codes.scale.value_or(coded ? stated.scale : 1.0 / 255);
  file.input.zero_point = codes.zero_point.value_or(coded && !codes.scale ? stated.zero_point : 0);
  file.data_format = like.format;
  return file;
}

void check_size(const DataSet& data, const std::string& folder, const std::string& network,
                const compiler::Shape& shape) {
  const auto same = [](std::size_t have, std::int64_t want) {
    return static_cast<std::int64_t>(have) == want;
  };
  if (same(data.height, shape.height) && same(data.width, shape.width) &&
      same(data.channels, shape.channels)) {
    return;
  }
  const auto size = [](auto height, auto width, auto channels) {
    return std::to_string(height) + " x " + std::to_string(width) + " x " +
           std::to_string(channels);
  };
  throw base::UsageError("The images of " + folder + " are " +
                         size(data.height, data.width, data.channels) +
                         " (height, width, channels), but network " + network + " takes " +
                         size(shape.height, shape.width, shape.channels) + ".");
}

NetworkData load_network_data(const std::string& path, const std::string& data_folder,
                              std::uint64_t images, const std::vector<std::string>& quantise,
                              const InputCodes& codes) {
  const DataSet training = load_data_set(data_folder, DataPart::kTraining, {0, images, true});
  NetworkData data;
  data.file = load_network(path, training, codes);
  data.file.quantisation.set_all(quantise, "--quantise");
  check_size(training, data_folder, data.file.name,
             {data.file.input.channels, data.file.input.height, data.file.input.width});
  for (std::size_t i = 0; i < training.size(); ++i) {
    data.calibration.emplace_back(training.image(i), training.image(i) + training.image_bytes());
  }
  return data;
}

compiler::CompileResult compile_network(const std::string& path,
                                        const base::ParameterSet& parameters,
                                        const std::string& data_folder, std::uint64_t images,
                                        const std::vector<std::string>& quantise,
                                        const InputCodes& codes, const MappingRequest& mapping) {
  const NetworkData data = load_network_data(path, data_folder, images, quantise, codes);
  const compiler::CostParameters cost = compiler::read_cost_parameters(parameters);
  compiler::CompileOptions options;
  options.cost = &cost;
  options.search = mapping.objective != "none";
  options.objective =
      mapping.objective == "energy" ? compiler::Objective::kEnergy : compiler::Objective::kLatency;
  options.mapping_file = mapping.file;
  return compiler::compile(data.file, geometry_of(parameters), data.calibration, options);
}

std::vector<report::LayerFacts> layer_facts(const compiler::Plan& plan) {
  std::vector<report::LayerFacts> facts;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const compiler::QuantLayer& layer = plan.network.layers[i];
    const compiler::LayerPlan& placed = plan.layers[i];
    report::LayerFacts fact;
    fact.number = static_cast<std::uint32_t>(i);
    fact.name = layer.name;
    fact.kind = compiler::to_string(layer.kind);
    fact.macs = placed.macs;
    fact.mvms = placed.mvms;
    fact.tiles = placed.mapping.tiles.size();
    fact.array_utilisation = plan.fill(i);
    fact.array_share = plan.occupancy(i);
    fact.input_bits = plan.network.tensors[layer.inputs.front()].bits;
    fact.weight_bits = layer.weight_bits;
    facts.push_back(fact);
  }
  return facts;
}

}  // namespace leyden::run
