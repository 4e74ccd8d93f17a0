#include <algorithm>
#include <cstdio>
#include <numeric>

#include "platform/trace/profile.h"

namespace leyden::trace {
namespace {

/// Functions shown; the rest are summed up.
constexpr std::size_t kMostRows = 40;
constexpr double kPicojoule = 1e-6;  // of an attojoule

std::string row(const std::string& name, const FunctionCost& cost, std::uint64_t all) {
  const auto count = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  const double whole = all == 0 ? 1 : static_cast<double>(all);
  const double own = cost.self.cycles == 0 ? 1 : static_cast<double>(cost.self.cycles);
  char text[160];
  std::snprintf(text, sizeof text, "%10llu %6.2f %10llu %8llu %10.1f %6.1f  ",
                count(cost.self.cycles), 100 * static_cast<double>(cost.self.cycles) / whole,
                count(cost.inclusive.cycles), count(cost.calls),
                static_cast<double>(cost.self.energy_aj) * kPicojoule,
                100 * static_cast<double>(cost.self.waited) / own);
  return text + name + "\n";
}

}  // namespace

std::string profile_table(const Profile& profile) {
  const std::vector<FunctionCost>& functions = profile.functions();
  std::vector<CodeMap::Index> order;
  for (CodeMap::Index i = 0; i < functions.size(); ++i) {
    if (functions[i].self.cycles != 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](CodeMap::Index a, CodeMap::Index b) {
    return functions[a].self.cycles > functions[b].self.cycles;
  });
  const std::uint64_t all = profile.total().cycles;
  std::string text = "      self      %  inclusive    calls  energy pJ wait %  function\n";
  for (std::size_t i = 0; i < std::min(order.size(), kMostRows); ++i) {
    text += row(profile.code().function(order[i]).name, functions[order[i]], all);
  }
  if (order.size() > kMostRows) {
    FunctionCost rest;
    for (std::size_t i = kMostRows; i < order.size(); ++i) {
      rest.self += functions[order[i]].self;
      rest.calls += functions[order[i]].calls;
    }
    text += row("(" + std::to_string(order.size() - kMostRows) + " more)", rest, all);
  }
  FunctionCost sum;
  sum.self = sum.inclusive = profile.total();
  return text + row("(all)", sum, all);
}

}  // namespace leyden::trace
