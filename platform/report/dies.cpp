#include "platform/report/dies.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "models/base/error.h"

namespace leyden::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kConfidence = 0.99;

double accuracy_percent(const DieFacts& die, std::uint64_t images) {
  return 100.0 * static_cast<double>(die.correct) / static_cast<double>(images);
}

Json to_json(const DieLinearity& linearity) {
  return {{"columns", linearity.columns},
          {"inl_max_lsb", linearity.inl_max_lsb},
          {"inl_rms_lsb", linearity.inl_rms_lsb},
          {"dnl_max_lsb", linearity.dnl_max_lsb},
          {"dnl_rms_lsb", linearity.dnl_rms_lsb},
          {"offset_rms_lsb", linearity.offset_rms_lsb},
          {"gain_rms_percent", linearity.gain_rms_percent},
          {"error_max_lsb", linearity.error_max_lsb},
          {"error_rms_lsb", linearity.error_rms_lsb},
          {"missing_codes", linearity.missing_codes}};
}

Json to_json(const Distribution& distribution) {
  return {{"mean", distribution.mean},
          {"standard_deviation", distribution.standard_deviation},
          {"min", distribution.min},
          {"median", distribution.median},
          {"max", distribution.max}};
}

std::string line(const char* format, double a, double b = 0, double c = 0, double d = 0,
                 double e = 0) {
  char text[256];
  std::snprintf(text, sizeof text, format, a, b, c, d, e);
  return text;
}

/// Bars of equal width from the least to the greatest value.
std::string histogram(const std::vector<double>& values) {
  constexpr std::size_t kMostBars = 10;
  constexpr std::size_t kLongest = 40;
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const double low = *least;
  const double span = *greatest - low;
  // Not more than there are different values: accuracies come in steps of one image.
  const std::size_t bars =
      std::min(kMostBars, std::set<double>(values.begin(), values.end()).size());
  std::vector<std::size_t> counts(bars);
  for (const double value : values) {
    const double place = span == 0 ? 0 : (value - low) / span * static_cast<double>(bars);
    ++counts[std::min(bars - 1, static_cast<std::size_t>(place))];
  }
  const std::size_t most = *std::max_element(counts.begin(), counts.end());
  std::string out;
  for (std::size_t i = 0; i < bars; ++i) {
    const double width = span / static_cast<double>(bars);
    // At least one mark where there is anything.
    const std::size_t length = (counts[i] * kLongest + most - 1) / most;
    out += line("  %6.2f to %6.2f %%  ", low + static_cast<double>(i) * width,
                low + static_cast<double>(i + 1) * width) +
           std::string(length, '#') + (counts[i] == 0 ? "" : " ") + std::to_string(counts[i]) +
           "\n";
  }
  return out;
}

}  // namespace

Distribution distribution_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  Distribution result;
  for (const double value : values) result.mean += value / count;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.standard_deviation = values.size() < 2 ? 0 : std::sqrt(squares / (count - 1));
  result.min = values.front();
  result.max = values.back();
  const std::size_t half = values.size() / 2;
  result.median = values.size() % 2 != 0 ? values[half] : 0.5 * (values[half - 1] + values[half]);
  return result;
}

Interval clopper_pearson(std::uint64_t good, std::uint64_t all, double confidence) {
  using Binomial = boost::math::binomial_distribution<double>;
  const double tail = (1 - confidence) / 2;
  const auto n = static_cast<double>(all);
  const auto k = static_cast<double>(good);
  return {Binomial::find_lower_bound_on_p(n, k, tail), Binomial::find_upper_bound_on_p(n, k, tail)};
}

