#pragma once

#include <string>
#include <vector>

#include "platform/validate/shared_model.h"

namespace leyden::validate {

enum class Scope { kGlobal, kNode, kChip };
std::string to_string(Scope scope);

/// A name the equations know: where it stands, its unit, how it is fitted.
struct KnobSpec {
  Scope scope = Scope::kGlobal;
  std::string name;
  std::string unit;
  bool logarithmic = true;  ///< fitted in its logarithm: always above 0
  double Coefficients::*member = nullptr;
  std::string text;
};
const std::vector<KnobSpec>& knob_specs();
/// @return the spec, or nullptr
const KnobSpec* find_knob(Scope scope, const std::string& name);

/// A knob with its value and where the fit starts.
struct Knob {
  const KnobSpec* spec = nullptr;
  std::string subject;  ///< of a chip's knob the chip, of a node's "65 nm", "" of a global one
  double node_nm = 0;
  double value = 0;
  double start = 0;   ///< before any figure: the literature's or an assumed value
  double spread = 1;  ///< how far from it is usual; in logarithms for a logarithmic knob
  std::string fitted_to;
  std::string note;  ///< where the start is from

  std::string key() const { return (subject.empty() ? "" : subject + ".") + spec->name; }
  bool applies(const std::string& chip, double at_node_nm) const;
};

/// The coefficients of a chip: shared knobs set, a chip's ratios multiplied; its supply exponent is
/// added to the global one.
Coefficients coefficients_of(const std::vector<Knob>& knobs, const std::string& chip,
                             double node_nm);

}  // namespace leyden::validate
