#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/validate/figures.h"

namespace leyden::validate {

/// A figure, what the model gives for it, and what it gives with knobs that never saw its chip.
struct Row {
  Figure figure;
  double modelled = 0;
  double left_out = 0;

  bool counts() const { return figure.use != Use::kInconsistent && figure.published > 0; }
  double error_percent() const { return 100 * (modelled / figure.published - 1); }
  double left_out_error_percent() const { return 100 * (left_out / figure.published - 1); }
};

struct ChipResult {
  std::string name;
  std::string text;
  std::vector<Row> rows;
  unsigned knobs = 0;           ///< of the chip, fitted
  unsigned lone_knobs = 0;      ///< shared ones that only this chip's figures inform
  unsigned fitted_figures = 0;  ///< that knobs are fitted to
};

/// A knob with who informs it and what the fit of today gives.
struct KnobResult {
  Knob knob;
  std::vector<std::string> informants;
  double refitted = 0;
};

struct GroupResult {
  std::string group;
  double bound_percent = 0;  ///< 0: none
  unsigned figures = 0;
  unsigned fitted = 0;
  double mean_percent = 0;
  double worst_percent = 0;
  double left_out_mean_percent = 0;
  double left_out_worst_percent = 0;
};

struct Validation {
  std::vector<ChipResult> chips;
  std::vector<GroupResult> groups;  ///< those with a bound first
  std::vector<KnobResult> knobs;
};

/// Every figure with the knobs as they are stored, and left out: fitted anew without its chip.
Validation validate(const Library& library);

}  // namespace leyden::validate
