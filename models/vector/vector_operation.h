#pragma once

#include <cstdint>
#include <vector>

#include "models/vector/vector_job.h"

namespace leyden::vector {

/// Bytes of LMEM from the first to the last that an operation uses of a tensor or table.
struct Span {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;

  std::uint64_t end() const { return address + bytes; }
};

/// What a job that passed check_job() reads: SRC0 (accumulate: all parts), SRC1 of an addition, the
/// table; those it has, in this order.
std::vector<Span> sources_of(const VectorJob& job);
Span destination_of(const VectorJob& job);

/// Whether the result lies over an operand in a way that makes it depend on the order of the work:
/// anything but an element-wise result that replaces an operand whole.
bool overwrites_sources(const VectorJob& job);

/// Host memory of a job's operands; those it does not have may be null.
struct OperationData {
  const std::uint8_t* source0 = nullptr;
  const std::uint8_t* source1 = nullptr;
  const std::uint8_t* table = nullptr;
};

/// Runs a job that passed check_job().
/// @param ideal   fidelity ideal: partial words are exact dot products
/// @param output  job.outputs() codes
void run_operation(const VectorJob& job, bool ideal, const OperationData& data,
                   std::uint8_t* output);

}  // namespace leyden::vector
