// Linearity and effective bits of a chip file's converters: linearity_tool CHIP.yaml [DIE].
// scripts/bench capram-linearity runs it. An error is one sentence and exit status 2.
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "models/cim/two_step_calibration.h"
#include "tests/models/cim/chip_parameters.h"

int main(int argc, char** argv) {
  namespace cim = leyden::cim;
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: linearity_tool CHIP.yaml [DIE]\n";
    return 2;
  }
  try {
    const auto macro = cim::read_macro_parameters(cim::test::chip_parameters(argv[1]));
    cim::SamplingPlan plan;
    if (argc == 3) plan.first_die = static_cast<std::uint32_t>(std::stoul(argv[2]));
    const cim::CalibratedLinearity found = cim::calibrated_linearity(macro, plan);
    std::printf("%llu samples, %u converters of %u dies, dies %u on\n",
                static_cast<unsigned long long>(found.samples), found.converters, plan.dies,
                plan.first_die);
    const auto print = [](const char* what, const cim::ErrorAfterStep& error) {
      std::printf("%-34s max %6.3f LSB   rms %6.3f LSB\n", what, error.max_lsb, error.rms_lsb);
    };
    print("error as converted", found.raw);
    print("after gain and offset a converter", found.linear);
    print("after one master curve", found.master);
    const cim::SineTest sine = cim::transient_enob(macro);
    std::printf("%-34s %.3f bits (SNDR %.2f dB)\n", "ENOB, nominal, temporal noise", sine.enob,
                sine.sndr_db);
  } catch (const std::exception& error) {
    std::cerr << argv[1] << ": " << error.what() << '\n';
    return 2;
  }
  return 0;
}
