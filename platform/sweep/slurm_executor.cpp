#include "platform/sweep/slurm_executor.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "platform/run/end_signals.h"
#include "platform/run/resources.h"
#include "platform/sweep/slurm_batch.h"

namespace leyden::sweep {
namespace {

/// Commands of the cluster end at a signal in this scope.
class SignalScope {
 public:
  SignalScope(SlurmClient& client, const run::EndSignals& signals) : client_(client) {
    client_.set_signals(&signals);
  }
  ~SignalScope() { client_.set_signals(nullptr); }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;

 private:
  SlurmClient& client_;
};

SlurmOptions completed(SlurmOptions options) {
  if (options.program.empty()) options.program = run::executable_path();
  return options;
}

}  // namespace

std::uint64_t chunk_size(Depth depth, std::size_t points) {
  constexpr std::uint64_t kTasks = 64;
  const std::uint64_t least = depth == Depth::kCost ? 256 : 1;
  return std::max<std::uint64_t>(least, (points + kTasks - 1) / kTasks);
}

struct SlurmExecutor::Cluster {
  SlurmSweep sweep;
  bool taken_up = false;
};

SlurmExecutor::SlurmExecutor(Base base, SlurmOptions options) {
  std::vector<std::string> sbatch = sbatch_options(options.sbatch);
  SlurmFolder folder(options.folder, base);
  cluster_ = std::make_unique<Cluster>(
      Cluster{SlurmSweep{std::move(base), completed(std::move(options)), std::move(sbatch),
                         std::move(folder), SlurmClient()}});
}

SlurmExecutor::~SlurmExecutor() { cluster_->sweep.folder.remove_if_empty(); }

void SlurmExecutor::evaluate(const std::vector<Point>& points, const OnResult& on_result) {
  if (points.empty()) return;
  SlurmSweep& sweep = cluster_->sweep;
  const run::EndSignals signals;
  SlurmBatch batch(sweep, points, on_result);
  try {
    const SignalScope scope(sweep.client, signals);
    if (sweep.most_tasks == 0) sweep.most_tasks = sweep.client.most_tasks();
    if (!cluster_->taken_up) batch.take_up();
    cluster_->taken_up = true;
    batch.submit();
    while (!batch.read()) {
      pollfd wait{signals.descriptor(), POLLIN, 0};
      poll(&wait, 1, static_cast<int>(batch.pause().count()));
      signals.check();
      batch.ask();
    }
  } catch (const run::Interrupted&) {
    batch.cancel();
    batch.read();  // what was done until then
    throw;
  } catch (...) {
    batch.cancel();
    throw;
  }
  batch.clean();
}

}  // namespace leyden::sweep
