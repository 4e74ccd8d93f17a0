#include "platform/sweep/sobol.h"

#include <boost/random/sobol.hpp>
#include <cmath>

namespace leyden::sweep {

struct Sobol::State {
  explicit State(std::size_t dimensions) : engine(dimensions) {}

  boost::random::sobol engine;
  std::uint64_t next = 1;  ///< Boost begins behind the origin
};

Sobol::Sobol(std::size_t dimensions) : state_(std::make_unique<State>(dimensions)) {}
Sobol::~Sobol() = default;
Sobol::Sobol(Sobol&&) noexcept = default;

std::vector<double> Sobol::at(std::uint64_t index) {
  std::vector<double> point(state_->engine.dimension());
  if (index == 0) return point;
  if (index != state_->next) state_->engine.seed(index - 1);
  for (double& share : point) {
    // The 53 bits that a double holds, so that the share stays below 1.
    share = std::ldexp(static_cast<double>(state_->engine() >> 11), -53);
  }
  state_->next = index + 1;
  return point;
}

}  // namespace leyden::sweep
