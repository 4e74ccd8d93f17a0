#include "platform/run/worker_pool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "models/base/error.h"
#include "platform/run/broken_pipes.h"
#include "platform/run/end_signals.h"

extern char** environ;

namespace leyden::run {
namespace {

using base::ModelError;

/// A file descriptor closed at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

std::array<Descriptor, 2> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw ModelError(std::string("A pipe to a worker cannot be made: ") + std::strerror(errno) +
                     ".");
  }
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// One running worker. Ended and reaped at the end of its scope, whatever happens.
class Worker {
 public:
  Worker(const std::string& program, const WorkerTask& task) : request_(task.request) {
    auto input = make_pipe();
    auto output = make_pipe();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0].get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1].get(), STDOUT_FILENO);
    std::vector<std::string> words = {program};
    words.insert(words.end(), task.arguments.begin(), task.arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    // A worker ends at a broken pipe, so that it does not outlive this program.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &broken_pipe);
    sigset_t none;  // what this program keeps waiting (EndSignals) ends a worker at once
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    const int error =
        posix_spawn(&pid_, program.c_str(), &actions, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      pid_ = -1;
      throw ModelError("A worker process cannot be started from " + program + ": " +
                       std::strerror(error) + ".");
    }
    to_worker_ = std::move(input[1]);
    from_worker_ = std::move(output[0]);
    fcntl(to_worker_.get(), F_SETFL, O_NONBLOCK);
  }

  ~Worker() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Worker(Worker&& other) noexcept
      : pid_(other.pid_),
        request_(std::move(other.request_)),
        sent_(other.sent_),
        to_worker_(std::move(other.to_worker_)),
        from_worker_(std::move(other.from_worker_)),
        line_(std::move(other.line_)) {
    other.pid_ = -1;
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  int input() const { return to_worker_.get(); }
  int output() const { return from_worker_.get(); }
  void terminate() const { kill(pid_, SIGTERM); }

  /// Sends what the pipe takes now; closes it after the last byte or when nobody reads.
  void send() {
    const ssize_t count = write(to_worker_.get(), request_.data() + sent_, request_.size() - sent_);
    if (count > 0) sent_ += static_cast<std::size_t>(count);
    const bool failed = count < 0 && errno != EAGAIN && errno != EINTR;
    if (failed || sent_ == request_.size()) to_worker_.reset();
  }

  /// Reads what is there and hands on whole lines. @return false at the end of its output
  bool receive(const std::function<void(const std::string&)>& on_line) {
    std::array<char, 1u << 16> buffer;
    const ssize_t count = read(from_worker_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) return true;
    if (count <= 0) {
      from_worker_.reset();
      return false;
    }
    for (ssize_t i = 0; i < count; ++i) {
      if (buffer[i] != '\n') {
        line_ += buffer[i];
        continue;
      }
      on_line(line_);
      line_.clear();
    }
    return true;
  }

  WorkerEnd wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    if (WIFEXITED(status)) return {true, WEXITSTATUS(status)};
    return {false, WTERMSIG(status)};
  }

 private:
  pid_t pid_ = -1;
  std::string request_;
  std::size_t sent_ = 0;
  Descriptor to_worker_;
  Descriptor from_worker_;
  std::string line_;  ///< the start of a line whose end has not come
};

int wait_ms(const std::optional<std::chrono::steady_clock::time_point>& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      *deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0) {
    throw base::Error(base::ExitStatus::kLimit,
                      "The host-time limit was reached before the run ended; raise --max-seconds.");
  }
  return static_cast<int>(std::min<long long>(left.count() + 1, 1 << 30));
}

}  // namespace

std::vector<WorkerEnd> run_workers(const std::string& program, const std::vector<WorkerTask>& tasks,
                                   const WorkerLine& on_line,
                                   std::optional<std::chrono::steady_clock::time_point> deadline,
                                   std::size_t at_once) {
  const IgnoreBrokenPipes ignore;
  const EndSignals signals;
  std::vector<Worker> workers;
  workers.reserve(tasks.size());
  std::vector<WorkerEnd> ends(tasks.size(), WorkerEnd{false, SIGTERM});
  std::size_t running = 0;
  bool failed = false;
  const auto start_more = [&] {
    for (; !failed && running < at_once && workers.size() < tasks.size(); ++running) {
      workers.emplace_back(program, tasks[workers.size()]);
    }
  };
  start_more();
  while (running > 0) {
    // 1. Wait until a worker takes more of its request or has written something.
    std::vector<pollfd> polled = {{signals.descriptor(), POLLIN, 0}};
    std::vector<std::size_t> owner = {workers.size()};  // nobody's
    for (std::size_t i = 0; i < workers.size(); ++i) {
      if (workers[i].input() >= 0) {
        polled.push_back({workers[i].input(), POLLOUT, 0});
        owner.push_back(i);
      }
      if (workers[i].output() >= 0) {
        polled.push_back({workers[i].output(), POLLIN, 0});
        owner.push_back(i);
      }
    }
    if (poll(polled.data(), polled.size(), wait_ms(deadline)) < 0) continue;
    signals.check();
    // 2. Serve each; a worker whose output ended is waited for.
    for (std::size_t p = 0; p < polled.size(); ++p) {
      if (polled[p].revents == 0) continue;
      const std::size_t index = owner[p];
      Worker& worker = workers[index];
      if (polled[p].fd == worker.input()) {
        worker.send();
        continue;
      }
      if (worker.receive([&](const std::string& line) { on_line(index, line); })) continue;
      ends[index] = worker.wait();
      --running;
      // 3. A failure ends the workers after it: their results are of no use. Those before it go on,
      //    so that which failure is the first in order does not depend on the host.
      if (ends[index].exited && ends[index].code == 0) continue;
      failed = true;
      for (std::size_t i = index + 1; i < workers.size(); ++i) {
        if (workers[i].output() >= 0) workers[i].terminate();
      }
    }
    start_more();
  }
  signals.check();  // Ctrl-C reaches the workers too: their end is no failure of theirs
  return ends;
}

}  // namespace leyden::run
