#include "platform/run/end_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "models/base/error.h"

namespace leyden::run {
namespace {

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interrupted::Interrupted(int signal)
    : std::runtime_error("The run was interrupted by signal " + std::to_string(signal) + " (" +
                         strsignal(signal) + ")."),
      signal_(signal) {}

EndSignals::EndSignals() {
  sigset_t waiting;
  sigemptyset(&waiting);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) sigaddset(&waiting, signal);
  }
  descriptor_ = signalfd(-1, &waiting, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) {
    throw base::ModelError(std::string("Signals cannot be waited for: ") + std::strerror(errno) +
                           ".");
  }
  sigprocmask(SIG_BLOCK, &waiting, &before_);
}

EndSignals::~EndSignals() {
  close(descriptor_);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

void EndSignals::check() const {
  signalfd_siginfo info{};
  if (read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    throw Interrupted(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace leyden::run
