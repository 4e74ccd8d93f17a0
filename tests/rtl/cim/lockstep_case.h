#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "platform/cosim/lockstep_cim.h"
#include "tests/rtl/cim/cim_bench.h"
#include "tests/rtl/cim/faulty_cim.h"
#include "tests/rtl/cim/random_job.h"

namespace leyden::cosim {

/// A bench whose unit has defects, and the first difference that is told of it.
struct LockstepCase {
  LockstepCase(const std::string& name, const MacroKind& kind, const CimDefects& defects)
      : bench(name, kind, true, 100'000,
              [&](std::unique_ptr<cim::CimBlock> rtl, base::Context& context) {
                auto faulty = std::make_unique<FaultyCim>((name + "_faulty").c_str(),
                                                          std::move(rtl), defects);
                return std::make_unique<LockstepCim>(name + "_lockstep", std::move(faulty), context,
                                                     0, [this](Difference difference) {
                                                       ++told;
                                                       if (!first) first = std::move(difference);
                                                     });
              }) {
    bench.unit->set_place_source([] { return base::LayerPlace{3, "conv2"}; });
    bench.unit->set_layer_source([] { return 3u; });
  }

  std::optional<Difference> first;
  unsigned told = 0;
  CimBench bench;
};

inline void fill_lmem(CimBench& bench, unsigned seed) {
  std::mt19937 random(seed);
  for (auto& byte : bench.lmem.bytes) byte = static_cast<std::uint8_t>(random());
}

/// Bytes from a pixel of the plain job's output to the next.
constexpr std::uint32_t kPlainStride = 32;

/// 4 x 4 pixels of 20 outputs, with 12 bytes between them.
inline cim::DecodedJob plain_job(std::uint32_t output) {
  cim::DecodedJob decoded;
  cim::Job& job = decoded.job;
  job.in_width = job.in_height = 6;
  job.in_channels = job.in_pixel_stride = 20;
  job.kernel_width = job.kernel_height = 3;
  job.window_count = job.window();
  job.out_width = job.out_height = 4;
  job.outputs = 20;
  job.out_pixel_stride = kPlainStride;
  job.unit_count = 5;
  job.in_bits = job.weight_bits = 4;
  job.out_bits = 8;
  job.tile = 9;
  decoded.in_address = RandomJobs::kLmem;
  decoded.out_address = output;
  return decoded;
}

}  // namespace leyden::cosim
