#include "platform/sweep/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "models/base/error.h"

extern char** environ;

namespace leyden::sweep {
namespace {

using base::ModelError;

void close_fd(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

/// Both ends of a pipe, closed at the end of the scope unless taken.
struct Pipe {
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) {
      throw ModelError(std::string("A pipe to a worker cannot be made: ") + std::strerror(errno) +
                       ".");
    }
  }
  ~Pipe() {
    close_fd(ends[0]);
    close_fd(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int take(int end) { return std::exchange(ends[end], -1); }

  int ends[2] = {-1, -1};
};

int spawn(pid_t& pid, const std::string& program, const std::vector<std::string>& arguments,
          const Pipe& input, const Pipe& output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.ends[1], STDOUT_FILENO);
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // What this program ignores or keeps waiting ends a worker at once.
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGXFSZ}) sigaddset(&defaults, signal);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  const int error = posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

WorkerProcess::WorkerProcess(const std::string& program,
                             const std::vector<std::string>& arguments) {
  Pipe input;
  Pipe output;
  const int error = spawn(pid_, program, arguments, input, output);
  if (error != 0) {
    pid_ = -1;
    throw ModelError("A worker process cannot be started from " + program + ": " +
                     std::strerror(error) + ".");
  }
  to_worker_ = input.take(1);
  from_worker_ = output.take(0);
  fcntl(to_worker_, F_SETFL, O_NONBLOCK);
}

WorkerProcess::~WorkerProcess() {
  close_fd(to_worker_);
  close_fd(from_worker_);
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  reap(0);
}

void WorkerProcess::queue(const std::string& line) {
  unsent_.erase(0, sent_);
  sent_ = 0;
  unsent_ += line;
  unsent_ += '\n';
  send();
}

void WorkerProcess::send() {
  while (to_worker_ >= 0 && has_unsent()) {
    const ssize_t count = write(to_worker_, unsent_.data() + sent_, unsent_.size() - sent_);
    if (count > 0) {
      sent_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      close_input();
    }
  }
}

bool WorkerProcess::receive(const std::function<void(const std::string&)>& on_line) {
  std::array<char, 1u << 16> buffer;
  const ssize_t count = read(from_worker_, buffer.data(), buffer.size());
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) {
    close_fd(from_worker_);
    return false;
  }
  const char* at = buffer.data();
  const char* const end = at + count;
  while (const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) {
    const char* newline = static_cast<const char*>(found);
    line_.append(at, newline);
    at = newline + 1;
    std::string line;
    line.swap(line_);
    on_line(line);
  }
  line_.append(at, end);
  return true;
}

void WorkerProcess::close_input() {
  close_fd(to_worker_);
  unsent_.clear();
  sent_ = 0;
}

void WorkerProcess::terminate() const {
  if (pid_ > 0) kill(pid_, SIGTERM);
}

std::optional<int> WorkerProcess::reap(int options) {
  while (pid_ > 0) {
    const pid_t ended = waitpid(pid_, &status_, options);
    if (ended == 0) return std::nullopt;
    if (ended < 0 && errno == EINTR) continue;
    pid_ = -1;
  }
  return status_;
}

std::string WorkerProcess::wait() {
  if (!wait_for(1000)) {
    kill(pid_, SIGKILL);
    reap(0);
    return "closed its output";
  }
  if (WIFEXITED(status_)) {
    return "ended with exit status " + std::to_string(WEXITSTATUS(status_));
  }
  const int signal = WTERMSIG(status_);
  return "was ended by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")" +
         (signal == SIGKILL ? ", as the system does when memory runs out" : "");
}

bool WorkerProcess::wait_for(int milliseconds) {
  for (int waited = 0; !reap(WNOHANG); ++waited) {
    if (waited >= milliseconds) return false;
    usleep(1000);
  }
  return true;
}

}  // namespace leyden::sweep
