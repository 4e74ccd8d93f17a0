#pragma once

#include <cstdint>
#include <vector>

#include "models/base/fidelity.h"
#include "platform/compiler/calibration.h"
#include "platform/compiler/combining.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// Sees what the converters of the host reference see.
class ConversionWatch {
 public:
  virtual ~ConversionWatch() = default;
  /// @param sum dot product, times 2^scale_shift with digital combining
  /// @param position pixel of the output
  virtual void converted(std::size_t layer, std::size_t position, std::size_t output,
                         std::int64_t sum) = 0;
};

/// The host reference: executes a plan layer by layer, tile by tile, in exact integers, as the
/// equations of docs/models/cim.md say. It shares no arithmetic of the macro with the models, and
/// works from the plan, not from the image, so that a wrong image shows as a difference.
class Reference {
 public:
  /// @param plan must outlive the reference
  /// @throws base::UsageError for fidelity analog, which has no exact reference
  /// @param watch sees every conversion, must outlive the reference; may be null
  Reference(const Plan& plan, base::Fidelity fidelity, ConversionWatch* watch = nullptr);

  /// @param image height x width x channels codes
  /// @return output codes of every layer, NHWC, as network.layers
  std::vector<std::vector<std::uint8_t>> run(const Image& image) const;

  /// One layer alone. @param codes of every tensor that it reads, by tensor
  std::vector<std::uint8_t> run_layer(std::size_t layer,
                                      const std::vector<const std::uint8_t*>& codes) const;

  /// First highest code of the last layer's output.
  static std::size_t classify(const std::vector<std::uint8_t>& codes);

 private:
  std::vector<std::vector<std::uint8_t>> run_layers(std::size_t first, std::size_t last,
                                                    std::vector<const std::uint8_t*> codes) const;
  void run_macro(std::size_t layer, const std::uint8_t* in, std::uint8_t* out) const;
  /// What the converters see: D, or what digital combining makes of it, for a tile's outputs.
  void tile_sums(std::size_t layer, std::size_t tile, const std::uint8_t* window,
                 std::int64_t* sums) const;

  const Plan& plan_;
  base::Fidelity fidelity_;
  ConversionWatch* watch_;
  std::vector<std::vector<CombinedTile>> combined_;  ///< [layer][tile], with digital combining
};

/// code = clamp(floor(gamma D / LSB_D + beta + 1/2), 0, 2^b - 1), exactly.
/// @param scale_shift the dot product is given times 2^scale_shift
std::int32_t convert(std::int64_t dot_product, const AbnCode& abn,
                     const vector::PartialFormat& format, unsigned scale_shift = 0);

}  // namespace leyden::compiler
