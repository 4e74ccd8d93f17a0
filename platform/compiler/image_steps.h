#pragma once

#include <cstdint>
#include <vector>

#include "firmware/include/leyden/image.h"

namespace leyden::compiler {

struct ImageContents;
struct Plan;
struct Schedule;

/// Steps of an image with the addresses that the firmware adds.
struct ImageSteps {
  std::vector<leyden_step> input;
  std::vector<std::vector<leyden_step>> layers;
  std::vector<leyden_step> output;
  std::uint32_t output_address = 0;  ///< bus address of the output tensor
  std::uint32_t output_bytes = 0;
  std::uint32_t result = 0;  ///< enum leyden_result
};

/// @param contents of an image that read_image() took apart
ImageSteps image_steps(const ImageContents& contents);
/// The same as of the image that write_image() would make of it, without its bytes.
/// @param image_bytes when not null: is given the size of that image
ImageSteps image_steps(const Plan& plan, Schedule schedule, std::uint64_t* image_bytes = nullptr);

}  // namespace leyden::compiler
