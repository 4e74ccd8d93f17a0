/// A sweep worker whose evaluator does what the settings of a point say:
///   x=V        latency_us V, energy_nj 100 - V, cycles V; the confirm stage: 10 % more cycles
///   sleep=MS   takes so long
///   signal=N   the worker ends by that signal
///   exit=N     the worker exits
///   print=T    the worker writes a line of its own
///   fail=T     throws a base::UsageError of that text
/// Every evaluation is told to the file LEYDEN_TEST_LOG. base.chip "none" cannot be evaluated;
/// "die" ends the worker at its start.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "platform/sweep/worker.h"

namespace leyden::sweep {
namespace {

class TestEvaluator : public Evaluator {
 public:
  PointResult evaluate(const Point& point) override {
    tell(point);
    PointResult result;
    result.stage = point.stage;
    result.number = point.number;
    for (const Setting& setting : point.settings) {
      const double value = std::atof(setting.value.c_str());
      if (setting.key == "x") {
        const bool confirm = point.stage == Stage::kConfirm;
        set_metric(result.metrics, "latency_us", value);
        set_metric(result.metrics, "energy_nj", 100 - value);
        set_metric(result.metrics, "cycles", confirm ? 1.1 * value : value);
      }
      if (setting.key == "sleep") usleep(static_cast<useconds_t>(1000 * value));
      if (setting.key == "signal") kill(getpid(), static_cast<int>(value));
      if (setting.key == "exit") _exit(static_cast<int>(value));
      if (setting.key == "print") std::cout << setting.value << std::endl;
      if (setting.key == "fail") throw base::UsageError(setting.value);
    }
    return result;
  }

 private:
  static void tell(const Point& point) {
    const char* log = std::getenv("LEYDEN_TEST_LOG");
    if (log == nullptr) return;
    const int file = open(log, O_WRONLY | O_APPEND | O_CREAT, 0666);
    const std::string line = to_string(point.stage) + " " + std::to_string(point.number) + "\n";
    if (write(file, line.data(), line.size()) < 0) std::abort();
    close(file);
  }
};

std::unique_ptr<Evaluator> make(const Base& base) {
  if (base.chip == "none") throw base::UsageError("There is no chip none.");
  if (base.chip == "die") kill(getpid(), SIGKILL);
  return std::make_unique<TestEvaluator>();
}

}  // namespace
}  // namespace leyden::sweep

int main() { return leyden::sweep::run_sweep_worker(std::cin, std::cout, leyden::sweep::make); }
