#pragma once

#include <cstdint>

namespace leyden::bus {

/// What becomes of one transfer beside what the bus does anyway.
struct TransferFault {
  std::uint64_t delay_cycles = 0;
  bool refused = false;  ///< a generic error, and the target is not reached
};

/// Faults of an interconnect; asked once a transfer that is granted, in the order of time.
class TransferFaults {
 public:
  virtual ~TransferFaults() = default;
  /// @param master  in the order of Interconnect::add_master()
  virtual TransferFault on_transfer(unsigned master, std::uint64_t address, bool write) = 0;
};

}  // namespace leyden::bus
