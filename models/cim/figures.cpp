#include "models/cim/figures.h"

#include <algorithm>
#include <cstring>

#include "models/base/energy_ledger.h"
#include "models/base/random.h"
#include "models/cim/macro.h"
#include "models/cim/timing.h"

namespace leyden::cim {
namespace {

constexpr std::uint32_t kFigureStream = 0x20;

void fill_random(std::vector<std::uint8_t>& bytes, std::uint32_t seed, std::uint32_t use) {
  const base::RandomStream random({seed, use, 0, 0, kFigureStream});
  for (std::size_t i = 0; i < bytes.size(); i += 16) {
    const auto block = random.block(i / 16);
    std::memcpy(bytes.data() + i, block.data(), std::min<std::size_t>(16, bytes.size() - i));
  }
}

}  // namespace

FullArrayJob full_array_job(const MacroParameters& macro, unsigned in_bits, unsigned weight_bits,
                            unsigned out_bits, unsigned positions_per_side, std::uint32_t seed) {
  FullArrayJob full;
  Job& job = full.job;
  const unsigned rows = macro.page_rows();
  const unsigned kernel = rows % 9 == 0 ? 3 : 1;
  job.kernel_width = job.kernel_height = kernel;
  job.in_channels = job.in_pixel_stride = rows / (kernel * kernel);
  job.in_width = job.in_height = positions_per_side + kernel - 1;
  job.window_count = rows;
  job.out_width = job.out_height = positions_per_side;
  job.outputs = job.out_pixel_stride = macro.columns / macro.columns_per_output(weight_bits);
  job.unit_count = macro.page_units();
  job.in_bits = in_bits;
  job.weight_bits = weight_bits;
  job.out_bits = out_bits;
  full.input.resize(std::size_t{job.in_width} * job.in_height * job.in_pixel_stride);
  fill_random(full.input, seed, 0);
  return full;
}

void fill_array(WeightArray& array, const MacroParameters& macro, std::uint16_t gamma,
                unsigned out_bits, std::uint32_t seed) {
  std::vector<std::uint8_t> cells(array.cell_bytes());
  fill_random(cells, seed, 1);
  array.write_cells(0, cells.data(), cells.size());
  const std::uint32_t beta = 16u << (out_bits - 1);
  for (unsigned e = 0; e < macro.abn_entries; ++e) array.write_abn(e, beta << 16 | gamma);
}

MacroFigures macro_figures(const base::ParameterSet& parameters, const MacroParameters& macro,
                           unsigned in_bits, unsigned weight_bits, unsigned out_bits,
                           double clock_hz) {
  constexpr unsigned kSide = 12;
  constexpr std::uint32_t kSeed = 1;
  Macro simulated(macro);
  fill_array(simulated.array(), macro, 256, out_bits, kSeed);
  const FullArrayJob full = full_array_job(macro, in_bits, weight_bits, out_bits, kSide, kSeed);
  base::EnergyLedger ledger;
  MacroEvents events(ledger, macro, &parameters, "macro");
  std::vector<std::uint8_t> output(full.job.positions() * full.job.position_bytes());
  const JobCounts counts =
      simulated.run(full.job, full.input.data(), base::Fidelity::kQuantised, {}, output.data());
  events.count_macro(full.job, counts);
  const JobTiming timing = job_timing(full.job, macro, clock_hz, simulated.steps_taken());

  const auto mvms = static_cast<double>(counts.mvms);
  MacroFigures figures;
  figures.in_bits = in_bits;
  figures.weight_bits = weight_bits;
  figures.out_bits = out_bits;
  figures.ops = 2.0 * static_cast<double>(counts.macs) / mvms;
  figures.time_ns = static_cast<double>(timing.macro_cycles) / clock_hz * 1e9 / mvms;
  figures.energy_by_component_pj = ledger.energy_fj(ledger.snapshot());
  for (double& energy : figures.energy_by_component_pj) energy *= 1e-3 / mvms;
  figures.energy_by_component_pj[static_cast<std::size_t>(base::Component::kLeakage)] +=
      macro.leakage_power_uw() * figures.time_ns * 1e-3;
  for (const double energy : figures.energy_by_component_pj) figures.energy_pj += energy;
  figures.area_mm2 = macro.area_um2() * 1e-6;
  figures.pops_per_w = figures.ops / figures.energy_pj * 1e-3;
  figures.tops_per_mm2 = figures.ops / figures.time_ns * 1e-3 / figures.area_mm2;
  figures.kilobytes_per_mm2 = macro.capacity_bytes() * 1e-3 / figures.area_mm2;
  return figures;
}

}  // namespace leyden::cim
