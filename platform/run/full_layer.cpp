#include "platform/run/full_layer.h"

#include <cmath>

#include "models/base/error.h"
#include "models/base/random.h"
#include "models/cim/parameters.h"
#include "platform/compiler/compile.h"
#include "platform/report/report.h"
#include "platform/run/network.h"
#include "platform/run/temporary_folder.h"
#include "platform/run/worker_pool.h"
#include "platform/run/worker_protocol.h"

namespace leyden::run {
namespace {

constexpr std::uint32_t kWeightStream = 0x30;
constexpr std::uint32_t kInputStream = 0x31;
constexpr char kInput[] = "codes";
constexpr char kOutput[] = "sums";
constexpr char kRectified[] = "activations";
constexpr char kClasses[] = "classes";  // a network ends in one pixel

/// The layer as a graph: convolution and ReLU, so that codes start at 0.
compiler::Graph graph_of(const cim::MacroParameters& macro, const FullLayer& layer) {
  compiler::Conv conv;
  const unsigned kernel = macro.page_rows() % 9 == 0 ? 3 : 1;
  conv.window.kernel_height = conv.window.kernel_width = kernel;
  conv.window.pad_top = conv.window.pad_left = kernel / 2;
  conv.window.pad_bottom = conv.window.pad_right = kernel / 2;
  conv.in_channels = macro.page_rows() / (kernel * kernel);
  conv.out_channels = macro.columns / macro.columns_per_output(layer.weight_bits);
  const std::size_t weights = std::size_t{macro.page_rows()} * conv.out_channels;
  const base::RandomStream random({layer.seed, 0, 0, 0, kWeightStream});
  for (std::size_t i = 0; i < weights; ++i) {
    conv.weight.push_back(static_cast<float>(2 * random.uniform(i) - 1));
  }
  conv.bias.assign(static_cast<std::size_t>(conv.out_channels), 0.0f);

  compiler::Graph graph;
  graph.name = "full-layer";
  graph.input = kInput;
  graph.output = kClasses;
  graph.shapes[kInput] = {conv.in_channels, layer.side, layer.side};
  graph.shapes[kOutput] = graph.shapes[kRectified] = {conv.out_channels, layer.side, layer.side};
  graph.nodes.push_back({"layer", "Conv", conv, {kInput}, kOutput});
  graph.shapes[kClasses] = {conv.out_channels, 1, 1};
  compiler::MaxPool pool;
  pool.window.kernel_height = pool.window.kernel_width = layer.side;
  graph.nodes.push_back({"relu", "Relu", compiler::Relu{}, {kOutput}, kRectified});
  graph.nodes.push_back({"pool", "MaxPool", pool, {kRectified}, kClasses});
  return graph;
}

compiler::NetworkFile file_of(const compiler::Graph& graph, const FullLayer& layer) {
  compiler::NetworkFile file;
  file.name = graph.name;
  const compiler::Shape& shape = graph.shape(kInput);
  file.input = {shape.height, shape.width, shape.channels, 1.0 / 255, 0};
  file.quantisation.weight_bits = layer.weight_bits;
  file.quantisation.activation_bits = layer.input_bits;
  // Four standard deviations of a sum of products of uniform weights and inputs.
  const double rows = static_cast<double>(shape.channels) * 9;
  file.activation_ranges[kRectified] = {0, 4 * std::sqrt(rows / 9)};
  return file;
}

std::vector<std::uint8_t> input_codes(std::size_t bytes, const FullLayer& layer) {
  std::vector<std::uint8_t> codes(bytes * layer.images);
  const base::RandomStream random({layer.seed, 0, 0, 0, kInputStream});
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(std::ldexp(random.uniform(i), 8));
  }
  return codes;
}

WorkerSums run_worker(const WorkerRequest& request) {
  std::optional<WorkerSums> sums;
  std::optional<WorkerError> error;
  run_workers(executable_path(), {{{"worker"}, encode(request)}},
              [&](std::size_t, const std::string& line) {
                WorkerMessage message = decode_message(line);
                if (message.sums) sums = std::move(message.sums);
                if (message.error) error = std::move(message.error);
              });
  if (error) throw base::Error(error->status, error->sentence);
  if (!sums) throw base::ModelError("The worker of the full layer ended without a result.");
  return *sums;
}

}  // namespace

nlohmann::ordered_json run_full_layer(const chip::ChipDescription& chip, const Resources& resources,
                                      const FullLayer& layer) {
  const compiler::Graph graph = graph_of(cim::read_macro_parameters(chip.parameters), layer);
  const compiler::CompileResult compiled =
      compiler::compile(graph, file_of(graph, layer), geometry_of(chip.parameters), {});
  const std::size_t bytes = compiled.plan.network.tensors[compiled.plan.network.input].bytes();
  const std::vector<std::uint8_t> inputs = input_codes(bytes, layer);

  const TemporaryFolder folder;
  WorkerRequest request;
  request.firmware = resources.firmware("infer");
  request.chip_text = chip::dump_chip_file(chip);
  request.chip_origin = chip.name;
  request.image_file = folder.write("network.image", compiled.image.data(), compiled.image.size());
  request.inputs_file = folder.write("inputs.bin", inputs.data(), inputs.size());
  request.input_bytes = bytes;
  request.count = layer.images;
  request.fidelity = base::Fidelity::kQuantised;
  request.quantum_ns = 1e6;
  request.max_cycles_per_image = 100'000'000;
  const WorkerSums sums = run_worker(request);

  report::RunFacts facts;
  facts.chip = chip.name;
  facts.network = graph.name;
  facts.images = layer.images;
  facts.layers = layer_facts(compiled.plan);
  facts.usage = sums.usage;
  facts.events = sums.events;
  facts.image_period_ps = sums.image_period_ps;
  facts.image_latency_ps = sums.image_latency_ps;
  facts.clock_mhz = chip.parameters.real("system.clock_mhz");
  facts.supply_v = chip.parameters.real("system.supply_v");
  const nlohmann::ordered_json made = report::make_report(facts);
  for (const auto& row : made.at("layers")) {
    if (row["name"] == "layer") return row;
  }
  throw base::ModelError("The report of the full layer has no row of the macro.");
}

}  // namespace leyden::run
