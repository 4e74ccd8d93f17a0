/// Evaluates points for the tests and the benchmark: a line of JSON with the base, then a point a
/// line; answers a result a line. Told "--rate" it tells how fast it was instead, told "worker" it
/// is the worker process of a full point.
#include <chrono>
#include <ctime>
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
  const auto evaluator = sweep::make_evaluator(
      base_of(Json::parse(line)), leyden::run::Resources::find(leyden::run::executable_path()));
  while (std::getline(std::cin, line)) {
    std::cout << told(evaluator->evaluate(point_of(Json::parse(line)))) << std::endl;
  }
  return 0;
}

/// Evaluates all points, then tells how long that took: the first, which reads files, aside.
int rate() {
  std::string line;
  std::getline(std::cin, line);
  const auto evaluator = sweep::make_evaluator(
      base_of(Json::parse(line)), leyden::run::Resources::find(leyden::run::executable_path()));
  std::vector<sweep::Point> points;
  while (std::getline(std::cin, line)) points.push_back(point_of(Json::parse(line)));
  evaluator->evaluate(points.at(0));
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t busy_since = std::clock();
  std::size_t refused = 0;
  for (const sweep::Point& point : points) refused += evaluator->evaluate(point).good() ? 0 : 1;
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  const double busy_s = static_cast<double>(std::clock() - busy_since) / CLOCKS_PER_SEC;
  std::cout << Json{{"points", points.size()},
                    {"refused", refused},
                    {"seconds", passed.count()},
                    {"cpu_seconds", busy_s}}
            << std::endl;
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
    return argc > 1 && std::string(argv[1]) == "--rate" ? rate() : serve();
  } catch (const leyden::base::Error& error) {
    std::cerr << error.what() << std::endl;
    return static_cast<int>(error.status());
  }
}
