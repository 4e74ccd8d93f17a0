#include "platform/sweep/variable.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace leyden::sweep {
namespace {

/// Digits of a drawn value: enough for every parameter, and texts stay readable.
constexpr int kDrawnDigits = 9;
constexpr double kMostWhole = 1e15;

std::string written(double number) {
  char text[64];
  const bool whole = number == std::floor(number) && std::fabs(number) < kMostWhole;
  const auto end = whole ? std::to_chars(text, text + sizeof text, static_cast<long long>(number))
                         : std::to_chars(text, text + sizeof text, number);
  return {text, end.ptr};
}

}  // namespace

Value number_value(double number) {
  const std::string text = written(number);
  return {number, text, text};
}

double rounded_to_digits(double number, int digits) {
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof text, number, std::chars_format::scientific, digits - 1);
  double rounded = number;
  std::from_chars(text, end.ptr, rounded);
  return rounded;
}

Value Variable::at(double share) const {
  if (!values.empty()) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    return values[std::min(index, values.size() - 1)];
  }
  const double drawn =
      logarithmic ? from * std::exp(share * std::log(to / from)) : from + share * (to - from);
  return number_value(std::clamp(rounded_to_digits(drawn, kDrawnDigits), from, to));
}

}  // namespace leyden::sweep
