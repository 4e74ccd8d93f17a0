// Nothing is allocated for a job of a size that ran before. The linker turns every operator new
// and malloc of the test's own objects into the counting ones here (--wrap); what oneDNN does
// inside its shared library is not seen.
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"

namespace {
std::size_t allocations = 0;
}  // namespace

// NOLINTBEGIN: names are the linker's
extern "C" {
void* __real__Znwm(std::size_t size);
void* __real__ZnwmSt11align_val_t(std::size_t size, std::align_val_t alignment);
void* __real_malloc(std::size_t size);

void* __wrap__Znwm(std::size_t size) {
  ++allocations;
  return __real__Znwm(size);
}
void* __wrap__ZnwmSt11align_val_t(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  return __real__ZnwmSt11align_val_t(size, alignment);
}
void* __wrap_malloc(std::size_t size) {
  ++allocations;
  return __real_malloc(size);
}
}
// NOLINTEND

namespace leyden::cim {
namespace {

struct Size {
  unsigned side, channels, kernel, outputs;
  bool partial;
};

Job job_of(const Size& size) {
  Job job;
  job.in_width = job.in_height = job.out_width = job.out_height = size.side;
  job.in_channels = job.in_pixel_stride = size.channels;
  job.kernel_width = job.kernel_height = size.kernel;
  job.pad_left = job.pad_top = size.kernel / 2;
  job.window_count = size.kernel * size.kernel * size.channels;
  job.outputs = size.outputs;
  job.out_pixel_stride = size.outputs * (size.partial ? 4 : 1);
  job.unit_count = (job.window_count + 35) / 36;
  job.in_bits = job.weight_bits = job.out_bits = 8;
  job.partial = size.partial;
  return job;
}

TEST(Allocation, NoneForAJobOfASizeThatRanBefore) {
  const MacroParameters parameters = read_macro_parameters(test::imagine_parameters());
  Macro macro(parameters);
  fill_array(macro.array(), parameters, 256, 8, 1);
  // One position, a few, several blocks; outputs with and without padding; partial tiles.
  const Size sizes[] = {{1, 512, 1, 32, false},
                        {1, 96, 1, 10, false},
                        {7, 25, 3, 16, true},
                        {48, 128, 3, 32, false},
                        {33, 8, 3, 13, true}};
  const std::vector<std::uint8_t> input(48 * 48 * 128, 0xa5);
  std::vector<std::uint8_t> output(48 * 48 * 32 * 4);
  // Allocations of the runs of one image, all sizes.
  const auto of_image = [&](std::uint32_t image, base::Fidelity fidelity) {
    std::size_t sum = 0;
    for (const Size& size : sizes) {
      const Job job = job_of(size);
      EXPECT_EQ(validate(job, parameters), JobError::kNone);
      JobDraws draws;
      draws.position.image = image;
      const std::size_t before = allocations;
      macro.run(job, input.data(), fidelity, draws, output.data());
      sum += allocations - before;
    }
    return sum;
  };
  for (const auto fidelity :
       {base::Fidelity::kQuantised, base::Fidelity::kAnalog, base::Fidelity::kIdeal}) {
    EXPECT_GT(of_image(0, fidelity), 3u) << "allocations are not seen";  // weights are packed
    EXPECT_EQ(of_image(1, fidelity), 0u) << "fidelity " << static_cast<int>(fidelity);
  }
}

/// Runs jobs of two sizes twice on a macro with these settings.
void expect_none(const std::map<std::string, std::string>& settings) {
  base::ParameterSet set = test::imagine_parameters();
  for (const auto& [key, value] : settings) {
    set.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  const MacroParameters parameters = read_macro_parameters(set);
  Macro macro(parameters);
  fill_array(macro.array(), parameters, 256, 8, 1);
  const FullArrayJob full = full_array_job(parameters, 8, 8, 8, 3, 1);
  FullArrayJob smaller = full;
  smaller.job.window_count -= 5;
  smaller.job.in_bits = 5;
  std::vector<std::uint8_t> output(full.job.positions() * full.job.position_bytes());
  const auto allocated = [&] {
    const std::size_t before = allocations;
    for (const auto fidelity :
         {base::Fidelity::kIdeal, base::Fidelity::kQuantised, base::Fidelity::kAnalog}) {
      macro.run(full.job, full.input.data(), fidelity, {}, output.data());
      macro.run(smaller.job, smaller.input.data(), fidelity, {}, output.data());
    }
    return allocations - before;
  };
  EXPECT_GT(allocated(), 0u) << "allocations are not seen";
  allocated();  // the die folded into the weights meanwhile: they are packed once more
  EXPECT_EQ(allocated(), 0u);
}

TEST(Allocation, NoneForDigitalCombining) {
  expect_none({{"combine.inputs", "digital"},
               {"combine.columns", "digital"},
               {"post.kind", "adder_tree"},
               {"dot_product.rows_active", "576"},
               {"cell.representation", "shifted_unsigned"},
               {"drive.kind", "dac"},
               {"drive.bits", "2"},
               {"cell.bits", "2"},
               {"drive.zero_skipping", "yes"}});
}

TEST(Allocation, NoneForEffectsOfSingleConversions) {
  const std::map<std::string, std::string> effects = {
      {"cell.stuck_on_ppm", "1000"},        {"combine.input_mismatch_percent", "1"},
      {"combine.settling_tau_ns", "3"},     {"converter.unit_mismatch_percent", "2"},
      {"converter.compression", "1.1"},     {"converter.metastability_tau_ps", "5"},
      {"converter.decision_time_ps", "20"}, {"supply_noise_mv", "1"}};
  expect_none(effects);
  expect_none({{"cell.kind", "rram"},
               {"cell.bits", "2"},
               {"cell.representation", "shifted_unsigned"},
               {"cell.on_conductance_us", "100"},
               {"cell.on_off_ratio", "20"},
               {"cell.read_noise_percent", "2"},
               {"dot_product.kind", "current_summing"},
               {"dot_product.read_voltage_v", "0.2"},
               {"dot_product.wire_resistance_ohm", "1"},
               {"converter.reference", "supply"},
               {"converter.kind", "flash"},
               {"converter.comparator_offset_mv", "1"},
               {"combine.inputs", "digital"},
               {"combine.columns", "digital"},
               {"post.kind", "digital_scale"},
               {"drive.kind", "dac"},
               {"drive.bits", "2"},
               {"drive.inl_lsb", "0.1"}});
}

}  // namespace
}  // namespace leyden::cim
