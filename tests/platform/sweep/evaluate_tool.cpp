/// Evaluates points for the tests and the benchmark: a line of JSON with the base, then a point a
/// line; answers a result a line. Told "worker" it is the worker process of a full point.
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "platform/run/worker.h"
#include "platform/sweep/evaluator.h"

namespace {

using Json = nlohmann::ordered_json;
namespace sweep = leyden::sweep;

sweep::Base base_of(const Json& json) {
  sweep::Base base;
  base.chip = json.at("chip");
  base.network = json.at("network");
  base.data = json.at("data");
  base.set = json.value("set", base.set);
  base.quantise = json.value("quantise", base.quantise);
  base.objective = json.value("objective", base.objective);
  base.images = json.value("images", base.images);
  base.fidelity = json.value("fidelity", base.fidelity);
  base.keep_layers = json.value("keep_layers", base.keep_layers);
  return base;
}

sweep::Point point_of(const Json& json) {
  sweep::Point point;
  point.number = json.value("number", std::uint64_t{0});
  point.depth = json.value("depth", "cost") == "full" ? sweep::Depth::kFull : sweep::Depth::kCost;
  for (const auto& [key, value] : json.at("settings").items()) {
    point.settings.push_back({key, value.get<std::string>()});
  }
  return point;
}

Json told(const sweep::PointResult& result) {
  Json metrics;
  for (std::size_t i = 0; i < result.metrics.size(); ++i) {
    const auto& value = result.metrics[i];
    metrics[sweep::metrics()[i].name] = value ? Json(*value) : Json();
  }
  Json layers = Json::array();
  for (const sweep::LayerResult& layer : result.layers) {
    layers.push_back({{"name", layer.name},
                      {"kind", layer.kind},
                      {"cycles", layer.cycles},
                      {"energy_nj", layer.energy_nj}});
  }
  return {{"number", result.number},   {"status", static_cast<int>(result.status)},
          {"message", result.message}, {"metrics", metrics},
          {"layers", layers},          {"host_time_s", result.host_time_s}};
}

int serve() {
  std::string line;
  std::getline(std::cin, line);
  const auto evaluator =
      sweep::make_evaluator(base_of(Json::parse(line)),
                            leyden::run::Resources::find(leyden::run::executable_path()));
  while (std::getline(std::cin, line)) {
    std::cout << told(evaluator->evaluate(point_of(Json::parse(line)))) << std::endl;
  }
  return 0;
}

}  // namespace

/// SystemC wants it; the worker starts its simulation itself.
extern "C" int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "worker") {
    return leyden::run::run_worker(std::cin, std::cout);
  }
  try {
    return serve();
  } catch (const leyden::base::Error& error) {
    std::cerr << error.what() << std::endl;
    return static_cast<int>(error.status());
  }
}
