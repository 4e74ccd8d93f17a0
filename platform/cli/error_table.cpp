#include "platform/cli/error_table.h"

#include <algorithm>
#include <cstdio>

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

std::string right(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

std::string left(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
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

std::string error_table(const std::vector<LayerError>& errors) {
  std::size_t width = 5;
  for (const LayerError& error : errors) width = std::max(width, error.name.size());
  std::string text = left("layer", width) +
                     "  SQNR dB  own dB | codes used  clipped %  clip err  trunc err  "
                     "conversion dB  parts\n";
  for (const LayerError& error : errors) {
    text += left(error.name, width) + right(ratio(error, error.sqnr_db), 9) +
            right(ratio(error, error.own_sqnr_db), 8);
    if (error.converter) {
      const ConverterUse& use = *error.converter;
      text += " |" +
              right(std::to_string(use.codes_used()) + "/" + std::to_string(use.codes.size()), 11) +
              right(number("%.3f", 100 * use.clipped_share), 11) +
              right(number("%.4f", use.clipping_error), 10) +
              right(number("%.4f", use.truncation_error), 11) +
              right(use.sqnr_db ? number("%.1f", *use.sqnr_db) : "exact", 15) +
              right(std::to_string(use.parts), 7);
    }
    text += "\n";
  }
  return text;
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
