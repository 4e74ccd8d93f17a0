#pragma once

#include "platform/cli/arguments.h"

namespace leyden::cli {

/// What must fit together around --dies. @throws base::UsageError
void check_dies(const Arguments& arguments);

}  // namespace leyden::cli
