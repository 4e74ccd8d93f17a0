#include "platform/cli/search_command.h"

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "platform/chip/chip_parameters.h"
#include "platform/cli/terminal.h"
#include "platform/compiler/mapping_file.h"
#include "platform/compiler/occupancy.h"
#include "platform/report/text_table.h"
#include "platform/run/bit_search.h"
#include "platform/run/design_search.h"

namespace leyden::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kErrorImages = 64;  // as compile --errors

template <typename... Values>
std::string format(const char* form, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, form, values...);
  return text;
}

Json value_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Image, mapping and picture of what was chosen, and the options that lead to it again, one a
/// line.
void write_chosen(const Arguments& arguments, const compiler::CompileResult& compiled,
                  const std::vector<std::string>& options) {
  if (!arguments.write_mapping.empty()) {
    write_file(arguments.write_mapping, compiler::mapping_text(compiled.plan));
  }
  if (!arguments.picture.empty()) {
    write_file(arguments.picture, compiler::occupancy_picture(compiled.plan));
  }
  write_file(arguments.output, std::string(compiled.image.begin(), compiled.image.end()));
  std::string text;
  for (const std::string& option : options) text += option + "\n";
  write_file(arguments.output + ".keys", text);
}

std::string words(const run::SearchOutcome& outcome, const run::Combination& made) {
  std::string text;
  for (std::size_t k = 0; k < outcome.keys.size(); ++k) {
    text += (k ? " " : "") + outcome.keys[k].key + "=" + made.values[k];
  }
  return text;
}

Json keys_json(const run::SearchOutcome& outcome, const run::Combination& made) {
  Json keys = Json::object();
  for (std::size_t k = 0; k < outcome.keys.size(); ++k) keys[outcome.keys[k].key] = made.values[k];
  return keys;
}

std::string table(const run::SearchOutcome& outcome, bool errors, std::size_t width) {
  const auto decibels = [](const std::optional<double>& value) {
    return value ? format("%.1f", *value) : std::string("exact");
  };
  report::TextTable rows("");
  for (const char* heading :
       {"latency us", "cycles", "energy nJ", "MACs", "tiles", "fill %", "bytes"}) {
    rows.add_column(heading);
  }
  if (errors) {
    rows.add_column("worst dB");
    rows.add_column("output dB");
  }
  rows.add_column("keys", report::TextTable::Kind::kSentence);
  std::size_t place = 0;
  for (const run::Combination& made : outcome.ranked) {
    std::vector<std::string> cells = {format("%.2f", made.latency_us),
                                      std::to_string(made.cycles),
                                      format("%.3f", made.energy_pj * 1e-3),
                                      std::to_string(made.macs),
                                      std::to_string(made.tiles),
                                      format("%.1f", 100 * made.array_utilisation),
                                      std::to_string(made.image_bytes)};
    if (errors) {
      cells.push_back(decibels(made.worst_sqnr_db));
      cells.push_back(decibels(made.output_sqnr_db));
    }
    cells.push_back(words(outcome, made));
    ++place;
    rows.add_row(std::to_string(place) + (place == 1 ? "*" : ""), std::move(cells));
  }
  std::string text = rows.text(width);
  for (const run::Combination& made : outcome.refused) {
    text +=
        report::wrapped("refused: " + words(outcome, made) + ": " + made.refusal, width, 4) + "\n";
  }
  return text;
}

Json json_of(const run::SearchOutcome& outcome, bool errors) {
  Json list = Json::array();
  for (const run::Combination& made : outcome.ranked) {
    list.push_back({{"keys", keys_json(outcome, made)},
                    {"latency_us", made.latency_us},
                    {"cycles", made.cycles},
                    {"energy_pj", made.energy_pj},
                    {"macs", made.macs},
                    {"tiles", made.tiles},
                    {"array_utilisation", made.array_utilisation},
                    {"image_bytes", made.image_bytes}});
    if (!errors) continue;
    list.back()["worst_sqnr_db"] = value_or_null(made.worst_sqnr_db);
    list.back()["output_sqnr_db"] = value_or_null(made.output_sqnr_db);
  }
  Json refused = Json::array();
  for (const run::Combination& made : outcome.refused) {
    refused.push_back({{"keys", keys_json(outcome, made)}, {"reason", made.refusal}});
  }
  return {{"combinations", list}, {"refused", refused}};
}

}  // namespace

