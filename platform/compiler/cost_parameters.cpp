#include "platform/compiler/cost_parameters.h"

#include <string>

#include "models/cim/timing.h"

namespace leyden::compiler {
namespace {

constexpr double kFjPerPj = 1e3;
constexpr double kFjPerUwSecond = 1e9;  // 1 uW over 1 s
constexpr std::array<const char*, kInstructionClassCount> kClasses = {
    "alu", "load", "store", "branch", "jump", "system", "multiply", "divide"};

}  // namespace

CostParameters read_cost_parameters(const base::ParameterSet& parameters) {
  const auto whole = [&](const std::string& key) {
    return static_cast<std::uint32_t>(parameters.integer(key));
  };
  const auto energy = [&](const std::string& key) { return parameters.real(key) * kFjPerPj; };
  CostParameters p;
  p.macro = cim::read_macro_parameters(parameters);
  p.macros = whole("system.macros");
  // The chip's period is a whole number of picoseconds; a clock that is not is refused there.
  p.clock_hz = parameters.real("system.clock_mhz") * 1e6;

  for (std::size_t i = 0; i < kInstructionClassCount; ++i) {
    const std::string name = std::string("core.") + kClasses[i];
    p.instruction_cycles[i] = whole(name + "_cycles");
    p.instruction_fj[i] = energy(name + "_energy_pj");
  }
  p.load_use_cycles = whole("core.load_use_cycles");
  p.taken_branch_cycles = whole("core.taken_branch_cycles");
  p.fetch_wait_cycles = whole("core.fetch_wait_cycles");
  p.wake_cycles = whole("core.wake_cycles");

  p.bus_hop_cycles = whole("bus.hop_latency_cycles");
  p.bus_bytes = whole("bus.data_width_bytes");
  p.bus_beat_fj = energy("bus.beat_energy_pj");
  p.dma_burst_bytes = whole("dma.burst_bytes");
  p.dma_prepare_cycles = whole("dma.prepare_cycles");
  p.dma_access_cycles = whole("dma.access_cycles");
  p.dma_boundary_bytes = whole("dma.boundary_bytes");
  p.dma_byte_fj = energy("dma.byte_energy_pj");
  p.lmem_bank_bytes = whole("lmem.bank_bytes");
  p.lmem_latency_cycles = whole("lmem.latency_cycles");
  p.lmem_read_fj = energy("lmem.read_energy_pj");
  p.lmem_write_fj = energy("lmem.write_energy_pj");
  p.off_chip_latency_cycles =
      cim::cycles_for_ns(parameters.real("off_chip.latency_ns"), p.clock_hz);
  p.off_chip_bytes_per_cycle = whole("off_chip.bytes_per_cycle");
  p.off_chip_read_fj = energy("off_chip.read_energy_pj");
  p.off_chip_write_fj = energy("off_chip.write_energy_pj");
  p.sram_read_fj = energy("sram.core_read_energy_pj");
  p.sram_write_fj = energy("sram.core_write_energy_pj");

  p.vector = {whole("vector.lanes"), whole("vector.port_bytes"), whole("vector.start_up_cycles")};
  p.compare_fj = energy("vector.compare_energy_pj");
  p.add_fj = energy("vector.add_energy_pj");
  p.multiply_narrow_fj = energy("vector.multiply_narrow_energy_pj");
  p.multiply_wide_fj = energy("vector.multiply_wide_energy_pj");

  p.clock_fj_per_cycle = energy("system.clock_energy_pj");
  double leakage_uw = p.macros * p.macro.leakage_power_uw();
  for (const char* group : {"sram", "lmem", "core", "digital"}) {
    leakage_uw += parameters.real(std::string("system.leakage.") + group + "_uw");
  }
  p.leakage_fj_per_cycle = leakage_uw * kFjPerUwSecond / p.clock_hz;
  return p;
}

}  // namespace leyden::compiler
