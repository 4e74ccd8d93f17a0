#pragma once

#include <array>
#include <cstdint>

#include "models/vector/vector_arithmetic.h"

namespace leyden::vector {

/// Values of register ERROR_CODE (configs/registers/vector.yaml).
enum class JobError : std::uint32_t {
  kNone = 0,
  kBusy = 1,       ///< started while busy
  kOperation = 2,  ///< unknown operation
  kRegion = 3,     ///< region outside LMEM
  kShape = 5,      ///< shapes that do not fit together
};

inline constexpr unsigned kJobWords = 15;

/// One operation as the job registers describe it.
struct VectorJob {
  std::uint32_t code = 0;     ///< register OPERATION; an Operation once check_job() has passed
  std::uint32_t source0 = 0;  ///< bus addresses in LMEM
  std::uint32_t source1 = 0;
  std::uint32_t destination = 0;
  std::uint32_t table = 0;
  std::uint32_t part_stride = 0;  ///< accumulate: bytes from one partial tensor to the next
  std::uint32_t parts = 0;
  PoolShape shape;  ///< element-wise operations use out_width, out_height and channels alone
  Scales scales;
  Result result;
  PartialFormat format;  ///< without rows_per_unit and range_shift, which are the macro's

  Operation operation() const { return static_cast<Operation>(code); }
  bool pools() const {
    return operation() == Operation::kMaxPool || operation() == Operation::kAveragePool;
  }
  bool has_table() const {
    return operation() == Operation::kAccumulate || operation() == Operation::kScale ||
           operation() == Operation::kLookup;
  }
  std::uint64_t pixels() const { return std::uint64_t{shape.out_width} * shape.out_height; }
  std::uint64_t outputs() const { return pixels() * shape.channels; }
  /// Bytes of one tensor at SRC0 (accumulate: of one partial tensor).
  std::uint64_t source_bytes() const;
  std::uint64_t table_bytes() const;
};

/// Decodes the job registers OPERATION to PARTIAL, in their order.
VectorJob decode_job(const std::array<std::uint32_t, kJobWords>& words);

/// Whether operation and shapes are ones the unit can do.
/// @param ideal fidelity ideal, which needs register PARTIAL for accumulate
/// @return kNone, kOperation, kShape, or kRegion for a tensor of 4 GiB or more
JobError check_job(const VectorJob& job, bool ideal);

}  // namespace leyden::vector
