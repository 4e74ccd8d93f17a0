// Time of the four jobs of a LeNet-5-class image in pure arithmetic, one thread.
//   cim_lenet_bench [seconds]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "models/cim/column_error.h"
#include "models/cim/figures.h"
#include "models/cim/macro.h"
#include "tests/models/cim/chip_parameters.h"

namespace {

using namespace leyden;
using Clock = std::chrono::steady_clock;

cim::Job layer(unsigned side, unsigned kernel, unsigned channels, unsigned out_side,
               unsigned outputs, unsigned unit_first, unsigned units, unsigned column_first) {
  cim::Job job;
  job.in_width = job.in_height = side;
  job.in_channels = job.in_pixel_stride = channels;
  job.kernel_width = job.kernel_height = kernel;
  job.window_count = kernel * kernel * channels;
  job.out_width = job.out_height = out_side;
  job.outputs = job.out_pixel_stride = outputs;
  job.unit_first = unit_first;
  job.unit_count = units;
  job.column_first = column_first;
  job.in_bits = job.weight_bits = job.out_bits = 8;
  return job;
}

double per_image_us(cim::Macro& macro, const std::vector<cim::Job>& jobs,
                    const std::vector<std::uint8_t>& input, base::Fidelity fidelity,
                    double seconds) {
  std::vector<std::uint8_t> output(1 << 16);
  std::uint32_t images = 0;
  const auto run = [&] {
    cim::JobDraws draws;
    draws.position.image = images++;
    for (const cim::Job& job : jobs) {
      draws.layer = static_cast<std::uint32_t>(&job - jobs.data());
      macro.run(job, input.data(), fidelity, draws, output.data());
    }
  };
  for (int i = 0; i < 5; ++i) run();
  images = 0;
  const auto start = Clock::now();
  double passed = 0;
  while (passed < seconds) {
    run();
    passed = std::chrono::duration<double>(Clock::now() - start).count();
  }
  return passed / images * 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  const cim::MacroParameters parameters =
      cim::read_macro_parameters(cim::test::imagine_parameters());
  cim::Macro macro(parameters);
  cim::fill_array(macro.array(), parameters, 256, 8, 1);
  std::vector<std::uint8_t> input(1 << 16);
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = static_cast<std::uint8_t>(i * 2654435761u >> 13);
  }
  const std::vector<cim::Job> jobs = {
      layer(28, 5, 1, 24, 16, 0, 1, 0),  layer(12, 5, 16, 8, 32, 0, 12, 0),
      layer(1, 1, 512, 1, 32, 0, 15, 0), layer(1, 1, 512, 1, 32, 15, 15, 0),
      layer(1, 1, 512, 1, 32, 0, 15, 0), layer(1, 1, 96, 1, 10, 0, 3, 0)};
  const char* names[] = {"ideal", "quantised", "analog"};
  for (const auto fidelity :
       {base::Fidelity::kIdeal, base::Fidelity::kQuantised, base::Fidelity::kAnalog}) {
    const double us = per_image_us(macro, jobs, input, fidelity, seconds);
    std::printf("%-9s %8.1f us an image, %8.0f images/s\n", names[static_cast<int>(fidelity)], us,
                1e6 / us);
    if (fidelity != base::Fidelity::kAnalog) continue;
    for (const cim::Job& job : jobs) {
      std::printf("  %4llux%ux%u: %.1f us\n", static_cast<unsigned long long>(job.positions()),
                  job.window_count, job.outputs,
                  per_image_us(macro, {job}, input, fidelity, seconds / 4));
    }
  }
  const cim::ColumnError e = cim::column_error_lsb_rms(parameters, 1, 8);
  std::printf(
      "column error %.3f LSB rms: temporal %.3f offset %.3f gain %.3f mismatch %.3f inl "
      "%.3f\n",
      e.total, e.temporal, e.offset, e.gain, e.mismatch, e.inl);
  return 0;
}
