#pragma once

#include <optional>
#include <string>

#include "platform/chip/chip_file.h"
#include "platform/compiler/plan.h"
#include "platform/run/data_set.h"
#include "platform/run/resources.h"
#include "platform/run/run.h"
#include "platform/run/snapshot.h"
#include "platform/run/worker_protocol.h"

namespace leyden::run {

/// The chip of a snapshot. When a chip is asked for, by name and settings, it must be the same.
/// @throws base::UsageError when it is another one
chip::ChipDescription restored_chip(const std::string& text, const std::string& origin,
                                    const std::string& asked, const chip::Overrides& set,
                                    const std::string& snapshot, const Resources& resources);

/// What one run is asked for, completed with what the snapshot that it goes on from knows.
class Restored {
 public:
  /// Without a snapshot, what was asked for. @throws base::UsageError when the snapshot cannot be
  /// read, or an option that is given contradicts it
  explicit Restored(const RunOptions& asked);

  const RunOptions& options() const { return options_; }
  /// The data folder as the report calls it.
  const std::string& data_name() const { return stored_ ? stored_->data : options_.data; }
  /// @param[out] origin the chip's file, for messages
  chip::ChipDescription chip(const Resources& resources, std::string& origin) const;
  /// What a snapshot of this run tells. @param firmware path of the ELF file
  RunSnapshot about(const std::string& chip_text, const std::string& chip_origin,
                    const std::vector<std::uint8_t>& network_image, const DataSet& data,
                    const std::string& firmware) const;
  /// Whether network, data and firmware are those of the snapshot. @throws base::UsageError
  void check(const RunSnapshot& about) const;

 private:
  RunOptions options_;
  std::optional<RunSnapshot> stored_;
};

/// Adds the snapshot that the options want to a request.
/// @throws base::UsageError when the place is not in the run
void ask_for_snapshot(WorkerRequest& request, const RunOptions& options, RunSnapshot about,
                      const compiler::Plan& plan);

}  // namespace leyden::run
