#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace leyden::sweep {

/// The Sobol sequence in [0, 1)^dimensions with the direction numbers of Boost (Joe and Kuo), not
/// scrambled, in Gray-code order; element 0 is the origin.
class Sobol {
 public:
  explicit Sobol(std::size_t dimensions);
  ~Sobol();
  Sobol(Sobol&&) noexcept;

  /// Fast where `index` is the one behind the last.
  std::vector<double> at(std::uint64_t index);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leyden::sweep
