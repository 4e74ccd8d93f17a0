// Runs jobs of the macro from JSON lines, for tests against references in Python.
//
// A line in: {"set": {"cim.rows": "72", ...}, "fidelity": "quantised", "job": {...},
//   "input": "hex", "cells": "hex", "abn": [words], "clock_hz": 4e8}
// A line out: {"output": "hex", "counts": {...}, "timing": {...}}, {"error": number} (of a job) or
// {"refused": "why"} (of a macro). clock_hz, and so timing, may be left out; "cold": true takes
// away kT/C and leakage, which no key can.
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/cim/macro.h"
#include "models/cim/timing.h"
#include "tests/models/cim/chip_parameters.h"

namespace {

using namespace leyden;
using nlohmann::json;

std::vector<std::uint8_t> bytes_of_hex(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string hex_of_bytes(const std::vector<std::uint8_t>& bytes) {
  static const char* const kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

cim::Job job_of_json(const json& j) {
  cim::Job job;
  const auto get = [&](const char* key) { return j.at(key).get<unsigned>(); };
  job.in_width = get("in_width");
  job.in_height = get("in_height");
  job.in_channels = get("in_channels");
  job.in_pixel_stride = get("in_pixel_stride");
  job.kernel_width = get("kernel_width");
  job.kernel_height = get("kernel_height");
  job.stride_x = get("stride_x");
  job.stride_y = get("stride_y");
  job.dilation_x = j.value("dilation_x", 1u);
  job.dilation_y = j.value("dilation_y", 1u);
  job.pad_left = get("pad_left");
  job.pad_top = get("pad_top");
  job.pad_value = static_cast<std::uint8_t>(get("pad_value"));
  job.window_first = get("window_first");
  job.window_count = get("window_count");
  job.out_width = get("out_width");
  job.out_height = get("out_height");
  job.outputs = get("outputs");
  job.out_pixel_stride = job.outputs * 4;
  job.unit_first = get("unit_first");
  job.unit_count = get("unit_count");
  job.column_first = get("column_first");
  job.in_bits = get("in_bits");
  job.weight_bits = get("weight_bits");
  job.out_bits = get("out_bits");
  job.range = j.value("range", 0u);
  job.partial = j.at("partial").get<bool>();
  job.abn_first = get("abn_first");
  return job;
}

json run_line(const json& line) {
  base::ParameterSet parameters = cim::test::imagine_parameters();
  for (const auto& [key, value] : line.at("set").items()) {
    parameters.set_text(key, value.get<std::string>(), base::Source::kAssumed, "test", "test");
  }
  cim::MacroParameters macro;
  try {
    macro = cim::read_macro_parameters(parameters);
  } catch (const base::UsageError& error) {
    return {{"refused", error.what()}};
  }
  if (line.value("cold", false)) {
    macro.temperature_k = 0;
    macro.dot_product.leakage_tau_us = std::numeric_limits<double>::infinity();
  }
  const cim::Job job = job_of_json(line.at("job"));
  const cim::JobError error = cim::validate(job, macro);
  if (error != cim::JobError::kNone) return {{"error", static_cast<int>(error)}};

  cim::Macro model(macro);
  const auto cells = bytes_of_hex(line.at("cells"));
  model.array().write_cells(0, cells.data(), cells.size());
  unsigned entry = job.abn_first;
  for (const json& word : line.at("abn")) {
    model.array().write_abn(entry++, word.get<std::uint32_t>());
  }
  if (line.at("job").contains("ranges")) {
    const auto codes = line.at("job").at("ranges").get<std::vector<std::uint32_t>>();
    for (std::size_t c = 0; c < codes.size(); ++c) {
      if (!model.array().write_range(c, codes[c])) return {{"error", "a range is refused"}};
    }
  }
  const std::string fidelity = line.at("fidelity");
  const auto input = bytes_of_hex(line.at("input"));
  std::vector<std::uint8_t> output(job.positions() * job.position_bytes());
  const cim::JobCounts counts = model.run(job, input.data(),
                                          fidelity == "ideal"       ? base::Fidelity::kIdeal
                                          : fidelity == "quantised" ? base::Fidelity::kQuantised
                                                                    : base::Fidelity::kAnalog,
                                          {}, output.data());
  json timing;
  if (line.contains("clock_hz")) {
    const cim::JobTiming taken =
        cim::job_timing(job, macro, line.at("clock_hz").get<double>(), model.steps_taken());
    timing = {{"cycles", taken.cycles},
              {"macro_cycles", taken.macro_cycles},
              {"mvm_cycles", taken.mvm_cycles},
              {"convert_cycles", taken.convert_cycles}};
  }
  return {{"output", hex_of_bytes(output)},
          {"timing", timing},
          {"counts",
           {{"mvms", counts.mvms},
            {"macs", counts.macs},
            {"driven_bits", counts.driven_bits},
            {"driven_digits", counts.driven_digits},
            {"driven_cells", counts.driven_cells},
            {"charged_cells", counts.charged_cells},
            {"combine_steps", counts.combine_steps},
            {"conversions", counts.conversions},
            {"adds", counts.adds},
            {"scales", counts.scales}}}};
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      std::cout << run_line(json::parse(line)).dump() << "\n";
    } catch (const std::exception& error) {
      std::cerr << error.what() << "\n";
      return 1;
    }
  }
  return 0;
}
