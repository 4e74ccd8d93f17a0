#include "platform/chip/area.h"

#include <algorithm>
#include <initializer_list>

namespace leyden::chip {
namespace {

constexpr double kMostUm2 = 1e9;
constexpr double kBytesPerKib = 1024;
constexpr unsigned kLmemBanks = 2;
constexpr unsigned kDmaChannels = 2;

base::ParameterSpec area(const std::string& key, const std::string& unit, const std::string& text) {
  return {key, unit, 0, kMostUm2, false, {}, text + "; 0: not told", "0"};
}

base::Source weakest(const base::ParameterSet& parameters,
                     std::initializer_list<const char*> keys) {
  base::Source worst = base::Source::kStated;  // the enumeration is in order of strength
  for (const char* key : keys) {
    // A share of nothing rests on nothing.
    if (parameters.has(key) && parameters.real(key) != 0) {
      worst = std::max(worst, parameters.at(key).source);
    }
  }
  return worst;
}

}  // namespace

double ChipArea::total_um2() const {
  double sum = 0;
  for (const AreaPart& part : parts) sum += part.is_known ? part.area_um2 : 0;
  return sum;
}

bool ChipArea::is_complete() const {
  return std::all_of(parts.begin(), parts.end(),
                     [](const AreaPart& part) { return part.is_known; });
}

std::vector<base::ParameterSpec> area_specs(const std::string& scope) {
  if (scope == "lmem" || scope == "sram") {
    return {area("area_um2_per_kib", "um2/KiB", "Area of a KiB, its periphery with it")};
  }
  if (scope == "core") return {area("area_um2", "um2", "Area of the core without its memory")};
  if (scope == "vector") return {area("lane_area_um2", "um2", "Area of a lane")};
  if (scope == "bus") {
    return {area("area_um2_per_byte", "um2/B", "Area of the interconnect, per byte of its width")};
  }
  if (scope == "dma") {
    return {
        area("channel_area_um2", "um2", "Area of the control of a channel"),
        area("buffer_area_um2_per_byte", "um2/B", "Area of a byte of a channel's burst buffer")};
  }
  return {};
}

ChipArea chip_area(const base::ParameterSet& parameters, const cim::MacroParameters& macro) {
  ChipArea made;
  // What a set without the keys does not tell is 0, as what a file leaves out.
  const auto told = [&](const char* key) {
    return parameters.has(key) ? parameters.real(key) : 0.0;
  };
  const auto add = [&](const std::string& name, double area_um2, bool known,
                       std::initializer_list<const char*> keys) {
    made.parts.push_back({name, area_um2, known, weakest(parameters, keys)});
  };
  const double macros = static_cast<double>(parameters.integer("system.macros"));
  const double macro_um2 = macro.area_um2();
  add("macros", macros * macro_um2, macro_um2 > 0,
      {"cim.cell.area_um2", "cim.drive.area_um2", "cim.converter.area_um2", "cim.post.area_um2"});
  const double lmem_kib = kLmemBanks * parameters.real("lmem.bank_bytes") / kBytesPerKib;
  const double of_lmem = told("lmem.area_um2_per_kib");
  add("lmem", lmem_kib * of_lmem, of_lmem > 0, {"lmem.area_um2_per_kib"});
  const double sram_kib = parameters.real("sram.bytes") / kBytesPerKib;
  const double of_sram = told("sram.area_um2_per_kib");
  add("sram", sram_kib * of_sram, of_sram > 0, {"sram.area_um2_per_kib"});
  const double core = told("core.area_um2");
  add("core", core, core > 0, {"core.area_um2"});
  const double channel = told("dma.channel_area_um2");
  const double buffer = told("dma.buffer_area_um2_per_byte");
  add("dma", kDmaChannels * (channel + buffer * parameters.real("dma.burst_bytes")),
      channel > 0 && buffer > 0, {"dma.channel_area_um2", "dma.buffer_area_um2_per_byte"});
  const double lane = told("vector.lane_area_um2");
  add("vector", lane * parameters.real("vector.lanes"), lane > 0, {"vector.lane_area_um2"});
  const double width = told("bus.area_um2_per_byte");
  add("bus", width * parameters.real("bus.data_width_bytes"), width > 0, {"bus.area_um2_per_byte"});
  return made;
}

}  // namespace leyden::chip
