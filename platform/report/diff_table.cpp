#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "platform/report/diff.h"
#include "platform/report/text_table.h"

namespace leyden::report {
namespace {

using Json = nlohmann::ordered_json;

std::string change_of(const Json& figure) {
  if (figure["difference"] == 0) return "-";
  if (figure["difference_percent"].is_null()) return "new";
  char text[32];
  const double percent = figure["difference_percent"];
  std::snprintf(text, sizeof text, std::fabs(percent) < 9999.5 ? "%+.2f%%" : "%+.1e%%", percent);
  return text;
}

std::string name_of(const Json& figure) {
  return figure["scope"] == "layer" ? figure["layer"] : figure["scope"];
}

/// Energies are shown in nJ.
double shown(const Json& figure, const char* side) {
  return figure[side].get<double>() * (figure["unit"] == "pJ" ? 1e-3 : 1);
}

std::string word_of(const Json& value) {
  if (value.is_null()) return "none";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Key, A, B of what run or configuration differ in; long words are no part of a column.
std::string differences(const std::string& title, const Json& list, std::size_t width) {
  if (list.empty()) return "";
  TextTable table(title);
  table.add_column("A", TextTable::Kind::kWord);
  table.add_column("B", TextTable::Kind::kWord);
  std::string long_ones;
  constexpr std::size_t kLongest = 24;
  for (const Json& entry : list) {
    std::string key = entry["key"];
    const std::string unit = entry.value("unit", "");
    if (!unit.empty() && unit != "1") key += " (" + unit + ")";
    const std::string a = word_of(entry["a"]);
    const std::string b = word_of(entry["b"]);
    if (a.size() > kLongest || b.size() > kLongest || key.size() + 8 > width / 2 + 10) {
      long_ones.append(key).append("\n  A ").append(a).append("\n  B ").append(b).append("\n");
    } else {
      table.add_row(key, {a, b});
    }
  }
  return (table.empty() ? title + "\n" : table.text(width)) + long_ones + "\n";
}

/// The costs of each row, side by side.
std::string costs(const Json& diff, std::size_t width) {
  std::vector<std::string> order;
  std::map<std::string, std::map<std::string, const Json*>> rows;
  for (const Json& figure : diff["figures"]) {
    const std::string name = figure["figure"];
    if (figure["scope"] == "chip" || figure["scope"] == "network") continue;
    if (name != "cycles.total" && name != "energy_pj.total") continue;
    if (rows.count(name_of(figure)) == 0) order.push_back(name_of(figure));
    rows[name_of(figure)][name] = &figure;
  }
  if (order.empty()) return "";
  TextTable table("layer");
  for (const char* heading : {"cycles A", "cycles B", "change", "nJ A", "nJ B", "change"}) {
    table.add_column(heading);
  }
  for (const std::string& row : order) {
    std::vector<std::string> cells;
    for (const char* name : {"cycles.total", "energy_pj.total"}) {
      const auto found = rows[row].find(name);
      if (found == rows[row].end()) {
        cells.insert(cells.end(), {"", "", "-"});
        continue;
      }
      const Json& figure = *found->second;
      cells.push_back(compact_number(shown(figure, "a")));
      cells.push_back(compact_number(shown(figure, "b")));
      cells.push_back(change_of(figure) + (figure["above"] == true ? " !" : "  "));
    }
    table.add_row(row.substr(0, 24), std::move(cells));
  }
  return table.text(width) + "\n";
}

/// Whether a figure is one of the parts of its row that the text tells: no total, and not the
/// latency where it only follows the cycles.
bool is_part(const Json& figure, double cycles_percent) {
  const std::string name = figure["figure"];
  if (figure["difference"] == 0 || name == "cycles.total" || name == "energy_pj.total")
    return false;
  if (figure["scope"] == "chip" || figure["scope"] == "network") return false;
  return name != "latency_ns" || figure["difference_percent"].is_null() ||
         std::fabs(figure["difference_percent"].get<double>() - cycles_percent) > 1e-6;
}

/// What each row's costs are made of, and what changed of it.
std::string parts(const Json& diff, std::size_t width) {
  std::string out;
  std::string title;
  std::string line;
  double cycles_percent = 0;
  std::string row;
  for (const Json& figure : diff["figures"]) {
    if (name_of(figure) != row) {
      row = name_of(figure);
      cycles_percent = 0;
    }
    if (figure["figure"] == "cycles.total" && !figure["difference_percent"].is_null()) {
      cycles_percent = figure["difference_percent"];
    }
    if (!is_part(figure, cycles_percent)) continue;
    const std::string whole = figure["figure"];
    const std::size_t dot = whole.find('.');
    const std::string group = dot == std::string::npos ? "" : whole.substr(0, dot);
    const std::string next = row + (group == "cycles"      ? ", cycles:"
                                    : group == "energy_pj" ? ", energy in nJ:"
                                                           : ", other:");
    if (next != title) {
      if (!line.empty()) out += wrapped(line, width, 2) + "\n";
      line = title = next;
    } else {
      line += ",";
    }
    line += " " + (dot == std::string::npos ? whole : whole.substr(dot + 1)) + " " +
            compact_number(shown(figure, "a")) + " to " + compact_number(shown(figure, "b")) +
            " (" + change_of(figure) + ")";
  }
  if (!line.empty()) out += wrapped(line, width, 2) + "\n";
  return out.empty() ? "" : "What changed\n" + out + "\n";
}

/// Figures of the chip and the network's accuracy.
std::string whole_chip(const Json& diff, std::size_t width) {
  TextTable table("chip");
  for (const char* heading : {"A", "B", "change"}) table.add_column(heading);
  for (const Json& figure : diff["figures"]) {
    const bool accuracy = figure["scope"] == "network";
    if (figure["scope"] != "chip" && !accuracy) continue;
    std::string change = change_of(figure);
    if (accuracy && figure["difference"] != 0) {
      char text[32];
      std::snprintf(text, sizeof text, "%+.2f points", figure["difference"].get<double>());
      change = text;
    }
    table.add_row(figure["figure"], {compact_number(figure["a"]), compact_number(figure["b"]),
                                     change + (figure["above"] == true ? " !" : "  ")});
  }
  return table.empty() ? "" : table.text(width) + "\n";
}

std::string names(const Json& list) {
  std::string text;
  for (const Json& name : list) text += (text.empty() ? "" : ", ") + name.get<std::string>();
  return text;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string verdict(const Json& diff) {
  const Json& bound = diff["bound"];
  if (bound["costs_percent"].is_null() && bound["accuracy_points"].is_null()) {
    return diff["figures"].empty() ? "equal: no figure differs\n" : "";
  }
  std::string bounds;
  if (!bound["costs_percent"].is_null()) bounds = number(bound["costs_percent"]) + " % of costs";
  if (!bound["accuracy_points"].is_null()) {
    bounds +=
        (bounds.empty() ? "" : ", ") + number(bound["accuracy_points"]) + " points of accuracy";
  }
  const int above = diff["above"];
  return above == 0 ? "within the bound of " + bounds + "\n"
                    : std::to_string(above) + (above == 1 ? " figure" : " figures") +
                          " (!) above the bound of " + bounds + "\n";
}

}  // namespace

std::string diff_table(const Json& diff, unsigned width) {
  const std::size_t fitting = std::max(80u, width);
  std::string out;
  for (const char* side : {"a", "b"}) {
    out += std::string(side == std::string("a") ? "A  " : "B  ") +
           diff[side]["report"].get<std::string>() + ": " +
           diff[side]["network"].get<std::string>() + " on " +
           diff[side]["chip"].get<std::string>() + "\n";
  }
  out += "\n" + differences("run", diff["run"], fitting);
  if (diff["config_compared"] == true) {
    out += differences("configuration", diff["config"], fitting);
  } else {
    out += "configuration not compared: a config.yaml is missing\n\n";
  }
  out += costs(diff, fitting) + parts(diff, fitting) + whole_chip(diff, fitting);
  for (const auto& [key, side] :
       {std::pair<const char*, const char*>{"layers_only_in_a", "A"}, {"layers_only_in_b", "B"}}) {
    if (diff[key].empty()) continue;
    out +=
        wrapped("layers only in " + std::string(side) + ": " + names(diff[key]), fitting, 2) + "\n";
  }
  return out + verdict(diff);
}

}  // namespace leyden::report
