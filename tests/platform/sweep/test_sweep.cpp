/// A sweep of test points: sweep_test_sweep RESULTS WORKER POINTS [JOBS]. Goes on with RESULTS when
/// it is there. The points take a millisecond each; every tenth one fails, every 37th kills its
/// worker. The front (all good points) is confirmed at 5 points. Prints done, failed and known.

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "platform/run/end_signals.h"
#include "platform/sweep/local_executor.h"
#include "platform/sweep/sweep.h"

namespace leyden::sweep {
namespace {

class TestPlan : public Planner {
 public:
  explicit TestPlan(std::uint64_t points) : points_(points) {}
  std::uint64_t planned() const override { return points_; }
  void run(const EvaluateBatch& evaluate) override {
    std::vector<Point> batch;
    for (std::uint64_t number = 0; number < points_; ++number) {
      Point point;
      point.number = number;
      point.settings = {{"x", std::to_string(number)}, {"sleep", "1"}};
      if (number % 10 == 9) point.settings.push_back({"fail", "This point fails."});
      if (number % 37 == 36) point.settings.push_back({"signal", "9"});
      point.variables = {{"x", std::to_string(number)}};
      batch.push_back(point);
      if (batch.size() == 64 || number + 1 == points_) {
        evaluate(batch);
        batch.clear();
      }
    }
  }

 private:
  std::uint64_t points_;
};

int sweep(const std::string& results, const std::string& worker, std::uint64_t points,
          std::size_t jobs) {
  SweepAbout about;
  about.leyden_version = "test";
  about.sweep_yaml = "points: " + std::to_string(points);
  about.objectives = {{"latency_us", -1}, {"energy_nj", -1}};
  about.variables = {{"x", {"x"}, "1", true}};
  try {
    Store store = Store::resume(results, about);
    TestPlan plan(points);
    LocalExecutor executor(worker, {}, about.base, jobs);
    SweepRun run;
    run.planner = &plan;
    run.executor = &executor;
    run.store = &store;
    run.confirm_points = 5;
    const SweepCounts counts = run_sweep(run);
    std::cout << counts.done << " " << counts.failed << " " << counts.known << "\n"
              << counts.first_failure << "\n";
    return 0;
  } catch (const base::Error& error) {
    std::cerr << error.what() << "\n";
    return static_cast<int>(error.status());
  } catch (const run::Interrupted& interrupted) {
    std::cerr << interrupted.what() << "\n";
    raise(interrupted.signal());
    return 128;
  }
}

}  // namespace
}  // namespace leyden::sweep

/// SystemC wants it where a library is linked; nothing is simulated here.
extern "C" int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  return leyden::sweep::sweep(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10),
                              argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 2);
}
