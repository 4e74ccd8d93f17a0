#include "models/cim/charge_injection_array.h"

#include <algorithm>
#include <cmath>

namespace leyden::cim {
namespace {

/// Cells a step uses and how often each.
struct Step {
  unsigned cells;
  unsigned times;
};

Step step_of(unsigned bits, unsigned step) {
  const unsigned size = 1u << (bits - 2 - step);
  const unsigned all = ChargeInjectionArray::cells(bits);
  return {std::min(size, all), size > all ? size / all : 1};
}

/// Visits the search's tree: the trial of `code`, whose lowest set bit is bit `bit`.
struct Search {
  const std::vector<double>& removed;
  std::vector<double>& thresholds;

  void visit(unsigned code, unsigned bit, double trial, double low, double high) const {
    const double acting = std::min(std::max(trial, low), high);
    thresholds[code - 1] = acting;
    if (bit == 0) return;
    const double step = removed[removed.size() - bit];
    const unsigned half = 1u << (bit - 1);
    visit(code + half, bit - 1, trial + step, acting, high);
    visit(code - half, bit - 1, trial - step, low, acting);
  }
};

}  // namespace

double ChargeInjectionArray::removed(unsigned step) const {
  const Step use = step_of(bits, step);
  double sum = 0;
  for (unsigned cell = 0; cell < use.cells; ++cell) sum += 1.0 + deviation[cell];
  return sum * use.times;
}

double ChargeInjectionArray::threshold_sigma(double unit_sigma, unsigned bits, unsigned code) {
  std::vector<int> uses(cells(bits));
  // The path to the trial of `code`: decisions on the bits above its lowest set one.
  for (unsigned bit = bits; bit-- > 1;) {
    if ((code & ((1u << bit) - 1)) == 0) break;
    const Step use = step_of(bits, bits - 1 - bit);
    const int sign = ((code >> bit) & 1u) != 0 ? 1 : -1;
    for (unsigned cell = 0; cell < use.cells; ++cell)
      uses[cell] += sign * static_cast<int>(use.times);
  }
  double squares = 0;
  for (const int count : uses) squares += static_cast<double>(count) * count;
  return unit_sigma * std::sqrt(squares);
}

void charge_injection_thresholds(const ChargeInjectionArray& array,
                                 std::vector<double>& thresholds) {
  thresholds.assign((std::size_t{1} << array.bits) - 1, 0);
  std::vector<double> removed;
  for (unsigned step = 0; step + 1 < array.bits; ++step) removed.push_back(array.removed(step));
  const unsigned middle = 1u << (array.bits - 1);
  Search{removed, thresholds}.visit(middle, array.bits - 1, middle, -HUGE_VAL, HUGE_VAL);
}

}  // namespace leyden::cim
