#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/cim/array.h"
#include "models/cim/die.h"
#include "models/cim/job.h"

namespace leyden::cim {

/// Columns of a job are padded to whole vectors of every host.
inline constexpr std::size_t kLanes = 8;
inline std::size_t padded(std::size_t outputs) { return (outputs + kLanes - 1) / kLanes * kLanes; }

/// Everything that turns dot products of a tile into codes. With D the dot product in the units of
/// docs/models/cim.md and z a standard normal draw:
///   value = gain_j (D + pedestal) + offset_j + z noise      (before gamma; analog terms)
///   t     = (value * slope_j + base_j) / denominator  = gamma value / LSB_D + beta + 1/2
///   code  = clamp(floor(t + inl_j(t)), 0, 2^b - 1) (less 2^(b-1) for a partial tile)
/// slope, base and denominator are integers below 2^53, so that without analog terms the result is
/// the exact integer equation: a quotient of integers whose product stays below 2^53 never rounds
/// up to the next integer, hence floor of the rounded quotient is floor of the exact one. With
/// noise there is nothing exact to keep: slope and base are divided once and the denominator is 1.
struct CodeParameters {
  std::size_t outputs = 0;
  double denominator = 1;
  double top = 255;             ///< 2^b - 1
  double partial_offset = 0;    ///< 2^(b-1) for a partial tile
  double noise = 0;             ///< in units of D
  double pedestal = 0;          ///< charge injection, in units of D
  double correction_scale = 0;  ///< D = main + correction * scale; 0: there is no correction
  bool has_inl = false;
  std::vector<double> slope;  ///< padded(outputs) values, as all below
  std::vector<double> base;
  std::vector<double> gain;
  std::vector<double> offset;     ///< in units of D
  std::vector<double> inl_bow;    ///< in codes of b bits
  std::vector<double> inl_curve;  ///< times 3 sqrt(3)/2
};

/// Sets slope, base, denominator, top and partial_offset: all of fidelity `quantised`.
/// @throws ModelError when an intermediate could reach 2^53
void prepare_codes(const Job& job, const MacroParameters& macro, const WeightArray& array,
                   CodeParameters& codes);
/// Adds the analog terms of a die: gain, offset, noise, INL. With noise the denominator becomes 1.
void prepare_analog(const Job& job, const MacroParameters& macro, const Die& die,
                    CodeParameters& codes);
/// A converter alone: codes of levels before its INL, in LSB of `bits`, by one output.
/// @param die  of whose column it is, or nullptr: an ideal one
void prepare_converter(unsigned bits, const MacroParameters& macro, const Die* die, unsigned column,
                       CodeParameters& codes);

/// Level before floor and clamp, t of CodeParameters with INL. Reference: one element.
/// @param dot_product  D with its correction
/// @param noise        z * noise, in units of D
double code_level(const CodeParameters& codes, std::size_t output, double dot_product,
                  double noise);
/// Floor and clamp of one level. Reference: one element.
std::int32_t code_of_level(const CodeParameters& codes, double level);

/// Codes of `positions` rows. Vector of the host, the same bits on each.
/// @param sums   positions rows of `sums_stride` int32: main products at 0, correction at
///               padded(outputs) when correction_scale is not 0
/// @param z      positions * outputs draws and kLanes spare ones, or nullptr without noise
/// @param codes_out  positions * padded(outputs) values
void convert_codes(const CodeParameters& codes, std::size_t positions, const std::int32_t* sums,
                   std::size_t sums_stride, const float* z, std::int32_t* codes_out);
/// The same as bytes: no partial tile, codes of at most 8 bits.
void convert_codes(const CodeParameters& codes, std::size_t positions, const std::int32_t* sums,
                   std::size_t sums_stride, const float* z, std::uint8_t* codes_out);

}  // namespace leyden::cim
