#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/chip/area.h"
#include "platform/chip/usage.h"
#include "platform/report/dies.h"
#include "platform/report/faults.h"
#include "platform/report/replaced_column.h"
#include "platform/report/roofline.h"

namespace leyden::report {

inline constexpr int kSchemaVersion = 1;  ///< of report.json; see report.schema.json

/// What the compiler knows about a layer before anything runs.
struct LayerFacts {
  std::uint32_t number = 0;  ///< as given to the chip's layer marker
  std::string name;
  std::string kind;        ///< "conv", "gemm", "max_pool", ...
  std::uint64_t macs = 0;  ///< of the network, per image
  std::uint64_t mvms = 0;  ///< macro operations per image
  std::uint64_t tiles = 0;
  double array_utilisation = 0;  ///< cells that hold a weight / cells occupied by the tiles, 0..1
  double array_share = 0;        ///< cells occupied by the tiles / all cells of the macros, 0..1
  unsigned input_bits = 0;
  unsigned weight_bits = 0;
};

/// Error of the columns at the converter's output, in LSB rms at its most bits, by origin.
struct ColumnNoise {
  double total = 0;
  double temporal = 0;  ///< drawn at every conversion; the others are frozen in the die
  double offset = 0;
  double gain = 0;
  double mismatch = 0;  ///< capacitors of the cells, or conductances from device to device
  double inl = 0;       ///< smooth integral non-linearity
  double transfer = 0;  ///< unit elements or comparators of the converter
  double read = 0;      ///< read noise of resistive cells, drawn at every conversion
  double on_off = 0;    ///< lowest conductance that is not none
  double stuck = 0;     ///< stuck cells
  double columns = 0;   ///< weights of columns in the combination
  double inputs = 0;    ///< levels of inputs: DAC, accumulation
  double wire = 0;      ///< resistance of bit lines
};

/// Everything a report is made from.
struct RunFacts {
  std::string leyden_version;
  std::string chip;
  std::string network;
  std::string data;
  std::string fidelity;
  bool approximately_timed = false;  ///< docs/timing.md
  std::uint64_t first_image = 0;
  std::uint64_t images = 0;
  bool classifier = true;  ///< false: there is no accuracy
  std::uint64_t correct = 0;
  std::uint32_t die_seed = 0;
  std::uint64_t power_up_seed = 0;
  double clock_mhz = 0;
  double supply_v = 0;
  std::uint64_t macros = 0;
  std::vector<LayerFacts> layers;
  chip::EventTable events;
  chip::LayerUsage usage;              ///< sums over all images; boot counted once
  std::uint64_t image_period_ps = 0;   ///< sum over images: from a post to the next possible one
  std::uint64_t image_latency_ps = 0;  ///< sum over images: from post to result
  std::optional<chip::ChipArea> area;
  std::optional<ColumnNoise> column_noise;
  std::optional<RooflineFacts> roofline;                        ///< and what moves bytes
  std::optional<std::vector<ReplacedColumn>> replaced_columns;  ///< where macros have spares
  std::optional<DiesFacts> dies;     ///< all that is above is of the first of them
  std::optional<FaultFacts> faults;  ///< of the same images with faults; the rest is without
  std::vector<std::string> warnings;
};

/// The report as report.json holds it (schema: platform/report/report.schema.json). The table and
/// the CSV are made from it alone. It has no dates and no host times: equal runs, equal bytes.
/// @throws base::ModelError when an invariant fails: causes that do not sum to the cycles,
/// components that do not sum to the total.
nlohmann::ordered_json make_report(const RunFacts& facts);

/// One line a layer, a header line first; numbers are means over images.
std::string csv(const nlohmann::ordered_json& report);

/// The table of the terminal, no line longer than `width` (at least 80; warnings apart).
std::string table(const nlohmann::ordered_json& report, unsigned width);

}  // namespace leyden::report
