#include "platform/sweep/local_executor.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>

#include "platform/run/broken_pipes.h"
#include "platform/sweep/wire.h"

namespace leyden::sweep {
namespace {

/// Points of depth cost a worker has at most: a pipe's latency (some 20 us) is then nothing beside
/// their time.
constexpr std::size_t kMostAhead = 32;
/// How long a worker has to remove its temporary files.
constexpr int kEndMilliseconds = 3000;

}  // namespace

/// The evaluation of one list of points.
class LocalExecutor::Batch {
 public:
  Batch(LocalExecutor& executor, const std::vector<Point>& points, const OnResult& on_result)
      : executor_(executor), points_(points), on_result_(on_result) {
    for (std::size_t i = 0; i < points.size(); ++i) waiting_.push_back(i);
  }

  void run() {
    const run::IgnoreBrokenPipes ignore;
    const run::EndSignals signals;
    const std::size_t wanted = std::min(executor_.jobs_, points_.size());
    while (executor_.workers_.size() < wanted) {
      executor_.workers_.push_back(executor_.start_worker());
    }
    while (results_ < points_.size()) {
      for (Worker& worker : executor_.workers_) give(worker);
      wait(signals);
    }
  }

 private:
  /// Points a worker should have now: fewer towards the end, so that all workers end together.
  std::size_t share(const Worker& worker) const {
    if (!worker.started) return 0;
    if (!waiting_.empty() && points_[waiting_.front()].depth == Depth::kFull) return 1;
    const std::size_t even = waiting_.size() / (2 * executor_.workers_.size());
    return std::clamp<std::size_t>(even, 1, kMostAhead);
  }

  void give(Worker& worker) {
    while (!waiting_.empty() && worker.given.size() < share(worker)) {
      worker.process->queue(encode(points_[waiting_.front()]));
      worker.given.push_back(waiting_.front());
      waiting_.pop_front();
    }
  }

  void wait(const run::EndSignals& signals) {
    std::vector<pollfd> polled = {{signals.descriptor(), POLLIN, 0}};
    for (const Worker& worker : executor_.workers_) {
      const bool sends = worker.process->input() >= 0 && worker.process->has_unsent();
      polled.push_back({sends ? worker.process->input() : -1, POLLOUT, 0});
      polled.push_back({worker.process->output(), POLLIN, 0});
    }
    if (poll(polled.data(), polled.size(), -1) < 0) return;
    signals.check();
    for (std::size_t i = 0; i < executor_.workers_.size(); ++i) {
      Worker& worker = executor_.workers_[i];
      if (polled[1 + 2 * i].revents != 0) worker.process->send();
      if (polled[2 + 2 * i].revents == 0) continue;
      std::string wrong;
      const bool more = worker.process->receive([&](const std::string& line) {
        if (wrong.empty()) wrong = take(worker, line);
      });
      if (more && wrong.empty()) continue;
      if (wrong.empty()) wrong = "The worker process of the point " + worker.process->wait() + ".";
      replace(worker, wrong);
    }
  }

  /// @return what is wrong with a worker's line; "" when it is a right one
  std::string take(Worker& worker, const std::string& line) {
    PointResult result;
    try {
      if (!worker.started) {
        const WorkerStart start = decode_start(line);
        if (start.status != base::ExitStatus::kGood) throw Unfit{start};
        worker.started = true;
        return "";
      }
      result = decode_result(line);
    } catch (const base::ModelError& error) {
      return error.what();
    } catch (const Unfit& unfit) {
      throw base::Error(unfit.start.status, unfit.start.message);
    }
    const Point* point = worker.given.empty() ? nullptr : &points_[worker.given.front()];
    if (point == nullptr || point->number != result.number || point->stage != result.stage) {
      return "The worker process of the point gave the result of another one.";
    }
    worker.given.pop_front();
    ++results_;
    on_result_(result);
    return "";
  }

  /// A worker that died or went wrong: its point has failed, those ahead are for others.
  void replace(Worker& worker, const std::string& wrong) {
    if (!worker.started) throw base::ModelError("A worker process does not start: " + wrong);
    std::deque<std::size_t> given;
    given.swap(worker.given);
    worker = executor_.start_worker();
    if (given.empty()) return;
    PointResult result;
    result.stage = points_[given.front()].stage;
    result.number = points_[given.front()].number;
    result.status = base::ExitStatus::kModel;
    result.message = wrong;
    given.pop_front();
    waiting_.insert(waiting_.begin(), given.begin(), given.end());
    ++results_;
    on_result_(result);
  }

  struct Unfit {
    WorkerStart start;
  };

  LocalExecutor& executor_;
  const std::vector<Point>& points_;
  const OnResult& on_result_;
  std::deque<std::size_t> waiting_;  ///< points no worker has
  std::size_t results_ = 0;
};

LocalExecutor::LocalExecutor(const std::string& program, const std::vector<std::string>& arguments,
                             const Base& base, std::size_t jobs)
    : program_(program), arguments_(arguments), base_(encode(base)), jobs_(jobs) {}

LocalExecutor::~LocalExecutor() {
  // One with a point is told to end, the others end with their input.
  for (Worker& worker : workers_) {
    worker.process->close_input();
    if (!worker.started || !worker.given.empty()) worker.process->terminate();
  }
  for (Worker& worker : workers_) worker.process->wait_for(kEndMilliseconds);
}

LocalExecutor::Worker LocalExecutor::start_worker() const {
  Worker worker;
  worker.process = std::make_unique<WorkerProcess>(program_, arguments_);
  worker.process->queue(base_);
  return worker;
}

void LocalExecutor::evaluate(const std::vector<Point>& points, const OnResult& on_result) {
  Batch(*this, points, on_result).run();
}

}  // namespace leyden::sweep
