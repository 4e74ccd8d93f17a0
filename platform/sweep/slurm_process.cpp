#include "platform/sweep/slurm_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

using base::ModelError;
using base::UsageError;
using Clock = std::chrono::steady_clock;

/// Read end of a child's stream, with what it said.
class Stream {
 public:
  Stream() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) {
      throw ModelError(std::string("A pipe cannot be made: ") + std::strerror(errno) + ".");
    }
  }
  ~Stream() {
    for (const int end : ends_) {
      if (end >= 0) close(end);
    }
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int write_end() const { return ends_[1]; }
  int read_end() const { return ends_[0]; }
  void close_write_end() {
    close(ends_[1]);
    ends_[1] = -1;
  }
  void take() {
    std::array<char, 1u << 14> buffer;
    const ssize_t count = read(ends_[0], buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) return;
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
      return;
    }
    close(ends_[0]);
    ends_[0] = -1;
  }

  std::string text;

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// Ended and reaped at the end of its scope.
class Child {
 public:
  Child(std::vector<std::string> words, const Stream& out, const Stream& err) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.write_end(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.write_end(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int error =
        posix_spawnp(&pid_, argv.front(), &actions, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0) return;
    pid_ = -1;
    throw UsageError("The command " + words.front() + " cannot be started (" +
                     std::strerror(error) +
                     "); the executor slurm needs the commands of Slurm in PATH.");
  }
  ~Child() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace

std::string ProcessOutput::complaint() const {
  std::string text = err.empty() ? out : err;
  text.erase(0, text.find_first_not_of(" \n"));
  text.erase(std::min(text.find('\n'), text.size()));
  // "sbatch: error: what is wrong"
  for (const std::string_view mark : {"error: ", "fatal: "}) {
    const std::size_t found = text.find(mark);
    if (found != std::string::npos) text.erase(0, found + mark.size());
  }
  while (!text.empty() && text.back() == '.') text.pop_back();
  return text.empty() ? "it ended with status " + std::to_string(status) : text;
}

ProcessOutput run_process(const std::vector<std::string>& words, const run::EndSignals* signals,
                          std::chrono::seconds limit) {
  Stream out;
  Stream err;
  Child child(words, out, err);
  out.close_write_end();
  err.close_write_end();
  const Clock::time_point deadline = Clock::now() + limit;
  while (out.read_end() >= 0 || err.read_end() >= 0) {
    std::array<pollfd, 3> waits{};  // poll() passes over descriptors below 0
    waits[0] = {out.read_end(), POLLIN, 0};
    waits[1] = {err.read_end(), POLLIN, 0};
    waits[2] = {signals != nullptr ? signals->descriptor() : -1, POLLIN, 0};
    const auto rest =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (rest <= 0) {
      throw UsageError("The command " + words.front() + " did not end within " +
                       std::to_string(limit.count()) + " s; is the cluster up?");
    }
    poll(waits.data(), waits.size(), static_cast<int>(rest));
    if (waits[2].revents != 0) signals->check();
    if (waits[0].revents != 0) out.take();
    if (waits[1].revents != 0) err.take();
  }
  ProcessOutput output;
  output.status = child.wait();
  output.out = std::move(out.text);
  output.err = std::move(err.text);
  return output;
}

}  // namespace leyden::sweep
