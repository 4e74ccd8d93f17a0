// Drives the compiler for the Python tests:
//   compiler_tool float NETWORK.onnx INPUT.f32 OUTPUT.f32      float executor, images CHW
//   compiler_tool floats LIST           the same for each line "NETWORK INPUT OUTPUT" of a file;
//       writes a line for each: its error, or nothing
//   values compiler_tool compile NETWORK.yaml GEOMETRY.json IMAGES.u8 OUT
//       compiles, with the images (HWC codes, one after the other) for calibration; writes
//       OUT/image.bin, OUT/plan.json, OUT/errors.json (the error of each layer), OUT/ideal.bin and
//       OUT/quantised.bin (all layers' codes of each image) and OUT/float.f32 (the float network's
//       output of each image)
//   compiler_tool read IMAGE.bin                               checks an image
// An error is one sentence on standard error and exit status 2.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "platform/compiler/compile.h"
#include "platform/compiler/error_report.h"
#include "platform/compiler/float_executor.h"
#include "platform/compiler/image_reader.h"
#include "platform/compiler/onnx_import.h"
#include "platform/compiler/reference.h"

namespace {

namespace lc = leyden::compiler;
using nlohmann::json;

std::string slurp(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void spill(const std::filesystem::path& path, const void* data, std::size_t bytes) {
  std::ofstream(path, std::ios::binary)
      .write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
}

lc::ChipGeometry read_geometry(const std::filesystem::path& path) {
  const json j = json::parse(slurp(path));
  lc::ChipGeometry g;
  g.rows = j.value("rows", g.rows);
  g.columns = j.value("columns", g.columns);
  g.rows_per_unit = j.value("rows_per_unit", g.rows_per_unit);
  g.abn_entries = j.value("abn_entries", g.abn_entries);
  g.range_shift = j.value("range_shift", g.range_shift);
  g.macros = j.value("macros", g.macros);
  g.input_bits = j.value("input_bits", g.input_bits);
  g.weight_bits = j.value("weight_bits", g.weight_bits);
  g.output_bits = j.value("output_bits", g.output_bits);
  g.partial_bits = j.value("partial_bits", g.partial_bits);
  g.pages = j.value("pages", g.pages);
  g.cell_bits = j.value("cell_bits", g.cell_bits);
  g.representation = static_cast<leyden::cim::Representation>(j.value("representation", 0));
  if (j.contains("combining")) {
    const json& c = j["combining"];
    g.combining = {true,
                   c.at("inputs"),
                   c.at("columns"),
                   c.at("digit_bits"),
                   c.at("rows_active"),
                   c.at("converter_bits"),
                   c.at("range_shift"),
                   c.value("range_bits", 0u)};
  }
  g.lmem_bank_bytes = j.value("lmem_bank_bytes", g.lmem_bank_bytes);
  g.lmem_banks = j.value("lmem_banks", g.lmem_banks);
  return g;
}

json tile_json(const lc::Tile& t) {
  return {{"part", t.part},
          {"group_first", t.group_first},
          {"group_count", t.group_count},
          {"window_first", t.window_first},
          {"window_count", t.window_count},
          {"output_first", t.output_first},
          {"output_count", t.output_count},
          {"units", t.units},
          {"columns", t.columns},
          {"macro", t.macro},
          {"unit_first", t.unit_first},
          {"column_first", t.column_first},
          {"abn_first", t.abn_first},
          {"resident", t.resident}};
}

json layer_json(const lc::Plan& plan, std::size_t i) {
  const lc::QuantLayer& layer = plan.network.layers[i];
  const lc::LayerPlan& made = plan.layers[i];
  const lc::Window& w = layer.window;
  json j{{"name", layer.name},
         {"kind", lc::to_string(layer.kind)},
         {"inputs", layer.inputs},
         {"output", layer.output},
         {"weight_bits", layer.weight_bits},
         {"macs", made.macs},
         {"mvms", made.mvms},
         {"groups", layer.groups},
         {"dilation", {w.dilation_y, w.dilation_x}},
         {"parts", made.mapping.parts},
         {"units", made.mapping.units},
         {"converter_bits", made.converter_bits},
         {"chunk_rows", made.memory.stripe_rows},
         {"slices_outer", made.memory.slices_outer},
         {"copies", made.memory.copies},
         {"read_bytes", made.memory.read_bytes},
         {"written_bytes", made.memory.written_bytes},
         {"fill", plan.fill(i)},
         {"occupancy", plan.occupancy(i)},
         {"weight_scale", layer.weight_scale},
         {"bias", layer.bias},
         {"scales", {layer.scales.scale0, layer.scales.scale1, layer.scales.offset}}};
  j["window"] = {w.kernel_height, w.kernel_width, w.stride_y,   w.stride_x,
                 w.pad_top,       w.pad_left,     w.pad_bottom, w.pad_right};
  const auto& result = made.split() ? made.accumulate : layer.result;
  j["result"] = {result.shift, result.low, result.high};
  j["weights"] = std::vector<int>(layer.weights.begin(), layer.weights.end());
  if (!made.ranges.codes.empty()) j["ranges"] = made.ranges.codes;
  for (const auto& code : made.abn) {
    j["gamma"].push_back(code.gamma);
    j["beta"].push_back(code.beta);
  }
  for (const auto& entry : made.table) j["table"].push_back({entry.multiplier, entry.offset});
  for (const auto& tile : made.mapping.tiles) j["tiles"].push_back(tile_json(tile));
  return j;
}

json plan_json(const lc::Plan& plan) {
  json j{{"notes", plan.notes},
         {"addresses", plan.addresses},
         {"homes", plan.homes},
         {"scratch_bytes", plan.scratch_bytes},
         {"lmem_peak_bytes", plan.lmem_peak_bytes},
         {"input", plan.network.input},
         {"output", plan.network.output}};
  for (const auto& copy : plan.copies) j["kept"].push_back(copy.used);
  for (const auto& t : plan.network.tensors) {
    j["tensors"].push_back({{"name", t.name},
                            {"bits", t.bits},
                            {"scale", t.scale},
                            {"zero_point", t.zero_point},
                            {"shape", {t.shape.channels, t.shape.height, t.shape.width}}});
  }
  for (std::size_t i = 0; i < plan.layers.size(); ++i) j["layers"].push_back(layer_json(plan, i));
  return j;
}

json errors_json(const std::vector<lc::LayerError>& errors) {
  json list = json::array();
  for (const auto& error : errors) {
    json j{{"name", error.name}};
    j["sqnr_db"] = error.sqnr_db ? json(*error.sqnr_db) : json(nullptr);
    j["own_sqnr_db"] = error.own_sqnr_db ? json(*error.own_sqnr_db) : json(nullptr);
    if (error.converter) {
      const auto& use = *error.converter;
      j["codes"] = use.codes;
      j["clipped_share"] = use.clipped_share;
      j["clipping_error"] = use.clipping_error;
      j["truncation_error"] = use.truncation_error;
      j["conversion_sqnr_db"] = use.sqnr_db ? json(*use.sqnr_db) : json(nullptr);
    }
    list.push_back(j);
  }
  return list;
}

std::vector<lc::Image> read_images(const std::filesystem::path& path, std::size_t bytes) {
  const std::string all = slurp(path);
  std::vector<lc::Image> images;
  for (std::size_t at = 0; at + bytes <= all.size(); at += bytes) {
    images.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at),
                        all.begin() + static_cast<std::ptrdiff_t>(at + bytes));
  }
  return images;
}

