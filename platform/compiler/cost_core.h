#pragma once

#include <cstdint>

#include "firmware/include/leyden/image.h"
#include "platform/compiler/cost_parameters.h"

namespace leyden::compiler {

/// Instructions of the core, accesses over the bus apart.
struct CoreWork {
  std::uint64_t alu = 0;
  std::uint64_t load = 0;   ///< from SRAM
  std::uint64_t store = 0;  ///< to SRAM
  std::uint64_t branch = 0;
  std::uint64_t jump = 0;
  std::uint64_t multiply = 0;
  std::uint64_t divide = 0;
  std::uint64_t load_use = 0;     ///< results of loads needed by the next instruction
  std::uint64_t taken = 0;        ///< branches taken
  std::uint64_t fetch_waits = 0;  ///< 4-byte instructions at jump targets that are not 4-aligned
  std::uint64_t lmem_load = 0;    ///< over the bus: codes
  std::uint64_t lmem_store = 0;
  std::uint64_t data_load = 0;  ///< over the bus: tables and weights, in LMEM or in the image

  void add(const CoreWork& block, std::uint64_t times = 1);
  /// Cycles without those an access waits for its answer.
  std::uint64_t cycles(const CostParameters& p) const;
};

/// What the core does in a step of unit LEYDEN_UNIT_CORE from the look at its unit on to the next
/// step, the wait for other units apart. Codes decide about some branches: new maxima are as many
/// as among random codes all different (1 + 1/2 + .. + 1/n of n), results are inside their range
/// and not negative, a sum of exponentials lies between 2 and 4.
/// @param step its DATA a bus address; one that the image reader accepts
CoreWork core_work(const leyden_step& step);

}  // namespace leyden::compiler
