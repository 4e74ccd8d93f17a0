// Nothing is allocated for a job of a size that ran before.
#include <cstdlib>
#include <map>
#include <new>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"

namespace {
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace leyden::cim {
namespace {

void expect_none(const std::map<std::string, std::string>& settings) {
  base::ParameterSet parameters = test::imagine_parameters();
  for (const auto& [key, value] : settings) {
    parameters.set_text("cim." + key, value, base::Source::kAssumed, "test", "test");
  }
  const MacroParameters macro = read_macro_parameters(parameters);
  Macro model(macro);
  fill_array(model.array(), macro, 256, 8, 1);
  const FullArrayJob full = full_array_job(macro, 8, 8, 8, 3, 1);
  FullArrayJob smaller = full;
  smaller.job.window_count -= 5;
  smaller.job.in_bits = 5;
  std::vector<std::uint8_t> output(full.job.positions() * full.job.position_bytes());
  const auto run = [&](base::Fidelity fidelity) {
    model.run(full.job, full.input.data(), fidelity, {}, output.data());
    model.run(smaller.job, smaller.input.data(), fidelity, {}, output.data());
  };
  const base::Fidelity all[] = {base::Fidelity::kIdeal, base::Fidelity::kQuantised,
                                base::Fidelity::kAnalog};
  for (const base::Fidelity fidelity : all) run(fidelity);
  const std::size_t before = allocations;
  for (const base::Fidelity fidelity : all) run(fidelity);
  EXPECT_EQ(allocations, before);
}

TEST(Allocation, NoneForAnalogCombining) { expect_none({}); }

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

}  // namespace
}  // namespace leyden::cim
