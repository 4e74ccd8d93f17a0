/// A sweep on a cluster with points that cost nothing, for tests:
///
///     slurm_tool sweep FOLDER POINTS POINTS_PER_TASK TASKS_AT_ONCE [KEY=VALUE of sbatch]...
///     slurm_tool sweep-worker --chunk FILE --results FILE
///
/// The first writes a line for each result it is told. The environment says what points do:
/// SLURM_TOOL_SLEEP milliseconds each; SLURM_TOOL_KILLER=N: point N kills its task;
/// SLURM_TOOL_BROKEN=sentence: no worker can start; SLURM_TOOL_TRACES=FOLDER: the process
/// that begins a point adds a line with its id to the file of its number there, and to NUMBER.done
/// when it has evaluated it.

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "models/base/error.h"
#include "platform/run/end_signals.h"
#include "platform/sweep/chunk.h"
#include "platform/sweep/slurm_executor.h"

namespace {

using namespace leyden;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void trace(const std::string& file) {
  const std::string traces = environment("SLURM_TOOL_TRACES");
  if (!traces.empty()) std::ofstream(traces + "/" + file, std::ios::app) << getpid() << '\n';
}

class TestEvaluator : public sweep::Evaluator {
 public:
  sweep::PointResult evaluate(const sweep::Point& point) override {
    trace(std::to_string(point.number));
    if (environment("SLURM_TOOL_KILLER") == std::to_string(point.number)) raise(SIGKILL);
    const std::string sleep = environment("SLURM_TOOL_SLEEP");
    if (!sleep.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(sleep)));
    sweep::PointResult result;
    result.stage = point.stage;
    result.number = point.number;
    sweep::set_metric(result.metrics, "cycles", std::stod(point.settings.at(0).value) / 3);
    trace(std::to_string(point.number) + ".done");
    return result;
  }
};

std::unique_ptr<sweep::Evaluator> make(const sweep::Base&) {
  const std::string broken = environment("SLURM_TOOL_BROKEN");
  if (!broken.empty()) throw base::UsageError(broken);
  return std::make_unique<TestEvaluator>();
}

int run_sweep(int argc, char** argv) {
  sweep::SlurmOptions options;
  options.folder = argv[2];
  options.points_per_task = std::stoull(argv[4]);
  options.tasks_at_once = std::stoull(argv[5]);
  options.sbatch.assign(argv + 6, argv + argc);
  options.notice = [](const std::string& sentence) { std::cerr << "note: " << sentence << '\n'; };
  options.ask_interval = std::chrono::milliseconds(300);
  options.visible_within = std::chrono::milliseconds(500);
  options.silence = std::chrono::milliseconds(3000);
  std::vector<sweep::Point> points(std::stoull(argv[3]));
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].number = i;
    points[i].settings = {{"cim.rows", std::to_string(7 * i)}};
  }
  sweep::Base base;
  base.network = environment("SLURM_TOOL_NETWORK");
  sweep::SlurmExecutor executor(base, options);
  executor.evaluate(points, [](const sweep::PointResult& result) {
    std::cout << sweep::encode(result) << std::endl;
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 6 && std::string(argv[1]) == "sweep-worker") {
      sweep::run_chunk(argv[3], argv[5], make);
      return 0;
    }
    if (argc >= 6) return run_sweep(argc, argv);
    std::cerr << "usage: see the head of this program's source\n";
    return 2;
  } catch (const base::Error& error) {
    std::cerr << "leyden: " << error.what() << '\n';
    return static_cast<int>(error.status());
  } catch (const run::Interrupted& interrupted) {
    std::cerr << "leyden: " << interrupted.what() << '\n';
    raise(interrupted.signal());
    return 5;
  }
}
