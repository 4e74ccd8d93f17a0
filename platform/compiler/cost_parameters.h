#pragma once

#include <array>
#include <cstdint>

#include "models/base/parameter.h"
#include "models/cim/parameters.h"
#include "models/vector/vector_timing.h"

namespace leyden::compiler {

/// Kinds of instructions the core's cycles and energy are told for (chip file, scope `core`).
enum class InstructionClass { kAlu, kLoad, kStore, kBranch, kJump, kSystem, kMultiply, kDivide };
inline constexpr std::size_t kInstructionClassCount = 8;

/// What the cost of an image depends on beside its steps: times in cycles of the chip's clock,
/// energies in fJ at the nominal supply. The same keys as the units read.
struct CostParameters {
  cim::MacroParameters macro;
  double clock_hz = 0;
  unsigned macros = 1;

  // Core.
  std::array<std::uint32_t, kInstructionClassCount> instruction_cycles{};
  std::array<double, kInstructionClassCount> instruction_fj{};
  std::uint32_t load_use_cycles = 0;
  std::uint32_t taken_branch_cycles = 0;
  std::uint32_t fetch_wait_cycles = 0;
  std::uint32_t wake_cycles = 0;

  // Bus, DMA, memories.
  std::uint32_t bus_hop_cycles = 0;
  std::uint32_t bus_bytes = 16;
  double bus_beat_fj = 0;
  std::uint32_t dma_burst_bytes = 16;
  std::uint32_t dma_prepare_cycles = 0;
  std::uint32_t dma_access_cycles = 0;
  std::uint32_t dma_boundary_bytes = 0;  ///< 0: none
  double dma_byte_fj = 0;
  std::uint32_t lmem_bank_bytes = 0;
  std::uint32_t lmem_latency_cycles = 0;
  double lmem_read_fj = 0;
  double lmem_write_fj = 0;
  std::uint64_t off_chip_latency_cycles = 0;
  std::uint32_t off_chip_bytes_per_cycle = 1;
  double off_chip_read_fj = 0;
  double off_chip_write_fj = 0;
  double sram_read_fj = 0;
  double sram_write_fj = 0;

  // Vector unit.
  vector::TimingParameters vector;
  double compare_fj = 0;
  double add_fj = 0;
  double multiply_narrow_fj = 0;
  double multiply_wide_fj = 0;

  // What passes with time.
  double clock_fj_per_cycle = 0;
  double leakage_fj_per_cycle = 0;  ///< of the whole chip
};

/// Reads what a chip's parameters say.
/// @throws base::UsageError or ModelError when a key is missing or a macro cannot exist
CostParameters read_cost_parameters(const base::ParameterSet& parameters);

}  // namespace leyden::compiler
