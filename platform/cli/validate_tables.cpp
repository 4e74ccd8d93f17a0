#include "platform/cli/validate_tables.h"

#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "platform/report/text_table.h"

namespace leyden::cli {
namespace {

using report::TextTable;
using report::wrapped;
using Kind = report::TextTable::Kind;

std::string text(const Json& value) { return value.get<std::string>(); }

std::string formatted(const char* format, const Json& value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value.get<double>());
  return buffer.data();
}

/// A line, or several.
void print(const std::string& lines) { std::printf("%s\n", lines.c_str()); }

std::string joined(const Json& words) {
  std::string all;
  for (const Json& word : words) all += (all.empty() ? "" : ", ") + text(word);
  return all.empty() ? "no figure" : all;
}

std::string underscores_to_spaces(std::string word) {
  for (char& c : word) c = c == '_' ? ' ' : c;
  return word;
}

}  // namespace

void print_figures(const Json& system, bool leave_one_out, std::size_t width) {
  print(wrapped(text(system["system"]) + ": " + text(system["description"]), width, 2));
  print(wrapped(system["chip_knobs"].dump() + " knobs of its own, " +
                    system["fitted_figures"].dump() + " of " +
                    std::to_string(system["figures"].size()) + " figures fitted" +
                    (leave_one_out ? "; here predicted by knobs fitted without any of them" : ""),
                width, 2) +
        "\n");
  TextTable table("figure");
  table.add_column("unit", Kind::kWord);
  table.add_column("published");
  table.add_column(leave_one_out ? "left out" : "modelled");
  table.add_column("error");
  if (!leave_one_out) table.add_column("left out");
  table.add_column("use", Kind::kWord);
  table.add_column("source", Kind::kSentence);
  for (const Json& figure : system["figures"]) {
    const bool published = figure.contains("published");
    const auto where_published = [&](const char* format, const char* key) {
      return published ? formatted(format, figure[key]) : std::string("-");
    };
    std::vector<std::string> cells = {
        figure["unit"], where_published("%.4g", "published"),
        formatted("%.4g", figure[leave_one_out ? "left_out" : "modelled"])};
    if (!leave_one_out) cells.push_back(where_published("%+.2f%%", "error_percent"));
    cells.push_back(where_published("%+.1f%%", "left_out_error_percent"));
    cells.push_back(leave_one_out ? "predicted" : text(figure["use"]));
    cells.push_back(figure["source"]);
    table.add_row(figure["name"], std::move(cells));
  }
  print(table.text(width));
}

void print_inconsistent(const Json& system, std::size_t width) {
  for (const Json& figure : system["inconsistent"]) {
    std::string line = "does not reconcile: " + text(figure["name"]) + ", " +
                       formatted("%.4g", figure["published"]) + " " + text(figure["unit"]) +
                       ", while other figures imply " + formatted("%.4g", figure["implied"]);
    if (figure.contains("modelled")) {
      line += " (modelled " + formatted("%.4g", figure["modelled"]) + ")";
    }
    line += ": " + text(figure["note"]) + " [" + text(figure["source"]) + "]";
    print(wrapped(line, width, 2));
  }
  if (!system["inconsistent"].empty()) print("");
}

void print_groups(const Json& groups, std::size_t width) {
  TextTable table("mean |error|");
  for (const char* heading :
       {"figures", "fitted", "bound", "mean", "worst", "left out, mean", "left out, worst"}) {
    table.add_column(heading);
  }
  for (const Json& group : groups) {
    table.add_row(
        underscores_to_spaces(text(group["group"])),
        {group["figures"].dump(), group["fitted"].dump(),
         group.contains("bound_percent") ? formatted("%.1f %%", group["bound_percent"]) : "none",
         formatted("%.2f %%", group["mean_percent"]), formatted("%.1f %%", group["worst_percent"]),
         formatted("%.1f %%", group["left_out_mean_percent"]),
         formatted("%.1f %%", group["left_out_worst_percent"])});
  }
  print(table.text(width));
}

void print_knobs(const Json& knobs, std::size_t width) {
  TextTable table("knob");
  table.add_column("scope", Kind::kWord);
  table.add_column("value");
  table.add_column("unit", Kind::kWord);
  table.add_column("start");
  table.add_column("fitted to [informed by]", Kind::kSentence);
  for (const Json& knob : knobs) {
    table.add_row(knob["key"],
                  {knob["scope"], formatted("%.4g", knob["value"]), knob["unit"],
                   formatted("%.4g", knob["start"]),
                   text(knob["fitted_to"]) + " [" + joined(knob["informed_by"]) + "]"});
  }
  std::printf("%s", table.text(width).c_str());
}

void print_new_chip(const Json& chip, std::size_t width) {
  print(wrapped(text(chip["system"]) + ", predicted from the shared knobs", width, 2) + "\n");
  TextTable table("quantity");
  table.add_column("unit", Kind::kWord);
  table.add_column("modelled");
  for (const Json& figure : chip["predicted"]) {
    table.add_row(underscores_to_spaces(text(figure["name"])),
                  {figure["unit"], formatted("%.4g", figure["modelled"])});
  }
  print(table.text(width));
  const Json& factor = chip["left_out_factor"];
  print(wrapped("Chips that the knobs had not seen were off by a factor of " +
                    formatted("%.2g", factor["energy"]) + " in energy, " +
                    formatted("%.2g", factor["time"]) + " in time and " +
                    formatted("%.2g", factor["area"]) + " in area.",
                width, 0));
}

}  // namespace leyden::cli
