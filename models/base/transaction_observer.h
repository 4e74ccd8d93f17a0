#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <systemc>
#include <tlm>

namespace leyden::base {

/// One access over the interconnect, as it reaches its target. References hold during the call.
struct BusAccess {
  const std::string& master;  ///< "core", "dma0", ...
  const std::string* target;  ///< "cim0", "sram", ...; nullptr where the interconnect refuses it
  std::uint64_t address;      ///< on the bus
  std::uint64_t offset;       ///< in the target
  sc_core::sc_time asked;     ///< delay with which the master came
  sc_core::sc_time arrives;   ///< delay with which the target is called
  const tlm::tlm_generic_payload& payload;
};

/// A strided region of LMEM that a unit uses through its port (memory::Region).
struct LmemRegion {
  std::uint64_t address;
  std::uint32_t length;
  std::uint32_t stride;
  std::uint32_t count;
  const std::uint8_t* data;  ///< of `address`
};

/// Looks at the data that the parts of a chip exchange, for recordings. Called by the interconnect
/// and by LMEM at the kernel's time, only while one is set: without one an access costs the
/// comparison of a pointer. Nothing an observer does may change the chip.
class TransactionObserver {
 public:
  virtual ~TransactionObserver() = default;

  /// An access is about to reach its target. @return what ends() gets
  virtual std::size_t begins(const BusAccess& access) = 0;
  /// It has been answered, at the kernel's time + delay.
  virtual void ends(std::size_t access, const tlm::tlm_generic_payload& payload,
                    const sc_core::sc_time& delay) = 0;

  /// A unit claims a region for a job; what it reads is in it.
  /// @param owner  SystemC name of the unit
  virtual void claims(const std::string& owner, bool write, const LmemRegion& region) = 0;
  /// LMEM tells how many cycles the job waits for a claimed region.
  virtual void waits(const LmemRegion& region, bool write, std::uint64_t cycles) = 0;
  /// A unit has written to a region. @param owner  of the claim it lies in
  virtual void writes(const std::string& owner, const LmemRegion& region) = 0;
};

}  // namespace leyden::base
