#include "platform/coverage/coverage_table.h"

#include <cstdio>

#include "platform/report/text_table.h"

namespace leyden::coverage {
namespace {

std::string percent_text(std::size_t hit, std::size_t all) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f",
                all == 0 ? 100.0 : 100.0 * static_cast<double>(hit) / static_cast<double>(all));
  return text;
}

std::string unseen(const Point& point) {
  std::string text;
  for (const Bin& bin : point.bins) {
    if (bin.hits == 0) text += (text.empty() ? "" : ", ") + bin.name;
  }
  return text;
}

std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return text;
}

}  // namespace

std::string coverage_table(const Coverage& coverage, std::size_t width, bool holes) {
  report::TextTable groups("group");
  groups.add_column("points");
  groups.add_column("bins");
  groups.add_column("seen");
  groups.add_column("%");
  std::size_t points = 0;
  for (const Group& group : coverage.groups()) {
    points += group.points.size();
    groups.add_row(group.name,
                   {std::to_string(group.points.size()), std::to_string(group.bins()),
                    std::to_string(group.hit()), percent_text(group.hit(), group.bins())});
  }
  groups.add_row("total", {std::to_string(points), std::to_string(coverage.bins()),
                           std::to_string(coverage.hit_bins()),
                           percent_text(coverage.hit_bins(), coverage.bins())});
  std::string text = groups.text(width);
  if (!holes) return text;
  for (const Group& group : coverage.groups()) {
    if (group.hit() == group.bins()) continue;
    report::TextTable table(group.name);
    table.add_column("never seen", report::TextTable::Kind::kSentence);
    for (const Point& point : group.points) {
      if (point.hit() < point.bins.size()) table.add_row(point.name, {unseen(point)});
    }
    text += "\n" + table.text(width);
  }
  return text;
}

std::string coverage_page(const Coverage& coverage) {
  std::string text = "# Functional coverage\n\n" + std::to_string(coverage.hit_bins()) + " of " +
                     std::to_string(coverage.bins()) + " bins seen, " +
                     percent_text(coverage.hit_bins(), coverage.bins()) + " %.\n\n";
  for (const std::string& run : coverage.runs()) text += "- " + run + "\n";
  for (const Group& group : coverage.groups()) {
    text += "\n## " + group.name + "\n\n" + percent_text(group.hit(), group.bins()) + " % of " +
            std::to_string(group.bins()) + " bins.\n\n| point | bins and how often |\n|---|---|\n";
    for (const Point& point : group.points) {
      std::string bins;
      for (const Bin& bin : point.bins) {
        bins += (bins.empty() ? "" : ", ") + cell(bin.name) + ": " +
                (bin.hits == 0 ? std::string("**never**") : std::to_string(bin.hits));
      }
      text += "| " + cell(point.name) + " | " + bins + " |\n";
    }
  }
  return text;
}

}  // namespace leyden::coverage
