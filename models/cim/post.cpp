#include "models/cim/post.h"

namespace leyden::cim {

std::vector<base::ParameterSpec> PostParameters::specs() {
  return {
      {"post.kind", "", 0, 0, false, {"abn", "none"}, "What is done to a conversion per output"},
      {"post.capacitance_ff",
       "fF",
       0,
       1e5,
       false,
       {},
       "Gain and offset network, charged once a conversion"},
  };
}

PostParameters PostParameters::read(const base::ParameterSet& set, const std::string& scope) {
  PostParameters post;
  post.kind = set.choice(scope + ".post.kind") == "abn" ? PostKind::kAbn : PostKind::kNone;
  post.capacitance_ff = set.real(scope + ".post.capacitance_ff");
  return post;
}

}  // namespace leyden::cim
