#include "platform/sweep/slurm_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <string_view>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

using base::UsageError;

/// States after which a task does not run again (squeue(1), "job state codes").
constexpr std::array<std::string_view, 10> kEndStates = {
    "BOOT_FAIL", "CANCELLED",     "COMPLETED", "DEADLINE", "FAILED",
    "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",  "TIMEOUT"};

/// Options of sbatch that would take the tasks, their files or their names from the executor.
constexpr std::array<std::string_view, 16> kOwnOptions = {
    "array", "parsable", "requeue", "no-requeue", "job-name", "output",   "error",  "open-mode",
    "input", "wrap",     "wait",    "test-only",  "chdir",    "clusters", "ntasks", "help"};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

/// The value behind "NAME=" in the one-line form of scontrol.
std::string field(const std::string& line, const std::string& name) {
  const std::size_t begin = (" " + line).find(" " + name + "=");
  if (begin == std::string::npos) return "";
  const std::size_t value = begin + name.size() + 1;
  return line.substr(value, line.find_first_of(" \n", value) - value);
}

/// "0:9": exit status and signal.
void set_exit_code(SlurmEnd& end, const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return;
  const auto status = number(std::string_view(text).substr(0, colon));
  const auto signal = number(std::string_view(text).substr(colon + 1));
  if (!status || !signal) return;
  end.exit_status = static_cast<int>(*status);
  end.signal = static_cast<int>(*signal);
}

/// One line of squeue in the format below. The name comes last: it may have any character.
std::optional<SlurmTask> parse_task(const std::string& line) {
  std::array<std::string, 5> fields;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t end = line.find('|', begin);
    if (end == std::string::npos) return std::nullopt;
    fields[i] = line.substr(begin, end - begin);
    begin = end + 1;
  }
  const auto job = number(fields[0]);
  const auto index = number(fields[1]);
  if (!job || !index) return std::nullopt;  // no task of an array
  return SlurmTask{*job, *index, fields[2], fields[3], line.substr(begin)};
}

}  // namespace

bool SlurmTask::ended() const {
  return std::find(kEndStates.begin(), kEndStates.end(), state) != kEndStates.end();
}

bool SlurmTask::held() const {
  return state == "REQUEUE_HOLD" || state == "SPECIAL_EXIT" || reason == "JobHoldMaxRequeue" ||
         (state == "PENDING" && reason.find("requeued") != std::string::npos &&
          reason.find("held") != std::string::npos);
}

std::string SlurmEnd::text() const {
  std::string text = state.empty() ? "no longer known to the cluster" : state;
  if (signal.value_or(0) != 0) return text + " (signal " + std::to_string(*signal) + ")";
  if (exit_status.value_or(0) != 0) {
    return text + " (exit status " + std::to_string(*exit_status) + ")";
  }
  return text;
}

ProcessOutput SlurmClient::run(const std::vector<std::string>& words) const {
  return run_process(words, signals_, limit_);
}

std::uint64_t SlurmClient::most_tasks() const {
  const ProcessOutput output = run({"scontrol", "show", "config"});
  if (!output.good()) {
    throw UsageError("No Slurm cluster answers (scontrol: " + output.complaint() +
                     "); the executor local does without one.");
  }
  std::istringstream lines(output.out);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || trimmed(line.substr(0, equals)) != "MaxArraySize") continue;
    const auto most = number(trimmed(line.substr(equals + 1)));
    if (!most) break;
    if (*most == 0) throw UsageError("This Slurm cluster takes no job arrays (MaxArraySize is 0).");
    return *most;
  }
  throw UsageError("The configuration of the Slurm cluster tells no MaxArraySize.");
}

std::uint64_t SlurmClient::submit(const SlurmArray& array) const {
  std::string range = "0-" + std::to_string(array.tasks - 1);
  if (array.at_once > 0) range += "%" + std::to_string(array.at_once);
  std::vector<std::string> words = {"sbatch",
                                    "--parsable",
                                    "--requeue",
                                    "--array=" + range,
                                    "--job-name=" + array.name,
                                    "--open-mode=append",
                                    "--output=" + array.log};
  words.insert(words.end(), array.options.begin(), array.options.end());
  words.push_back(array.script);
  const ProcessOutput output = run(words);
  if (!output.good()) {
    throw UsageError("Slurm refused the job array of this sweep (sbatch: " + output.complaint() +
                     ").");
  }
  const std::string answer = trimmed(output.out);  // "JOB" or "JOB;CLUSTER"
  const auto job = number(std::string_view(answer).substr(0, answer.find(';')));
  if (!job) throw UsageError("sbatch answered '" + answer + "', which is no job id.");
  return *job;
}

std::optional<std::vector<SlurmTask>> SlurmClient::tasks(const std::string& prefix) const {
  // %F the array's job id, %K index, %T state, %r reason, %j name
  const ProcessOutput output =
      run({"squeue", "--me", "--noheader", "--array", "--states=all", "--format=%F|%K|%T|%r|%j"});
  if (!output.good()) return std::nullopt;
  std::vector<SlurmTask> tasks;
  std::istringstream lines(output.out);
  for (std::string line; std::getline(lines, line);) {
    const auto task = parse_task(trimmed(line));
    if (task && task->name.rfind(prefix, 0) == 0) tasks.push_back(*task);
  }
  return tasks;
}

SlurmEnd SlurmClient::end_of(std::uint64_t job, std::uint64_t index) const {
  const std::string id = std::to_string(job) + "_" + std::to_string(index);
  SlurmEnd end;
  const ProcessOutput live = run({"scontrol", "--oneliner", "show", "job", id});
  if (live.good()) {
    end.state = field(live.out, "JobState");
    set_exit_code(end, field(live.out, "ExitCode"));
    if (!end.state.empty()) return end;
  }
  const ProcessOutput kept = run({"sacct", "--noheader", "--parsable2", "--allocations",
                                  "--jobs=" + id, "--format=State,ExitCode"});
  if (!kept.good()) return end;  // no accounting
  const std::string line = trimmed(kept.out.substr(0, kept.out.find('\n')));
  const std::size_t bar = line.find('|');
  if (bar == std::string::npos) return end;
  end.state = line.substr(0, line.find_first_of(" |"));  // "CANCELLED by 1000"
  set_exit_code(end, line.substr(bar + 1));
  return end;
}

bool SlurmClient::cancel(const std::string& name) const {
  return run({"scancel", "--me", "--name=" + name}).good();
}

bool SlurmClient::cancel(std::uint64_t job, std::uint64_t index) const {
  return run({"scancel", std::to_string(job) + "_" + std::to_string(index)}).good();
}

std::vector<std::string> sbatch_options(const std::vector<std::string>& options) {
  std::vector<std::string> words;
  for (const std::string& option : options) {
    const std::string key = option.substr(0, option.find('='));
    const bool plain = !key.empty() && key.front() >= 'a' && key.front() <= 'z' &&
                       std::all_of(key.begin(), key.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                       });
    if (!plain) {
      throw UsageError("--sbatch is '" + option +
                       "'; it takes KEY=VALUE, a long option of sbatch without its dashes.");
    }
    if (std::find(kOwnOptions.begin(), kOwnOptions.end(), key) != kOwnOptions.end()) {
      throw UsageError("--sbatch cannot set " + key + ": the sweep sets it itself.");
    }
    words.push_back("--" + option);
  }
  return words;
}

}  // namespace leyden::sweep
