#include "models/base/error.h"
#include "platform/cli/commands.h"

namespace leyden::cli {

base::ExitStatus replay_command(const Arguments&) {
  throw base::UsageError("leyden replay is not there yet");
}

}  // namespace leyden::cli