base::ExitStatus search_command(const Arguments& arguments, const run::Resources& resources) {
  run::SearchRequest request;
  request.chip_file = resources.chip(arguments.chip);
  request.set = arguments.set;
  request.network = resources.network(arguments.network);
  request.data_folder = arguments.data;
  request.images = arguments.calibration_images;
  request.quantise = arguments.quantise;
  request.codes = {arguments.input_scale, arguments.input_zero_point};
  request.objective = arguments.objective;
  request.error_images = arguments.errors ? kErrorImages : 0;
  const std::vector<run::SearchKey> keys = run::parse_search_keys(arguments.search);
  check_writable(arguments.output);
  run::SearchOutcome outcome;
  {
    ProgressBar bar(arguments.quiet);
    outcome = run::search_designs(
        request, keys, [&](std::uint64_t done, std::uint64_t all) { bar.update(done, all); });
  }
  if (!outcome.best) {
    const run::Combination& first = outcome.refused.front();
    throw base::UsageError("None of the " + std::to_string(outcome.refused.size()) +
                           " combinations of --search can be; the first, " + words(outcome, first) +
                           ": " + first.refusal);
  }
  std::vector<std::string> options;
  for (std::size_t k = 0; k < outcome.keys.size(); ++k) {
    const auto option = outcome.keys[k].option(outcome.ranked.front().values[k]);
    options.push_back(option[0] + "=" + option[1]);
  }
  write_chosen(arguments, *outcome.best, options);
  if (arguments.json) {
    Json found = json_of(outcome, arguments.errors);
    found["objective"] = arguments.objective;
    found["image"] = arguments.output;
    found["options"] = options;
    std::cout << found.dump(2) << "\n";
  } else if (!arguments.quiet) {
    std::cout << table(outcome, arguments.errors, terminal_width());
    std::cout << arguments.output << ": " << words(outcome, outcome.ranked.front()) << "\n";
  }
  return base::ExitStatus::kGood;
}

base::ExitStatus search_bits_command(const Arguments& arguments, const run::Resources& resources) {
  run::BitLimits limits;
  limits.least_sqnr_db = *arguments.least_sqnr_db;
  run::parse_bit_limits(arguments.search_bits, limits);
  check_writable(arguments.output);
  const chip::ChipDescription chip =
      chip::load_chip_file(resources.chip(arguments.chip), chip::chip_scopes(), arguments.set);
  run::BitSearchOutcome outcome;
  {
    ProgressBar bar(arguments.quiet);
    outcome = run::search_bits(
        resources.network(arguments.network), chip.parameters, arguments.data,
        arguments.calibration_images, arguments.quantise,
        {arguments.input_scale, arguments.input_zero_point}, arguments.objective, limits,
        kErrorImages,
        [&](std::uint64_t done, std::uint64_t all) { bar.update(std::min(done, all), all); });
  }
  std::vector<std::string> options;
  for (const std::string& key : outcome.quantise()) options.push_back("--quantise=" + key);
  write_chosen(arguments, outcome.compiled, options);
  const auto decibels = [](const std::optional<double>& value) {
    return value ? format("%.2f dB", *value) : std::string("exact");
  };
  if (arguments.json) {
    Json layers = Json::array();
    for (const run::LayerBits& layer : outcome.layers) {
      layers.push_back(
          {{"name", layer.layer}, {"weights", layer.weights}, {"weight_bits", layer.bits}});
    }
    const Json found = {{"image", arguments.output},
                        {"image_bytes", outcome.compiled.image.size()},
                        {"least_sqnr_db", limits.least_sqnr_db},
                        {"sqnr_db", value_or_null(outcome.sqnr_db)},
                        {"most_bits_sqnr_db", value_or_null(outcome.most_sqnr_db)},
                        {"mean_weight_bits", outcome.mean_bits()},
                        {"networks_evaluated", outcome.networks_evaluated},
                        {"cycles", outcome.compiled.cost.cycles()},
                        {"energy_pj", outcome.compiled.cost.energy_pj()},
                        {"layers", layers},
                        {"options", options},
                        {"yaml", outcome.yaml()}};
    std::cout << found.dump(2) << "\n";
  } else if (!arguments.quiet) {
    std::cout << "# output " << decibels(outcome.sqnr_db) << ", bound "
              << decibels(limits.least_sqnr_db) << ", with " << limits.most << " b everywhere "
              << decibels(outcome.most_sqnr_db) << "\n# " << format("%.2f", outcome.mean_bits())
              << " b a weight; " << outcome.networks_evaluated << " networks evaluated\n"
              << outcome.yaml();
  }
  return base::ExitStatus::kGood;
}

}  // namespace leyden::cli
