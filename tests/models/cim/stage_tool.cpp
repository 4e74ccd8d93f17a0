// Prints what the model says of single analog stages, for tests that hold it against circuits.
//
// One JSON object a line in, one out:
//   {"stage": "sar", "bits": b, "top_plate": bool, "deviation": [units, LSB first],
//    "terminator": units, "parasitic": units, "codes": [...], "levels": [...]}
//     -> {"trial_levels": [...], "converted": [...], "thresholds": [...]}      (levels in LSB)
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "models/cim/sar_array.h"

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

json run_line(const json& line) { return run_sar(line); }

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
