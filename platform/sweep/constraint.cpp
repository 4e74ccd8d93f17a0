#include "platform/sweep/constraint.h"

#include <cmath>
#include <utility>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

/// Where the one comparison of a text is, when it is the outermost operator and the only one.
std::optional<std::pair<std::size_t, std::size_t>> one_comparison(const std::string& text) {
  std::optional<std::pair<std::size_t, std::size_t>> found;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(') ++depth;
    if (c == ')') --depth;
    const bool logic = c == '&' || c == '|' || c == '?';
    const bool compares = c == '<' || c == '>' || c == '=' || c == '!';
    if (!logic && !compares) continue;
    const std::size_t length = i + 1 < text.size() && text[i + 1] == '=' ? 2 : 1;
    // Only one, not in parentheses, and no "!a", which is a logical not.
    if (logic || found || depth != 0 || (c == '!' && length == 1)) return std::nullopt;
    found = {i, length};
    i += length - 1;
  }
  return found;
}

bool compares(double left, const std::string& by, double right) {
  if (by == "<") return left < right;
  if (by == "<=") return left <= right;
  if (by == ">") return left > right;
  if (by == ">=") return left >= right;
  return (left == right) == (by == "==");
}

}  // namespace

Constraint::Constraint(const std::string& text, const std::vector<std::string>& names,
                       const std::string& where)
    : whole_(text, names, where) {
  if (text.find_first_of("<>=!") == std::string::npos) {
    throw base::UsageError(where + " '" + text +
                           "' compares nothing; a constraint is a comparison, such as a <= b.");
  }
  if (whole_.uses().empty()) {
    throw base::UsageError(where + " '" + text +
                           "' uses no variable; it holds for all points or for none.");
  }
  if (const auto at = one_comparison(text)) {
    one_.emplace(Comparison{Expression(text.substr(0, at->first), names, where),
                            text.substr(at->first, at->second),
                            Expression(text.substr(at->first + at->second), names, where)});
  }
}

double Constraint::violation(const std::vector<double>& values) const {
  if (!one_) {
    const double holds = whole_.evaluate(values);
    return std::isnan(holds) ? holds : holds != 0 ? 0 : 1;
  }
  const double left = one_->left.evaluate(values);
  const double right = one_->right.evaluate(values);
  if (std::isnan(left) || std::isnan(right)) return std::nan("");
  if (compares(left, one_->by, right)) return 0;
  const double size = std::fabs(left) + std::fabs(right);
  const double distance = std::fabs(left - right);
  return std::isfinite(size) && size > 0 ? 1 + distance / size : 1;
}

}  // namespace leyden::sweep
