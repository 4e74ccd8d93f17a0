#pragma once

#include <cstdint>
#include <vector>

#include "models/cim/parameters.h"

namespace leyden::cim {

/// How far calibrated conversions lie from the exact sums, in LSB of the converter.
struct ErrorAfterStep {
  double max_lsb = 0;
  double rms_lsb = 0;
};

/// Linearity as CAP-RAM's authors report it: many samples of sums with all errors, then two steps
/// of calibration. docs/chips.md tells what is stated of the procedure and what is chosen here.
struct CalibratedLinearity {
  std::uint64_t samples = 0;
  unsigned converters = 0;  ///< of all dies
  ErrorAfterStep raw;
  ErrorAfterStep linear;  ///< after a gain and an offset for every converter
  ErrorAfterStep master;  ///< after one curve for all converters, a value a code
};

/// A sum and what its converter made of it, both in LSB.
struct ConversionSample {
  unsigned converter = 0;
  double exact = 0;
  double code = 0;
};

/// The two steps on any samples.
/// @param samples     are corrected
/// @param converters  numbers from 0
/// @param codes       of a converter
CalibratedLinearity calibrate(std::vector<ConversionSample>& samples, unsigned converters,
                              unsigned codes);

struct SamplingPlan {
  std::uint32_t first_die = 1;
  unsigned dies = 2;
  std::uint64_t samples = 524288;  ///< of all dies; rounded up to whole dot products
};

/// Samples sums of full-width inputs and binary weights, spread evenly over the converter's range
/// less a sixteenth at either end, where gain and offset of a die would clip.
/// @throws base::UsageError when an output takes several conversions, or codes cannot be told
CalibratedLinearity calibrated_linearity(const MacroParameters& macro, const SamplingPlan& plan);

/// Signal and error of a sine over the converter's range.
struct SineTest {
  double sndr_db = 0;  ///< signal over noise and distortion
  double enob = 0;     ///< (SNDR - 1.76 dB) / 6.02 dB
};

/// Effective bits of a nominal conversion with temporal noise, as a transient-noise simulation
/// tells them: nothing that is frozen in a die is on.
/// @throws base::UsageError as calibrated_linearity()
SineTest transient_enob(MacroParameters macro);

}  // namespace leyden::cim
