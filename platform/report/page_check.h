#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace leyden::report {

/// What pages read of a report.json is there and of the right type.
/// @param where begins the sentence: a path
/// @throws base::UsageError with the key path of the first thing that is wrong
void check_report(const nlohmann::ordered_json& report, const std::string& where);

/// The same of histograms.json.
void check_code_histograms(const nlohmann::ordered_json& histograms, const std::string& where);

/// The same of a sweep as JSON.
void check_sweep(const nlohmann::ordered_json& sweep, const std::string& where);

}  // namespace leyden::report
