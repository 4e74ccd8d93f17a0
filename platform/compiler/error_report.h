#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/compiler/calibration.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// What the converters of a macro layer do with its dot products. Errors are in codes of the
/// converter; without rounding and limits its code would be t = gamma D / LSB_D + beta.
struct ConverterUse {
  unsigned bits = 8;
  unsigned parts = 1;                ///< conversions that are added for an output
  std::vector<std::uint64_t> codes;  ///< how often each code came out
  double clipped_share = 0;          ///< of the conversions, beyond the codes
  double clipping_error = 0;         ///< mean of (t - nearest code that there is)^2 beyond them
  double truncation_error = 0;       ///< mean of (t - code)^2 within them
  /// Power of the exact outputs (dot product and bias) over that of their
  /// error by conversion, dB; none when there is no error.
  /// Codes that are activations are compared within their range.
  std::optional<double> sqnr_db;

  std::uint64_t conversions() const;
  unsigned codes_used() const;  ///< codes that came out at all
  double code_bits() const;     ///< log2 of codes_used()
  double entropy_bits() const;  ///< of the codes
};

/// Error of one layer's output against the float network, signal power over error power in dB.
/// None: no error at all, or (`has_reference` false) the float network has no such tensor.
struct LayerError {
  std::string name;
  LayerKind kind = LayerKind::kMacro;
  bool has_reference = true;
  std::optional<double> sqnr_db;      ///< of the quantised network up to here
  std::optional<double> own_sqnr_db;  ///< of this layer alone, fed with the float network's values
  std::optional<ConverterUse> converter;  ///< of macro layers
};

/// (SQNR - 1.76 dB) / 6.02 dB: bits of an ideal converter of a full-scale sine.
double effective_bits(double sqnr_db);

/// Runs images through the float graph and the host reference in fidelity `quantised`.
/// @param graph what the plan was quantised from (CompileResult::graph)
/// @throws base::UsageError when there is no image
std::vector<LayerError> report_errors(const Plan& plan, const Graph& graph,
                                      const std::vector<Image>& images);

/// Ratio of the output alone: of the last layer whose tensor the float network has too, as
/// report_errors() tells it. @return none when there is no error at all
/// @throws base::UsageError when there is no image
std::optional<double> output_sqnr_db(const Plan& plan, const Graph& graph,
                                     const std::vector<Image>& images);

}  // namespace leyden::compiler
