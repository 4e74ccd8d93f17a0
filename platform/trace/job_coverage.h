#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/activity_observer.h"
#include "models/cim/job.h"
#include "platform/coverage/cover_points.h"

namespace leyden::trace {

/// Which parameters of jobs were seen: of CIM jobs as they are started, of DMA transfers and vector
/// jobs as they are told to observers.
class JobCoverage {
 public:
  explicit JobCoverage(coverage::Coverage& coverage);

  void cim_job(const cim::Job& job);
  void transfer(const base::TransferSpan& span);
  void vector_job(const std::string& operation);

 private:
  coverage::Coverage& coverage_;
  struct CimPoints {
    coverage::PointId kernel, stride, padding, dilation, window, in_bits, weight_bits, out_bits,
        range, results, positions, outputs, pixels, bits, kernel_stride;
  } cim_;
  struct TransferPoints {
    coverage::PointId way, source_alignment, destination_alignment, alignment, size, channel;
  } dma_;
  coverage::PointId operation_;
  std::vector<std::string> operations_;
};

}  // namespace leyden::trace
