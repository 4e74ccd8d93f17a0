#include "platform/sweep/expression.h"

#include <muParser.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <set>

#include "models/base/error.h"
#include "models/base/parameter.h"

namespace leyden::sweep {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double floor_of(double x) { return std::floor(x); }
double ceil_of(double x) { return std::ceil(x); }
/// Halves go away from zero.
double round_of(double x) { return std::round(x); }
double abs_of(double x) { return std::fabs(x); }
double sqrt_of(double x) { return std::sqrt(x); }
double log2_of(double x) { return std::log2(x); }
double log10_of(double x) { return std::log10(x); }
double exp_of(double x) { return std::exp(x); }
double power_of(double x, double y) { return std::pow(x, y); }
/// The sign of the result is that of the divisor, so that it is 0 at each multiple and never below.
double remainder_of(double x, double y) { return x - y * std::floor(x / y); }
double not_of(double x) { return x == 0 ? 1 : 0; }
double least_of(const double* x, int count) { return *std::min_element(x, x + count); }
double most_of(const double* x, int count) { return *std::max_element(x, x + count); }

void define(mu::Parser& parser) {
  // The optimiser of muParser 2.3.3 takes whole parts of constants: 0.5 && 0.5 would be 0.
  parser.EnableOptimizer(false);
  parser.ClearFun();
  parser.ClearConst();
  parser.DefineFun("min", least_of);
  parser.DefineFun("max", most_of);
  parser.DefineFun("floor", floor_of);
  parser.DefineFun("ceil", ceil_of);
  parser.DefineFun("round", round_of);
  parser.DefineFun("abs", abs_of);
  parser.DefineFun("sqrt", sqrt_of);
  parser.DefineFun("log2", log2_of);
  parser.DefineFun("log10", log10_of);
  parser.DefineFun("exp", exp_of);
  parser.DefineFun("pow", power_of);
  parser.DefineOprt("%", remainder_of, mu::prMUL_DIV);
  parser.DefineInfixOprt("!", not_of);
}

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Just behind the number that starts at `at`: 12, 1.5, .5, 1e-3.
std::size_t end_of_number(const std::string& text, std::size_t at) {
  while (at < text.size() && (is_digit(text[at]) || text[at] == '.')) ++at;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t digits = at + 1;
    if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
    if (digits < text.size() && is_digit(text[digits])) {
      while (digits < text.size() && is_digit(text[digits])) ++digits;
      return digits;
    }
  }
  return at;
}

/// What is wrong with the text before the parser sees it, "" when nothing is. Fills its names.
std::string scan(const std::string& text, std::vector<std::string>& found) {
  if (text.find_first_not_of(' ') == std::string::npos) return "is empty; an expression is needed";
  if (text.size() > kLongestExpression) {
    return "has " + std::to_string(text.size()) + " characters; " +
           std::to_string(kLongestExpression) + " are the most";
  }
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (starts_name(c)) {
      const std::size_t begin = i;
      while (i < text.size() && in_name(text[i])) ++i;
      found.push_back(text.substr(begin, i - begin));
      continue;
    }
    if (is_digit(c) || c == '.') {
      i = end_of_number(text, i);
      if (i < text.size() && starts_name(text[i])) {
        return "has a name right behind a number; write a product with *";
      }
      continue;
    }
    if (std::string(" +-*/%^(),<>=!&|?:").find(c) == std::string::npos) {
      return "has a character at place " + std::to_string(i + 1) +
             " that expressions do not have; they are made of names, numbers and "
             "+ - * / % ^ ( ) , < > = ! & | ? :";
    }
    const char before = i == 0 ? ' ' : text[i - 1];
    const char after = i + 1 < text.size() ? text[i + 1] : ' ';
    if (c == '=' && after != '=' && std::string("=<>!").find(before) == std::string::npos) {
      return "has a single =; values are compared with ==";
    }
    ++i;
  }
  return "";
}

std::string unknown_name(const std::string& name, const std::vector<std::string>& names) {
  std::vector<std::string> known = names;
  for (const std::string& function : expression_functions()) known.push_back(function);
  const std::string nearest = base::nearest_word(name, known);
  if (!nearest.empty()) {
    return "uses " + name + ", which is no variable; did you mean '" + nearest + "'?";
  }
  std::string list;
  for (const std::string& variable : names) list += (list.empty() ? "" : ", ") + variable;
  return "uses " + name + ", which is no variable; " +
         (list.empty() ? "there is none." : "there are " + list + ".");
}

/// The parser's own words, as the end of a sentence.
std::string told(const mu::Parser::exception_type& error) {
  std::string message = error.GetMsg();
  for (char& c : message) {
    if (c == '\n' || c == '"') c = c == '\n' ? ' ' : '\'';
  }
  while (!message.empty() && (message.back() == '.' || message.back() == ' ')) message.pop_back();
  return message;
}

}  // namespace

const std::vector<std::string>& expression_functions() {
  static const std::vector<std::string> kNames = {"min",  "max",  "floor", "ceil", "round", "abs",
                                                  "sqrt", "log2", "log10", "exp",  "pow"};
  return kNames;
}

struct Expression::State {
  std::string text;
  std::string where;
  std::vector<std::size_t> uses;
  std::vector<double> values;  ///< of what `uses` names; the parser reads them here
  mu::Parser parser;
};

Expression::Expression(std::string text, const std::vector<std::string>& names, std::string where)
    : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.text = std::move(text);
  state.where = std::move(where);
  const std::string begin = state.where + " '" + state.text + "' ";
  std::vector<std::string> found;
  if (const std::string wrong = scan(state.text, found); !wrong.empty()) {
    const bool shown = state.text.size() <= kLongestExpression &&
                       std::none_of(state.text.begin(), state.text.end(),
                                    [](unsigned char c) { return std::iscntrl(c) != 0; });
    throw base::UsageError((shown ? begin : state.where + " ") + wrong + ".");
  }
  std::set<std::size_t> uses;
  const std::vector<std::string>& functions = expression_functions();
  for (const std::string& name : found) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) {
      uses.insert(static_cast<std::size_t>(at - names.begin()));
    } else if (std::find(functions.begin(), functions.end(), name) == functions.end()) {
      throw base::UsageError(begin + unknown_name(name, names));
    }
  }
  state.uses.assign(uses.begin(), uses.end());
  state.values.assign(state.uses.size(), 1);
  try {
    define(state.parser);
    for (std::size_t i = 0; i < state.uses.size(); ++i) {
      state.parser.DefineVar(names[state.uses[i]], &state.values[i]);
    }
    state.parser.SetExpr(state.text);
    int results = 0;
    state.parser.Eval(results);  // parses too
    if (results != 1) throw base::UsageError(begin + "is several expressions; it must be one.");
  } catch (const mu::Parser::exception_type& error) {
    throw base::UsageError(begin + "cannot be parsed: " + told(error) + ".");
  }
}

Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;

const std::string& Expression::text() const { return state_->text; }
const std::string& Expression::where() const { return state_->where; }
const std::vector<std::size_t>& Expression::uses() const { return state_->uses; }

double Expression::evaluate(const std::vector<double>& values) const {
  for (std::size_t i = 0; i < state_->uses.size(); ++i) {
    state_->values[i] = values.at(state_->uses[i]);
    // A comparison with no number would be false, and so a value.
    if (!std::isfinite(state_->values[i])) return kNone;
  }
  try {
    const double value = state_->parser.Eval();
    return std::isfinite(value) ? value : kNone;
  } catch (const mu::Parser::exception_type&) {
    return kNone;  // of values, such as a division by a constant 0
  }
}

}  // namespace leyden::sweep
