#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "platform/chip/chip_parameters.h"
#include "platform/cli/commands.h"
#include "platform/cli/cost_json.h"
#include "platform/cli/error_table.h"
#include "platform/cli/explain.h"
#include "platform/cli/search_command.h"
#include "platform/cli/terminal.h"
#include "platform/compiler/mapping_file.h"
#include "platform/compiler/occupancy.h"
#include "platform/report/text_table.h"
#include "platform/run/network.h"
#include "platform/run/network_errors.h"

namespace leyden::cli {
namespace {

constexpr std::uint64_t kErrorImages = 64;  // the table settles to 0.1 dB with them

/// Shares of the whole range, as `converter_ranges` of a network file has them.
nlohmann::ordered_json ranges_json(const compiler::ConverterRanges& ranges, unsigned range_bits) {
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (const std::vector<unsigned>& codes : ranges.codes) {
    nlohmann::ordered_json shares = nlohmann::ordered_json::array();
    for (const unsigned code : codes) {
      shares.push_back(std::ldexp(static_cast<double>(code), -static_cast<int>(range_bits)));
    }
    parts.push_back(ranges.by_output ? shares : shares[0]);
  }
  return parts;
}

}  // namespace

base::ExitStatus compile_command(const Arguments& arguments, const run::Resources& resources) {
  if (!arguments.search.empty()) return search_command(arguments, resources);
  if (!arguments.search_bits.empty()) return search_bits_command(arguments, resources);
  const chip::ChipDescription chip =
      chip::load_chip_file(resources.chip(arguments.chip), chip::chip_scopes(), arguments.set);
  const compiler::CompileResult compiled =
      run::compile_network(resources.network(arguments.network), chip.parameters, arguments.data,
                           arguments.calibration_images, arguments.quantise,
                           {arguments.input_scale, arguments.input_zero_point},
                           {arguments.objective, arguments.mapping});
  if (!arguments.write_mapping.empty()) {
    write_file(arguments.write_mapping, compiler::mapping_text(compiled.plan));
  }
  if (!arguments.picture.empty()) {
    write_file(arguments.picture, compiler::occupancy_picture(compiled.plan));
  }
  write_file(arguments.output, std::string(compiled.image.begin(), compiled.image.end()));
  nlohmann::ordered_json summary = {{"image", arguments.output},
                                    {"image_bytes", compiled.image.size()},
                                    {"lmem_peak_bytes", compiled.plan.lmem_peak_bytes},
                                    {"scratch_bytes", compiled.plan.scratch_bytes},
                                    {"notes", compiled.plan.notes},
                                    {"layers", nlohmann::ordered_json::array()}};
  for (const report::LayerFacts& layer : run::layer_facts(compiled.plan)) {
    summary["layers"].push_back({{"name", layer.name},
                                 {"kind", layer.kind},
                                 {"macs", layer.macs},
                                 {"mvms", layer.mvms},
                                 {"tiles", layer.tiles},
                                 {"array_utilisation", layer.array_utilisation},
                                 {"array_share", layer.array_share}});
    const compiler::LayerMemory& memory = compiled.plan.layers[layer.number].memory;
    summary["layers"].back()["stripe_rows"] = memory.stripe_rows;
    summary["layers"].back()["off_chip_read_bytes"] = memory.read_bytes;
    summary["layers"].back()["off_chip_written_bytes"] = memory.written_bytes;
    const compiler::ConverterRanges& ranges = compiled.plan.layers[layer.number].ranges;
    if (!ranges.codes.empty()) {
      summary["layers"].back()["converter_ranges"] =
          ranges_json(ranges, compiled.plan.geometry.combining.range_bits);
    }
  }
  const nlohmann::ordered_json explained =
      arguments.explain ? explanation(compiled) : nlohmann::ordered_json();
  if (arguments.explain) summary["explanation"] = explained;
  summary["cost"] = cost_json(compiled.cost, compiled.plan);
  std::vector<compiler::LayerError> errors;
  if (arguments.errors) {
    errors = run::network_errors(compiled, arguments.data, kErrorImages);
    summary["errors"] = error_json(errors);
  }
  if (arguments.json) {
    std::cout << summary.dump(2) << "\n";
  } else if (!arguments.quiet) {
    std::cout << arguments.output << ": " << compiled.image.size() << " bytes, "
              << summary["layers"].size() << " layers, " << compiled.plan.lmem_peak_bytes
              << " bytes of LMEM\n";
    if (arguments.errors) std::cout << error_table(errors, terminal_width());
    if (arguments.explain) std::cout << explanation_text(explained, terminal_width()) << "\n";
    for (const std::string& note : compiled.plan.notes) {
      std::cout << report::wrapped("note: " + note, terminal_width(), 6) << "\n";
    }
  }
  return base::ExitStatus::kGood;
}

}  // namespace leyden::cli
