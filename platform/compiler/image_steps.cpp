#include "platform/compiler/image_steps.h"

#include <array>
#include <utility>

#include "firmware/include/leyden/core_step.h"
#include "platform/compiler/image_reader.h"
#include "platform/compiler/image_writer.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr std::uint32_t kSlotAlignment = 64;  // of the host's slots (platform/chip/image_host.cpp)

std::uint32_t low(std::uint64_t address) { return static_cast<std::uint32_t>(address); }

/// Bus addresses of the spaces of steps: the host puts the image first, then the slots
/// (docs/abi.md).
class Origins {
 public:
  Origins(std::uint64_t image_bytes, std::uint64_t scratch_bytes, std::uint64_t input_bytes) {
    const std::uint64_t scratch = registers::kOffChipBase + image_bytes;
    const std::uint64_t input = aligned(scratch + scratch_bytes);
    const std::uint64_t output = aligned(input + input_bytes);
    of_ = {0, low(registers::kOffChipBase), low(input), low(output), low(scratch)};
  }

  /// @param data_offset of the data in the image, where sources there count from its begin
  void add_to(std::vector<leyden_step>& steps, std::uint32_t data_offset) const {
    for (leyden_step& step : steps) {
      const std::uint32_t space = step.spaces & 0xffu;
      const std::uint32_t source = of_.at(space) + (space == LEYDEN_SPACE_IMAGE ? data_offset : 0);
      if (step.unit == LEYDEN_UNIT_CORE) {
        step.words[LEYDEN_CORE_WORD_DATA] += source;
        continue;
      }
      step.words[0] += source;
      step.words[1] += of_.at(step.spaces >> 8 & 0xffu);
    }
  }
  std::uint32_t output() const { return of_[3]; }

 private:
  static std::uint64_t aligned(std::uint64_t value) {
    return (value + kSlotAlignment - 1) / kSlotAlignment * kSlotAlignment;
  }

  std::array<std::uint32_t, 5> of_{};
};

}  // namespace

ImageSteps image_steps(const ImageContents& contents) {
  const leyden_image_header& header = contents.header;
  const Origins origins(header.total_bytes, header.scratch_bytes, header.input_bytes);
  const auto slice = [&](std::uint32_t first, std::uint32_t count) {
    const auto begin = contents.steps.begin() + first;
    std::vector<leyden_step> steps(begin, begin + count);
    origins.add_to(steps, 0);
    return steps;
  };
  ImageSteps steps;
  steps.input = slice(header.input_first_step, header.input_step_count);
  for (const leyden_layer& layer : contents.layers) {
    steps.layers.push_back(slice(layer.first_step, layer.step_count));
  }
  steps.output = slice(header.output_first_step, header.output_step_count);
  // An output that LMEM does not hold is read where it went.
  steps.output_address = header.output_addr != 0 ? header.output_addr : origins.output();
  steps.output_bytes = header.output_bytes;
  steps.result = header.result;
  return steps;
}

ImageSteps image_steps(const Plan& plan, Schedule schedule, std::uint64_t* image_bytes) {
  const QuantNetwork& network = plan.network;
  const ImageOffsets offsets = image_offsets(network, schedule);
  const auto bytes = [&](std::size_t tensor) {
    return static_cast<std::uint32_t>(network.tensors[tensor].bytes());
  };
  const Origins origins(offsets.total, plan.scratch_bytes, bytes(network.input));
  ImageSteps steps;
  steps.input = std::move(schedule.input);
  steps.layers = std::move(schedule.layers);
  steps.output = std::move(schedule.output);
  origins.add_to(steps.input, offsets.data);
  for (std::vector<leyden_step>& layer : steps.layers) origins.add_to(layer, offsets.data);
  origins.add_to(steps.output, offsets.data);
  steps.output_address =
      plan.in_lmem(network.output) ? plan.addresses[network.output] : origins.output();
  steps.output_bytes = bytes(network.output);
  steps.result = result_kind(network);
  if (image_bytes != nullptr) *image_bytes = offsets.total;
  return steps;
}

}  // namespace leyden::compiler
