// Energy of a job by stages against a sum over positions, digits and cells.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/base/energy_ledger.h"
#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"

namespace leyden::cim {
namespace {

struct Scene {
  base::ParameterSet parameters = test::imagine_parameters();
  MacroParameters macro;
  FullArrayJob full;

  Scene(const std::map<std::string, std::string>& settings, unsigned in_bits,
        unsigned weight_bits) {
    const auto set = [&](const std::string& key, const std::string& value) {
      parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
    };
    set("rows", "72");
    set("columns", "32");
    for (const auto& [key, value] : settings) set(key, value);
    macro = read_macro_parameters(parameters);
    full = full_array_job(macro, in_bits, weight_bits, 8, 3, 5);
  }
};

/// Energies of the components of a job, in fJ.
std::vector<double> energies(const Scene& scene, Macro& model) {
  base::EnergyLedger ledger;
  MacroEvents events(ledger, scene.macro, &scene.parameters, "macro");
  std::vector<std::uint8_t> output(scene.full.job.positions() * scene.full.job.position_bytes());
  const JobCounts counts = model.run(scene.full.job, scene.full.input.data(),
                                     base::Fidelity::kQuantised, {}, output.data());
  events.count_macro(scene.full.job, counts);
  return ledger.energy_fj(ledger.snapshot());
}

double of(const std::vector<double>& energy, base::Component component) {
  return energy[static_cast<std::size_t>(component)];
}

/// Calls visit(digit as a fraction of full scale, its level, row) for every digit that is driven;
/// a shorter digit is left aligned. A 3 x 3 window at stride 1 over the input.
template <typename Visit>
void for_each_digit(const Scene& scene, Visit visit) {
  const Job& job = scene.full.job;
  const unsigned bits = scene.macro.drive.bits;
  const double full = (1u << bits) - 1;
  for (unsigned oy = 0; oy < job.out_height; ++oy) {
    for (unsigned ox = 0; ox < job.out_width; ++ox) {
      for (unsigned row = 0; row < job.window_count; ++row) {
        const unsigned channel = row % job.in_channels;
        const unsigned kx = row / job.in_channels % 3;
        const unsigned ky = row / job.in_channels / 3;
        const std::size_t pixel = (oy + ky) * job.in_width + ox + kx;
        const unsigned code =
            scene.full.input[pixel * job.in_pixel_stride + channel] & ((1u << job.in_bits) - 1);
        for (unsigned shift = 0; shift < job.in_bits; shift += bits) {
          const unsigned here = std::min(bits, job.in_bits - shift);
          const unsigned digit = (code >> shift) & ((1u << here) - 1);
          if (digit != 0) visit((digit << (bits - here)) / full, row);
        }
      }
    }
  }
}

const std::map<std::string, std::string> kDigital = {{"combine.inputs", "digital"},
                                                     {"combine.columns", "digital"},
                                                     {"post.kind", "digital_scale"},
                                                     {"post.add_energy_fj", "3"},
                                                     {"post.scale_energy_fj", "50"}};

TEST(StageEnergy, ChargeCellsOfSeveralLevelsUnderADac) {
  std::map<std::string, std::string> settings = kDigital;
  settings.insert({{"drive.kind", "dac"},
                   {"drive.bits", "3"},
                   {"drive.dac_capacitance_ff", "7"},
                   {"cell.bits", "2"},
                   {"cell.representation", "shifted_unsigned"}});
  Scene scene(settings, 8, 6);  // whole digits, and a dummy column at the level of 2 of 3
  const MacroParameters& macro = scene.macro;
  Macro model(macro);
  fill_array(model.array(), macro, 256, 8, 3);
  const std::vector<double> energy = energies(scene, model);
  const unsigned columns = scene.full.job.columns_used(macro);
  const double v2 = macro.supply_v * macro.supply_v;
  double cells = 0;
  double drive = 0;
  for_each_digit(scene, [&](double swing, unsigned row) {
    double levels = 2.0;
    for (unsigned c = 0; c < columns; ++c) levels += model.array().level(row, c);
    cells += 1.91 * v2 * swing * levels / 3.0;
    drive += 0.2 * v2 * swing * (columns + 1) + 7 * 3 * v2;
  });
  EXPECT_NEAR(of(energy, base::Component::kDotProduct), cells, cells * 1e-9);
  EXPECT_NEAR(of(energy, base::Component::kDrive), drive, drive * 1e-9);
  // Nine positions, three digits, ten outputs of three columns and the dummy.
  ASSERT_EQ(scene.full.job.outputs, 10u);
  const double conversions = 9 * 3 * (10 * 3 + 1);
  EXPECT_NEAR(of(energy, base::Component::kAbn), conversions * 3 + 9 * 10 * 50, 1e-6);
  EXPECT_NEAR(of(energy, base::Component::kAdc), conversions * macro.convert.energy_fj(8, 0.6),
              conversions * 1e-6);
}

TEST(StageEnergy, ResistiveCellsConductTheirLevelAndTheLowestOne) {
  std::map<std::string, std::string> settings = kDigital;
  settings.insert({{"cell.kind", "rram"},
                   {"cell.bits", "2"},
                   {"cell.representation", "differential"},
                   {"cell.on_conductance_us", "40"},
                   {"cell.on_off_ratio", "20"},
                   {"dot_product.kind", "current_summing"},
                   {"dot_product.read_voltage_v", "0.3"},
                   {"dot_product.step_time_ns", "5"},
                   {"converter.reference", "supply"}});
  Scene scene(settings, 4, 5);  // two pairs of two bits
  Macro model(scene.macro);
  fill_array(model.array(), scene.macro, 256, 8, 3);
  const std::vector<double> energy = energies(scene, model);
  const unsigned columns = scene.full.job.columns_used(scene.macro);
  double cells = 0;
  for_each_digit(scene, [&](double swing, unsigned row) {
    for (unsigned c = 0; c < columns; ++c) {
      const double conductance_us = 2 + (40 - 2) * model.array().level(row, c) / 3.0;
      cells += swing * 0.3 * 0.3 * conductance_us * 5;
    }
  });
  EXPECT_NEAR(of(energy, base::Component::kDotProduct), cells, cells * 1e-9);
}

}  // namespace
}  // namespace leyden::cim