Json make_dies(const DiesFacts& facts, std::uint64_t images) {
  if (facts.dies.empty()) throw base::UsageError("A report over dies needs at least one die.");
  Json each = Json::array();
  for (const DieFacts& die : facts.dies) {
    each.push_back({{"die_seed", die.seed},
                    {"correct_images", die.correct},
                    {"accuracy_percent", accuracy_percent(die, images)},
                    {"linearity", to_json(die.linearity)}});
  }
  Json distributions;
  const auto distribute = [&](const std::string& name, const Json::json_pointer& at) {
    std::vector<double> values;
    for (const Json& die : each) values.push_back(die.at(at).get<double>());
    distributions[name] = to_json(distribution_of(std::move(values)));
  };
  distribute("accuracy_percent", Json::json_pointer("/accuracy_percent"));
  for (const char* name :
       {"inl_max_lsb", "inl_rms_lsb", "dnl_max_lsb", "dnl_rms_lsb", "offset_rms_lsb",
        "gain_rms_percent", "error_max_lsb", "error_rms_lsb", "missing_codes"}) {
    distribute(name, Json::json_pointer(std::string("/linearity/") + name));
  }
  Json dies;
  dies["count"] = facts.dies.size();
  dies["images_per_die"] = images;
  dies["calibrated"] = facts.calibrated;
  dies["each"] = each;
  dies["distributions"] = distributions;
  if (facts.accuracy_limit_percent) {
    const double limit = *facts.accuracy_limit_percent;
    const auto good = static_cast<std::uint64_t>(
        std::count_if(facts.dies.begin(), facts.dies.end(),
                      [&](const DieFacts& die) { return accuracy_percent(die, images) >= limit; }));
    const Interval interval = clopper_pearson(good, facts.dies.size(), kConfidence);
    dies["yield"] = {{"accuracy_limit_percent", limit},
                     {"good_dies", good},
                     {"yield_percent",
                      100.0 * static_cast<double>(good) / static_cast<double>(facts.dies.size())},
                     {"confidence_percent", 100 * kConfidence},
                     {"lower_percent", 100 * interval.lower},
                     {"upper_percent", 100 * interval.upper}};
  }
  return dies;
}

std::string dies_table(const Json& dies) {
  const Json& all = dies["distributions"];
  const Json& each = dies["each"];
  const std::string seeds =
      each.front()["die_seed"].dump() + " to " + each.back()["die_seed"].dump();
  std::string out = "dies        " + dies["count"].dump() + ", seeds " + seeds +
                    (dies["calibrated"].get<bool>() ? ", each calibrated" : "") +
                    "; above is the first\n";
  const auto row = [&](const char* name, const char* format) {
    const Json& d = all[name];
    out += line(format, d["mean"], d["standard_deviation"], d["min"], d["median"], d["max"]);
  };
  out += "                 mean       sd      min   median      max\n";
  row("accuracy_percent", "  accuracy   %8.2f %8.2f %8.2f %8.2f %8.2f %%\n");
  row("inl_max_lsb", "  INL max    %8.3f %8.3f %8.3f %8.3f %8.3f LSB\n");
  row("inl_rms_lsb", "  INL rms    %8.3f %8.3f %8.3f %8.3f %8.3f LSB\n");
  row("dnl_max_lsb", "  DNL max    %8.3f %8.3f %8.3f %8.3f %8.3f LSB\n");
  row("dnl_rms_lsb", "  DNL rms    %8.3f %8.3f %8.3f %8.3f %8.3f LSB\n");
  row("offset_rms_lsb", "  offset rms %8.3f %8.3f %8.3f %8.3f %8.3f LSB\n");
  row("gain_rms_percent", "  gain rms   %8.3f %8.3f %8.3f %8.3f %8.3f %%\n");
  row("error_rms_lsb", "  error rms  %8.3f %8.3f %8.3f %8.3f %8.3f LSB\n");
  std::vector<double> accuracies;
  for (const Json& die : each) accuracies.push_back(die["accuracy_percent"]);
  out += histogram(accuracies);
  if (dies.contains("yield")) {
    const Json& yield = dies["yield"];
    out += line("yield       %.0f of %.0f dies reach %g %%: ", yield["good_dies"], dies["count"],
                yield["accuracy_limit_percent"]);
    out += line("%.1f %%, %.1f to %.1f %% at 99 %% confidence\n", yield["yield_percent"],
                yield["lower_percent"], yield["upper_percent"]);
  }
  return out;
}

}  // namespace leyden::report
