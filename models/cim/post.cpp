#include "models/cim/post.h"

namespace leyden::cim {

std::vector<base::ParameterSpec> PostParameters::specs() {
  return {
      {"post.kind",
       "",
       0,
       0,
       false,
       {"abn", "none", "digital_scale", "adder_tree"},
       "What is done to a conversion per output"},
      {"post.capacitance_ff",
       "fF",
       0,
       1e5,
       false,
       {},
       "Gain and offset network, charged once a conversion"},
      {"post.range_shift",
       "1",
       0,
       8,
       true,
       {},
       "Digital scale: codes span 2^-r of the greatest dot product",
       "0"},
      {"post.add_energy_fj", "fJ", 0, 1e6, false, {}, "Shift and addition, per conversion", "0"},
      {"post.scale_energy_fj", "fJ", 0, 1e6, false, {}, "Digital gain and offset, per output", "0"},
      {"post.area_um2", "um2", 0, 1e6, false, {}, "Logic behind one converter", "0"},
  };
}

PostParameters PostParameters::read(const base::ParameterSet& set, const std::string& scope) {
  PostParameters post;
  post.kind = set.choice_as<PostKind>(scope + ".post.kind");
  post.range_shift = static_cast<unsigned>(set.integer(scope + ".post.range_shift"));
  post.add_energy_fj = set.real(scope + ".post.add_energy_fj");
  post.scale_energy_fj = set.real(scope + ".post.scale_energy_fj");
  post.area_um2 = set.real(scope + ".post.area_um2");
  post.capacitance_ff = set.real(scope + ".post.capacitance_ff");
  return post;
}

}  // namespace leyden::cim
