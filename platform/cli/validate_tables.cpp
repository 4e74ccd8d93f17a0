#include "platform/cli/validate_tables.h"

#include <array>
#include <cstdio>

namespace leyden::cli {
namespace {

std::string text(const Json& value) { return value.get<std::string>(); }

std::string formatted(const char* format, const Json& value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value.get<double>());
  return buffer.data();
}

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

void print_figures(const Json& system, bool leave_one_out) {
  std::printf("%s: %s\n", text(system["system"]).c_str(), text(system["description"]).c_str());
  std::printf("%u knobs of its own, %u of %u figures fitted%s\n\n",
              system["chip_knobs"].get<unsigned>(), system["fitted_figures"].get<unsigned>(),
              static_cast<unsigned>(system["figures"].size()),
              leave_one_out ? "; here predicted by knobs fitted without any of them" : "");
  std::printf("%-52s %-8s %10s %10s %9s", "figure", "unit", "published",
              leave_one_out ? "left out" : "modelled", "error");
  if (!leave_one_out) std::printf(" %9s", "left out");
  std::printf("  %-9s  %s\n", "use", "source");
  for (const Json& figure : system["figures"]) {
    const double modelled = figure[leave_one_out ? "left_out" : "modelled"].get<double>();
    std::printf("%-52s %-8s ", text(figure["name"]).c_str(), text(figure["unit"]).c_str());
    const bool published = figure.contains("published");
    const std::string value = published ? formatted("%.4g", figure["published"]) : "-";
    const std::string left_out =
        published ? formatted("%+.1f%%", figure["left_out_error_percent"]) : "-";
    const std::string error = published ? formatted("%+.2f%%", figure["error_percent"]) : "-";
    std::printf("%10s %10.4g ", value.c_str(), modelled);
    if (leave_one_out) {
      std::printf("%9s", left_out.c_str());
    } else {
      std::printf("%9s %9s", error.c_str(), left_out.c_str());
    }
    std::printf("  %-9s  %s\n", leave_one_out ? "predicted" : text(figure["use"]).c_str(),
                text(figure["source"]).c_str());
  }
  std::printf("\n");
}

void print_inconsistent(const Json& system) {
  for (const Json& figure : system["inconsistent"]) {
    std::printf("does not reconcile: %s, %.4g %s, while other figures imply %.4g",
                text(figure["name"]).c_str(), figure["published"].get<double>(),
                text(figure["unit"]).c_str(), figure["implied"].get<double>());
    if (figure.contains("modelled")) {
      std::printf(" (modelled %.4g)", figure["modelled"].get<double>());
    }
    std::printf(": %s [%s]\n", text(figure["note"]).c_str(), text(figure["source"]).c_str());
  }
  if (!system["inconsistent"].empty()) std::printf("\n");
}

void print_groups(const Json& groups) {
  std::printf("%-16s %7s %7s %10s %8s %8s %14s %15s\n", "mean |error|", "figures", "fitted",
              "bound", "mean", "worst", "left out, mean", "left out, worst");
  for (const Json& group : groups) {
    std::printf("%-16s %7u %7u ", underscores_to_spaces(text(group["group"])).c_str(),
                group["figures"].get<unsigned>(), group["fitted"].get<unsigned>());
    if (group.contains("bound_percent")) {
      std::printf("%8.1f %% ", group["bound_percent"].get<double>());
    } else {
      std::printf("%10s ", "none");
    }
    std::printf("%6.2f %% %6.1f %% %12.1f %% %13.1f %%\n", group["mean_percent"].get<double>(),
                group["worst_percent"].get<double>(), group["left_out_mean_percent"].get<double>(),
                group["left_out_worst_percent"].get<double>());
  }
  std::printf("\n");
}

void print_knobs(const Json& knobs) {
  std::printf("%-34s %-7s %10s %-4s %10s  %s\n", "knob", "scope", "value", "unit", "start",
              "fitted to [informed by]");
  for (const Json& knob : knobs) {
    std::printf("%-34s %-7s %10.4g %-4s %10.4g  %s [%s]\n", text(knob["key"]).c_str(),
                text(knob["scope"]).c_str(), knob["value"].get<double>(),
                text(knob["unit"]).c_str(), knob["start"].get<double>(),
                text(knob["fitted_to"]).c_str(), joined(knob["informed_by"]).c_str());
  }
}

void print_new_chip(const Json& chip) {
  std::printf("%s, predicted from the shared knobs\n\n%-34s %-8s %12s\n",
              text(chip["system"]).c_str(), "quantity", "unit", "modelled");
  for (const Json& figure : chip["predicted"]) {
    std::printf("%-34s %-8s %12.4g\n", underscores_to_spaces(text(figure["name"])).c_str(),
                text(figure["unit"]).c_str(), figure["modelled"].get<double>());
  }
  const Json& factor = chip["left_out_factor"];
  std::printf(
      "\nChips that the knobs had not seen were off by a factor of %.2g in energy, %.2g in time "
      "and "
      "%.2g in area.\n",
      factor["energy"].get<double>(), factor["time"].get<double>(), factor["area"].get<double>());
}

}  // namespace leyden::cli
