#include "platform/cli/error_table.h"

#include <cstdio>
#include <utility>

#include "platform/report/text_table.h"

namespace leyden::cli {
namespace {

using compiler::ConverterUse;
using compiler::LayerError;

std::string number(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string ratio(const LayerError& error, const std::optional<double>& sqnr_db) {
  if (!error.has_reference) return "-";
  return sqnr_db ? number("%.1f", *sqnr_db) : "exact";
}

nlohmann::ordered_json value_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json converter_json(const ConverterUse& use) {
  return {{"bits", use.bits},
          {"parts", use.parts},
          {"conversions", use.conversions()},
          {"codes_used", use.codes_used()},
          {"code_bits", use.code_bits()},
          {"entropy_bits", use.entropy_bits()},
          {"clipped_share", use.clipped_share},
          {"clipping_error", use.clipping_error},
          {"truncation_error", use.truncation_error},
          {"sqnr_db", value_or_null(use.sqnr_db)},
          {"effective_bits",
           use.sqnr_db ? nlohmann::ordered_json(compiler::effective_bits(*use.sqnr_db)) : nullptr},
          {"codes", use.codes}};
}

}  // namespace

std::string error_table(const std::vector<LayerError>& errors, std::size_t width) {
  report::TextTable table("layer");
  for (const char* heading : {"SQNR dB", "own dB", "codes used", "clipped %", "clip err",
                              "trunc err", "conversion dB", "parts"}) {
    table.add_column(heading);
  }
  for (const LayerError& error : errors) {
    std::vector<std::string> cells = {ratio(error, error.sqnr_db), ratio(error, error.own_sqnr_db)};
    if (error.converter) {
      const ConverterUse& use = *error.converter;
      cells.push_back(std::to_string(use.codes_used()) + "/" + std::to_string(use.codes.size()));
      cells.push_back(number("%.3f", 100 * use.clipped_share));
      cells.push_back(number("%.4f", use.clipping_error));
      cells.push_back(number("%.4f", use.truncation_error));
      cells.push_back(use.sqnr_db ? number("%.1f", *use.sqnr_db) : "exact");
      cells.push_back(std::to_string(use.parts));
    }
    cells.resize(8);
    table.add_row(error.name, std::move(cells));
  }
  return table.text(width);
}

nlohmann::ordered_json error_json(const std::vector<LayerError>& errors) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const LayerError& error : errors) {
    nlohmann::ordered_json layer = {{"name", error.name},
                                    {"kind", compiler::to_string(error.kind)},
                                    {"has_reference", error.has_reference},
                                    {"sqnr_db", value_or_null(error.sqnr_db)},
                                    {"own_sqnr_db", value_or_null(error.own_sqnr_db)}};
    if (error.converter) layer["converter"] = converter_json(*error.converter);
    list.push_back(std::move(layer));
  }
  return list;
}

}  // namespace leyden::cli
