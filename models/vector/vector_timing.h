#pragma once

#include <cstdint>

#include "models/vector/vector_job.h"

namespace leyden::vector {

/// What limits the unit's speed.
struct TimingParameters {
  std::uint32_t lanes = 16;           ///< element operations a cycle
  std::uint32_t port_bytes = 16;      ///< bytes of a beat of the LMEM port, one beat a cycle
  std::uint32_t start_up_cycles = 4;  ///< from start to the first result, and back to idle
};

/// What an operation has to do.
struct VectorWork {
  std::uint64_t element_operations = 0;  ///< window taps, partial words or elements
  std::uint64_t read_beats = 0;          ///< of the LMEM port
  std::uint64_t write_beats = 0;
};

struct VectorTiming {
  std::uint64_t compute_cycles = 0;
  std::uint64_t port_cycles = 0;
  std::uint64_t total_cycles = 0;
};

/// Beats of `port_bytes` that `bytes` bytes from `address` on touch.
std::uint64_t beats(std::uint64_t address, std::uint64_t bytes, std::uint32_t port_bytes);

/// Element operations: a pooling window's taps (padded ones included: the unit walks the whole
/// window), accumulate's partial words, else outputs. Every operand is read once: a line buffer
/// holds what overlapping windows share.
VectorWork vector_work(const VectorJob& job, const TimingParameters& parameters);

/// Reading, computing and writing are pipelined, reads and writes share the port:
/// total = start_up + max(ceil(element_operations / lanes), read_beats + write_beats).
VectorTiming vector_timing(const VectorWork& work, const TimingParameters& parameters);

}  // namespace leyden::vector
