#pragma once

#include <string>
#include <vector>

#include "models/cim/parameters.h"

namespace leyden::cim {

/// One rule of what stages can stand together.
struct CombinationRule {
  std::string
      subject;  ///< what meets what: "drive.order msb_first with combine.inputs charge_sharing"
  std::string reason;  ///< why it cannot be, and what would be right
  bool (*broken)(const MacroParameters& macro);
};

/// All rules, in the order in which they are checked. The support matrix in docs/ is made of them.
const std::vector<CombinationRule>& combination_rules();

/// @throws UsageError with the first broken rule's subject and reason
void check_combinations(const MacroParameters& macro, const std::string& scope);

}  // namespace leyden::cim