void run_reference(const lc::Plan& plan, const std::vector<lc::Image>& images,
                   leyden::base::Fidelity fidelity, const std::filesystem::path& path) {
  const lc::Reference reference(plan, fidelity);
  std::vector<std::uint8_t> all;
  for (const auto& image : images) {
    for (const auto& codes : reference.run(image)) {
      all.insert(all.end(), codes.begin(), codes.end());
    }
  }
  spill(path, all.data(), all.size());
}

void compile_command(char** argv) {
  const lc::NetworkFile file = lc::load_network_file(argv[2]);
  const lc::ChipGeometry geometry = read_geometry(argv[3]);
  const auto images = read_images(
      argv[4],
      static_cast<std::size_t>(file.input.height * file.input.width * file.input.channels));
  const std::filesystem::path out = argv[5];
  const lc::Graph graph = lc::import_onnx(file.onnx);
  const lc::CompileResult result = lc::compile(graph, file, geometry, images);
  lc::read_image(result.image, "image");
  spill(out / "image.bin", result.image.data(), result.image.size());
  std::ofstream(out / "plan.json") << plan_json(result.plan);
  run_reference(result.plan, images, leyden::base::Fidelity::kIdeal, out / "ideal.bin");
  run_reference(result.plan, images, leyden::base::Fidelity::kQuantised, out / "quantised.bin");
  lc::FloatExecutor executor(graph);
  std::vector<float> outputs;
  for (const auto& image : images) {
    const auto& values = executor.run(lc::real_values(image, file.input));
    outputs.insert(outputs.end(), values.begin(), values.end());
  }
  std::ofstream(out / "errors.json")
      << errors_json(lc::report_errors(result.plan, result.graph, images));
  spill(out / "float.f32", outputs.data(), outputs.size() * sizeof(float));
}

lc::Graph run_float(const std::string& network, const std::string& from, const std::string& to) {
  lc::Graph graph = lc::import_onnx(network);
  const std::string bytes = slurp(from);
  std::vector<float> input(bytes.size() / sizeof(float));
  std::memcpy(input.data(), bytes.data(), input.size() * sizeof(float));
  lc::FloatExecutor executor(graph);
  const auto size = static_cast<std::size_t>(graph.shape(graph.input).elements());
  std::vector<float> outputs;
  // One image of a wrong size is the executor's to refuse.
  const std::size_t images =
      input.size() % size == 0 ? std::max<std::size_t>(input.size() / size, 1) : 1;
  for (std::size_t i = 0; i < images; ++i) {
    const auto first = input.begin() + static_cast<std::ptrdiff_t>(i * size);
    const auto& output = executor.run(
        images == 1 ? input : std::vector<float>(first, first + static_cast<std::ptrdiff_t>(size)));
    outputs.insert(outputs.end(), output.begin(), output.end());
  }
  spill(to, outputs.data(), outputs.size() * sizeof(float));
  return graph;
}

void float_command(char** argv) {
  const lc::Graph graph = run_float(argv[2], argv[3], argv[4]);
  for (const auto& note : graph.notes) std::cout << note << '\n';
}

void floats_command(char** argv) {
  std::ifstream list(argv[2]);
  std::string network;
  std::string from;
  std::string to;
  while (list >> network >> from >> to) {
    try {
      run_float(network, from, to);
    } catch (const leyden::base::UsageError& error) {
      std::cout << error.what();
    }
    std::cout << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string command = argc > 1 ? argv[1] : "";
    if (command == "float" && argc == 5) {
      float_command(argv);
    } else if (command == "floats" && argc == 3) {
      floats_command(argv);
    } else if (command == "compile" && argc == 6) {
      compile_command(argv);
    } else if (command == "read" && argc == 3) {
      const std::string bytes = slurp(argv[2]);
      lc::read_image({bytes.begin(), bytes.end()}, argv[2]);
    } else {
      std::cerr << "usage: see compiler_tool.cpp\n";
      return 2;
    }
  } catch (const leyden::base::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.status());
  }
  return 0;
}
