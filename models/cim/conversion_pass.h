#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/cim/codes.h"

namespace leyden::cim {

/// Static errors of the physical converters behind one column group: one value an output, padded.
struct ConverterErrors {
  std::vector<double> gain;      ///< about 1
  std::vector<double> offset_v;  ///< volts
  std::vector<double> inl_bow;   ///< codes of the converter's bits
  std::vector<double> inl_curve;
  /// m / 2^n of each converter's range where there are any of their own; empty: that of the step.
  std::vector<double> share;
};

/// One conversion of a segment, an input group and a column group, for all outputs alike. Of the
/// sum u of the cells:
///   value = gain_j (u + pedestal) + offset_j per_volt + z noise
///   level = value / step + zero_half; level += inl_j(level)
///   q     = clamp(floor(level), 0, top) - zero, D^ += coefficient q
struct ConversionStep {
  double correction_scale = 0;  ///< u = main + correction * scale; 0: there is no correction
  double pedestal = 0;          ///< charge injection, in units of u
  double per_volt = 0;          ///< one volt at the converter, in units of u
  double noise = 0;             ///< in units of u
  double step = 1;              ///< of ConversionRange, as zero and top
  double whole_step = 1;        ///< the same: an output's own step is range_step() of it
  double zero = 0;
  double top = 255;
  double coefficient = 1;   ///< significances times step
  double significance = 1;  ///< significances alone
  bool analog = false;      ///< whether there are errors at all
  bool has_inl = false;

  /// Step and coefficient of one output.
  double step_of(const ConverterErrors& errors, std::size_t output) const;
  double coefficient_of(const ConverterErrors& errors, std::size_t output) const;
};

/// Level before floor and clamp. Reference: one element.
/// @param sum    u with its correction
/// @param noise  z * noise, in units of u
double conversion_level(const ConversionStep& step, const ConverterErrors& errors,
                        std::size_t output, double sum, double noise);
/// q of a level. Reference: one element.
double conversion_value(const ConversionStep& step, double level);

/// The sums of a block of positions and where their conversions go.
struct ConversionRows {
  std::size_t outputs = 0;
  std::size_t positions = 0;
  const std::int32_t* sums = nullptr;         ///< positions rows of `stride`: main sums
  const std::int32_t* corrections = nullptr;  ///< the same of the corrections, or nullptr
  std::size_t stride = 0;
  /// positions * outputs draws and kLanes spare ones, or nullptr without noise.
  const float* z = nullptr;
  /// positions flags, 0: the digit is skipped and nothing is converted; or nullptr.
  const std::uint8_t* live = nullptr;
  double* totals = nullptr;  ///< positions * padded(outputs) values of D^
};

/// Adds the conversions of all rows to D^. Vector of the host, the same bits on each: sums of D^
/// are exact.
void add_conversions(const ConversionStep& step, const ConverterErrors& errors,
                     const ConversionRows& rows);

/// Codes of D^, as convert_codes() makes them of D: gain and offset from the table, digitally.
/// @param totals     positions * padded(outputs) values
/// @param codes_out  positions * padded(outputs) values
void scale_totals(const CodeParameters& codes, std::size_t positions, const double* totals,
                  std::int32_t* codes_out);

}  // namespace leyden::cim
