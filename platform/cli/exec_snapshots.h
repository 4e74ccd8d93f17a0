#pragma once

#include <optional>
#include <string>

#include "platform/chip/chip.h"
#include "platform/cli/arguments.h"
#include "platform/run/resources.h"
#include "platform/run/snapshot.h"

namespace leyden::cli {

/// The snapshots of one `leyden exec`: the one it goes on from and the one it writes, if any.
class ExecSnapshots {
 public:
  /// Opens what is to be restored. @throws base::UsageError also when an option that is given
  /// contradicts it
  ExecSnapshots(const Arguments& asked, const run::Resources& resources);

  /// What was asked, completed with what the snapshot knows.
  const Arguments& arguments() const { return arguments_; }
  /// The chip asked for, which is the snapshot's. @throws base::UsageError when it is not
  chip::ChipDescription chip() const;
  /// Restores, and sees to it that the new snapshot is taken.
  /// @param program path of the ELF file, which `chip` has loaded
  void prepare(chip::Chip& chip, const chip::ChipDescription& description,
               const std::string& program);
  /// @throws base::UsageError when a snapshot was asked for and the program never came there
  void check_taken(const chip::Chip& chip) const;

 private:
  Arguments arguments_;
  const run::Resources& resources_;
  std::optional<base::Archive> archive_;
  run::ExecSnapshot stored_;
};

}  // namespace leyden::cli
