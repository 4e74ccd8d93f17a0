#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/run/end_signals.h"
#include "platform/sweep/slurm_process.h"

namespace leyden::sweep {

/// One task of a job array as the cluster tells of it.
struct SlurmTask {
  std::uint64_t job = 0;  ///< of the array
  std::uint64_t index = 0;
  std::string state;   ///< as squeue says: PENDING, RUNNING, FAILED, ...
  std::string reason;  ///< why it waits or failed
  std::string name;    ///< of the job

  /// It does not run and will not run again.
  bool ended() const;
  /// It waits for a person to let it go on, after it could not be started.
  bool held() const;
};

/// How a task ended; what the cluster no longer knows stays empty.
struct SlurmEnd {
  std::string state;
  std::optional<int> exit_status;
  std::optional<int> signal;

  /// "FAILED (signal 9)"
  std::string text() const;
};

/// A job array to be submitted.
struct SlurmArray {
  std::string script;  ///< path
  std::string name;
  std::uint64_t tasks = 0;
  std::uint64_t at_once = 0;         ///< most that run at a time, 0: as many as can
  std::string log;                   ///< path with Slurm's %a
  std::vector<std::string> options;  ///< more words for sbatch
};

/// The commands of Slurm: sbatch, squeue, sacct, scontrol, scancel. Tested with 22.05.
class SlurmClient {
 public:
  explicit SlurmClient(std::chrono::seconds limit = std::chrono::seconds(120)) : limit_(limit) {}

  /// Signals end a command that hangs; none: wait for it.
  void set_signals(const run::EndSignals* signals) { signals_ = signals; }

  /// Most tasks of a job array (MaxArraySize). @throws base::UsageError when no cluster answers
  std::uint64_t most_tasks() const;
  /// @return the array's job id @throws base::UsageError when the cluster refuses it
  std::uint64_t submit(const SlurmArray& array) const;
  /// Own tasks whose job name begins with the prefix, ended ones too while the cluster remembers
  /// them; none when the cluster does not answer.
  std::optional<std::vector<SlurmTask>> tasks(const std::string& prefix) const;
  /// From the controller while it remembers, else from the accounting where there is one.
  SlurmEnd end_of(std::uint64_t job, std::uint64_t index) const;
  /// Cancels own jobs of this name. @return whether the cluster answered
  bool cancel(const std::string& name) const;
  bool cancel(std::uint64_t job, std::uint64_t index) const;

 private:
  ProcessOutput run(const std::vector<std::string>& words) const;

  std::chrono::seconds limit_;
  const run::EndSignals* signals_ = nullptr;
};

/// `--KEY=VALUE` of sbatch for each KEY=VALUE, `--KEY` for KEY.
/// @throws base::UsageError for what is no such text and for options that the executor itself sets
std::vector<std::string> sbatch_options(const std::vector<std::string>& options);

}  // namespace leyden::sweep
