#include "platform/run/roofline_facts.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "models/cim/figures.h"
#include "models/cim/timing.h"
#include "models/memory/beats.h"
#include "platform/compiler/weight_loads.h"

namespace leyden::run {
namespace {

constexpr double kBanks = 2;
constexpr unsigned kSide = 12;  ///< positions a side of the job that fills the array
constexpr std::uint32_t kSeed = 1;

/// Operations a second of one macro at its best.
double peak_ops_per_s(const cim::MacroParameters& macro, unsigned input_bits, unsigned weight_bits,
                      unsigned converter_bits, double clock_hz) {
  const cim::Job job =
      cim::full_array_job(macro, input_bits, weight_bits, converter_bits, kSide, kSeed).job;
  const cim::JobTiming timing = cim::job_timing(job, macro, clock_hz);
  const double macs = static_cast<double>(job.positions()) * job.window_count * job.outputs;
  return 2 * macs / static_cast<double>(timing.macro_cycles) * clock_hz;
}

}  // namespace

report::RooflineFacts roofline_facts(const compiler::Plan& plan,
                                     const base::ParameterSet& parameters) {
  const double clock_hz = parameters.real("system.clock_mhz") * 1e6;
  const auto macros = static_cast<double>(parameters.integer("system.macros"));
  const cim::MacroParameters macro = cim::read_macro_parameters(parameters);
  report::RooflineFacts facts;
  std::set<std::tuple<unsigned, unsigned, unsigned>> precisions;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const compiler::QuantLayer& layer = plan.network.layers[i];
    if (layer.kind != compiler::LayerKind::kMacro) continue;
    const vector::PartialFormat& format = plan.layers[i].format;
    precisions.emplace(format.in_bits, format.weight_bits, plan.layers[i].converter_bits);
  }
  for (const auto& [input_bits, weight_bits, converter_bits] : precisions) {
    const double ops = peak_ops_per_s(macro, input_bits, weight_bits, converter_bits, clock_hz);
    facts.peaks.push_back({input_bits, weight_bits, converter_bits, macros * ops * 1e-12});
  }
  const auto gbytes_per_s = [&](double bytes_per_cycle) {
    return bytes_per_cycle * clock_hz * 1e-9;
  };
  const double beat = memory::kBeatBytes;
  const double row = static_cast<double>(macro.row_bytes()) / macro.weight_row_cycles;
  const auto bus = static_cast<double>(parameters.integer("bus.data_width_bytes"));
  facts.memories = {
      {"off_chip",
       gbytes_per_s(static_cast<double>(parameters.integer("off_chip.bytes_per_cycle"))),
       {{"off_chip.byte_read", 1}, {"off_chip.byte_write", 1}}},
      {"lmem", gbytes_per_s(kBanks * beat), {{"lmem.read", beat}, {"lmem.write", beat}}},
      {"weight_window",
       gbytes_per_s(std::min(bus, row)),
       {{"dma.channel_" + std::to_string(compiler::kWeightChannel) + ".byte", 1}}}};
  return facts;
}

}  // namespace leyden::run
