#include "platform/sweep/worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <istream>
#include <ostream>
#include <string>

#include "platform/run/end_signals.h"
#include "platform/sweep/wire.h"

namespace leyden::sweep {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

PointResult failed(const Point& point, base::ExitStatus status, const std::string& message) {
  PointResult result;
  result.stage = point.stage;
  result.number = point.number;
  result.status = status;
  result.message = message;
  return result;
}

/// The first figure that is no number; none when all are.
std::string not_finite(const PointResult& result) {
  for (std::size_t i = 0; i < result.metrics.size(); ++i) {
    if (result.metrics[i] && !std::isfinite(*result.metrics[i])) return metrics()[i].name;
  }
  for (const LayerResult& layer : result.layers) {
    if (!std::isfinite(layer.cycles) || !std::isfinite(layer.energy_nj)) {
      return "cost of the layer " + layer.name;
    }
  }
  return "";
}

}  // namespace

PointResult evaluate_here(Evaluator& evaluator, const Point& point) {
  const auto start = std::chrono::steady_clock::now();
  PointResult result;
  try {
    result = evaluator.evaluate(point);
    if (const std::string name = not_finite(result); !name.empty()) {
      result = failed(point, base::ExitStatus::kModel, "The " + name + " is not finite.");
    }
  } catch (const run::Interrupted&) {
    throw;
  } catch (const base::Error& error) {
    result = failed(point, error.status(), error.what());
  } catch (const std::bad_alloc&) {
    result =
        failed(point, base::ExitStatus::kModel, "The host has not enough memory for this point.");
  } catch (const std::exception& error) {
    result = failed(point, base::ExitStatus::kModel, error.what());
  }
  result.host_time_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.host = host_name();
  return result;
}

int run_sweep_worker(std::istream& lines, std::ostream& results, const MakeEvaluator& make) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read the results
  std::string line;
  std::unique_ptr<Evaluator> evaluator;
  WorkerStart start;
  try {
    std::getline(lines, line);
    evaluator = make(decode_base(line));
  } catch (const run::Interrupted&) {
    throw;
  } catch (const base::Error& error) {
    start = {error.status(), error.what()};
  } catch (const std::exception& error) {
    start = {base::ExitStatus::kModel, error.what()};
  }
  results << encode(start) << '\n' << std::flush;
  if (evaluator == nullptr) return static_cast<int>(start.status);
  while (results && std::getline(lines, line)) {
    results << encode(evaluate_here(*evaluator, decode_point(line))) << '\n' << std::flush;
  }
  return 0;
}

}  // namespace leyden::sweep
