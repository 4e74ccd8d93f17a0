// Prints what the model says of single analog stages, for tests that hold it against circuits.
//
// One JSON object a line in, one out:
//   {"stage": "sar", "bits": b, "top_plate": bool, "deviation": [units, LSB first],
//    "terminator": units, "parasitic": units, "codes": [...], "levels": [...]}
//     -> {"trial_levels": [...], "converted": [...], "thresholds": [...]}      (levels in LSB)
//   {"stage": "column", "set": {"cim.rows": "72", ...}, "units": u, "in_bits": bx,
//    "weight_bits": bw, "die": d, "input": [a row each], "weights": [a row each]}
//     -> {"volts": v, "volts_bitwise": v, "code": code, "lsb_v": LSB, "deviation": [[dC/C of a
//     row's cells]]}
//   One output of fidelity analog without temporal noise: the voltage the converter sees about its
//   reference, from the model's level before floor (gain 1, 8 bits).
//   {"stage": "noise", "set": {...}, "rows": N}
//     -> {"line_v2": kT/C of a line, "sharing_v2": what one accumulation sharing adds}
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/cim/combine.h"
#include "models/cim/conversion_terms.h"
#include "models/cim/macro.h"
#include "models/cim/sar_array.h"
#include "tests/models/cim/chip_parameters.h"

namespace {

using namespace leyden;
using nlohmann::json;

json run_sar(const json& line) {
  cim::SarArray array;
  array.bits = line.at("bits").get<unsigned>();
  if (line.at("top_plate").get<bool>()) array.sampling = cim::SarSampling::kTopPlate;
  for (unsigned k = 0; k < array.bits; ++k) {
    array.deviation[k] = line.at("deviation").at(k).get<double>();
  }
  array.terminator_deviation = line.at("terminator").get<double>();
  array.parasitic = line.at("parasitic").get<double>();
  json answer = {{"trial_levels", json::array()}, {"converted", json::array()}};
  for (const json& code : line.at("codes")) {
    answer["trial_levels"].push_back(cim::sar_trial_level(array, code.get<unsigned>()));
  }
  for (const json& level : line.at("levels")) {
    answer["converted"].push_back(cim::sar_convert(array, level.get<double>()));
  }
  std::vector<double> thresholds;
  cim::sar_thresholds(array, thresholds);
  answer["thresholds"] = thresholds;
  return answer;
}

cim::MacroParameters macro_of(const json& set) {
  base::ParameterSet parameters = cim::test::imagine_parameters();
  for (const auto& [key, value] : set.items()) {
    parameters.set_text(key, value.get<std::string>(), base::Source::kAssumed, "test", "test");
  }
  return cim::read_macro_parameters(parameters);
}

json run_noise(const json& line) {
  const cim::MacroParameters macro = macro_of(line.at("set"));
  const double line_v2 =
      macro.dot_product.noise_variance_v2(line.at("rows").get<unsigned>(), macro.temperature_k);
  // One bit: in units of the input's code, of which 2 are the full voltage.
  cim::InputGroup bit;
  bit.bits = 1;
  bit.steps = 1;
  return {{"line_v2", line_v2}, {"sharing_v2", cim::shared_square(bit, macro) / 4 * line_v2}};
}

json run_column(const json& line) {
  const cim::MacroParameters macro = macro_of(line.at("set"));
  const auto inputs = line.at("input").get<std::vector<std::uint8_t>>();
  const auto weights = line.at("weights").get<std::vector<int>>();
  cim::Job job;
  job.in_width = job.in_height = job.out_width = job.out_height = job.outputs = 1;
  job.in_channels = job.in_pixel_stride = job.window_count = static_cast<unsigned>(inputs.size());
  job.out_pixel_stride = 1;
  job.unit_count = line.at("units").get<unsigned>();
  job.in_bits = line.at("in_bits").get<unsigned>();
  job.weight_bits = line.at("weight_bits").get<unsigned>();
  job.out_bits = 8;
  const cim::JobError error = cim::validate(job, macro);
  if (error != cim::JobError::kNone) {
    throw base::UsageError("the job is refused with error " +
                           std::to_string(static_cast<int>(error)));
  }

  cim::Macro model(macro);
  std::vector<std::uint8_t> cells(model.array().cell_bytes());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (unsigned c = 0; c < job.weight_bits; ++c) {
      const unsigned bit = (static_cast<unsigned>(weights[i]) >> c) & 1u;
      cells[i * macro.columns / 8 + c / 8] |= static_cast<std::uint8_t>(bit << (c % 8));
    }
  }
  model.array().write_cells(0, cells.data(), cells.size());
  const unsigned half = 128;  // at gain 1 the reference is mid-scale
  model.array().write_abn(0, 256u | (half * 16u) << 16);

  const cim::JobDraws draws{{line.at("die").get<std::uint32_t>(), 0}, 0};
  std::vector<double> level;
  std::vector<double> bitwise;
  std::vector<std::uint8_t> output(job.position_bytes());
  model.levels(job, inputs.data(), base::Fidelity::kAnalog, draws, false, level);
  model.run_bitwise(job, inputs.data(), base::Fidelity::kAnalog, draws, false, bitwise,
                    output.data());
  const double lsb =
      std::ldexp(macro.supply_v, -static_cast<int>(job.out_bits + macro.convert.range_shift));
  json deviation = json::array();
  const cim::Die& die = model.die(draws.position.die);
  for (unsigned i = 0; i < job.line_rows(macro); ++i) {
    json row = json::array();
    for (unsigned c = 0; c < job.weight_bits; ++c) row.push_back(die.mismatch(i, c));
    deviation.push_back(row);
  }
  return {{"volts", (level[0] - half - 0.5) * lsb},
          {"volts_bitwise", (bitwise[0] - half - 0.5) * lsb},
          {"code", output[0]},
          {"lsb_v", lsb},
          {"deviation", deviation}};
}

json run_line(const json& line) {
  const std::string stage = line.at("stage");
  return stage == "sar" ? run_sar(line) : stage == "noise" ? run_noise(line) : run_column(line);
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
