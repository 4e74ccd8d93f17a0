#pragma once

#include <string>
#include <vector>

#include "platform/validate/knobs.h"

namespace leyden::validate {

/// What may be published of a macro and read off a Prediction.
struct Quantity {
  std::string name;
  std::string unit;
  double (*of)(const Structure& macro, const Prediction& prediction) = nullptr;
};
const std::vector<Quantity>& quantities();
/// @return the quantity, or nullptr
const Quantity* find_quantity(const std::string& name);

enum class Use {
  kFit,           ///< knobs are fitted to it
  kPredict,       ///< held out: no knob has seen it
  kInconsistent,  ///< does not reconcile in the publication itself: shown, not counted
};
std::string to_string(Use use);

/// A published figure.
struct Figure {
  std::string name;
  std::string group;
  const Quantity* quantity = nullptr;  ///< nullptr: nothing the model has
  std::string unit;
  Point point;
  double published = 0;  ///< 0: not published, predicted alone
  double implied = 0;    ///< of an inconsistent one: what the publication's other figures give
  Use use = Use::kFit;
  std::string source;
  std::string note;
};

/// A macro of the literature: what it is made of, its published figures.
struct Chip {
  std::string name;
  std::string text;
  Structure macro;
  std::vector<Figure> figures;
  std::string origin;  ///< file
};

/// Bound on the mean absolute error of a group of figures, in percent.
struct GroupBound {
  std::string group;
  double mean_percent = 0;
};

/// All of it: chips and the knobs they share.
struct Library {
  std::vector<Chip> chips;
  std::vector<Knob> knobs;
  std::vector<GroupBound> bounds;
};

/// What the model gives for the figure; NaN where it has no such quantity.
double modelled(const Chip& chip, const Figure& figure, const Coefficients& with);

}  // namespace leyden::validate
