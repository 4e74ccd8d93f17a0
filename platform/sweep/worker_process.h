#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace leyden::sweep {

/// A process that reads lines from its standard input and answers with lines, started by exec. It
/// has a process group of its own: what a terminal sends on Ctrl-C reaches this program alone,
/// which then ends its workers. Ended and reaped with its object, whatever happens.
class WorkerProcess {
 public:
  /// @throws base::ModelError when it cannot be started
  WorkerProcess(const std::string& program, const std::vector<std::string>& arguments);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  int input() const { return to_worker_; }     ///< -1 when closed
  int output() const { return from_worker_; }  ///< -1 when it has ended
  bool has_unsent() const { return sent_ < unsent_.size(); }

  /// Queues a line and sends what the pipe takes.
  void queue(const std::string& line);
  /// Sends what the pipe takes now. A worker that reads no more is found out by receive().
  void send();
  /// Reads what is there and hands on whole lines. @return false at the end of its output
  bool receive(const std::function<void(const std::string&)>& on_line);

  void close_input();  ///< a worker without more lines ends
  void terminate() const;
  /// After the end of its output: waits for its end.
  /// @return how it died, as part of a sentence: "ended with exit status 1"
  std::string wait();
  /// @return true when it has ended within that time
  bool wait_for(int milliseconds);

 private:
  std::optional<int> reap(int options);

  pid_t pid_ = -1;
  int to_worker_ = -1;
  int from_worker_ = -1;
  std::string unsent_;
  std::size_t sent_ = 0;
  std::string line_;  ///< the start of a line whose end has not come
  int status_ = 0;    ///< as waitpid tells it, once reaped
};

}  // namespace leyden::sweep
