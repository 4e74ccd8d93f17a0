#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "platform/report/report.h"
#include "platform/report/text_table.h"

namespace leyden::report {
namespace {

using Json = nlohmann::ordered_json;

/// A column of the table: a heading and one cell a row, aligned right.
struct Column {
  std::string heading;
  std::vector<std::string> cells;

  std::size_t width() const {
    std::size_t width = heading.size();
    for (const std::string& cell : cells) width = std::max(width, cell.size());
    return width;
  }
};

/// Four significant digits, thousands as k, M, G; 0 as "-".
std::string short_number(double value) {
  if (value == 0) return "-";
  const char* suffix = "";
  double shown = value;
  for (const char* next : {"k", "M", "G", "T"}) {
    if (std::fabs(shown) < 10000) break;
    shown /= 1000;
    suffix = next;
  }
  char text[32];
  const double size = std::fabs(shown);
  const int decimals = size >= 1000 || shown == std::floor(shown) ? 0
                       : size >= 100                              ? 1
                       : size >= 0.1                              ? 2
                                                                  : 4;
  std::snprintf(text, sizeof text, "%.*f%s", decimals, shown, suffix);
  return text;
}

std::string left(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

/// Prints columns beside the row names, in as many blocks as the width needs.
std::string blocks(const std::string& title, const std::vector<std::string>& names,
                   const std::vector<Column>& columns, std::size_t width) {
  std::size_t name_width = 5;
  for (const std::string& name : names) name_width = std::max(name_width, name.size());
  name_width = std::min<std::size_t>(name_width, 20);
  std::string out = title + "\n";
  for (std::size_t first = 0; first < columns.size();) {
    std::size_t used = name_width;
    std::size_t last = first;
    while (last < columns.size() && (last == first || used + 2 + columns[last].width() <= width)) {
      used += 2 + columns[last++].width();
    }
    out += left("layer", name_width);
    for (std::size_t i = first; i < last; ++i) {
      out += "  " + right(columns[i].heading, columns[i].width());
    }
    out += '\n';
    for (std::size_t row = 0; row < names.size(); ++row) {
      out += left(names[row].substr(0, name_width), name_width);
      for (std::size_t i = first; i < last; ++i) {
        out += "  " + right(columns[i].cells[row], columns[i].width());
      }
      out += '\n';
    }
    out += '\n';
    first = last;
  }
  return out;
}

/// Rows of the table: the layers, then the total.
std::vector<Json> rows_of(const Json& report) {
  std::vector<Json> rows(report["layers"].begin(), report["layers"].end());
  rows.push_back(report["total"]);
  rows.back()["name"] = "total";
  return rows;
}

Column column(const std::vector<Json>& rows, const std::string& heading,
              const nlohmann::ordered_json::json_pointer& path, double factor = 1) {
  Column column{heading, {}};
  for (const Json& row : rows) {
    column.cells.push_back(short_number(row.at(path).get<double>() * factor));
  }
  return column;
}

Json::json_pointer at(const std::string& path) { return Json::json_pointer(path); }

std::string text(const char* format, double a, double b = 0, double c = 0, double d = 0) {
  char line[256];
  std::snprintf(line, sizeof line, format, a, b, c, d);
  return line;
}

/// The lines under the table: accuracy, speed, energy, where the numbers come from.
std::string summary(const Json& report) {
  const Json& chip = report["chip"];
  const Json& shares = report["energy_share_by_source_percent"];
  std::string out;
  if (report.contains("accuracy")) {
    const Json& accuracy = report["accuracy"];
    out += text("accuracy    %.2f %% (%.0f of %.0f images)\n", accuracy["accuracy_percent"],
                accuracy["correct_images"], accuracy["images"]);
  } else {
    out += "accuracy    none, the network is no classifier\n";
  }
  out += text("speed       %.1f images/s of the chip, %.3f us from input to result\n",
              chip["throughput_images_per_s"], chip["image_latency_ns"].get<double>() * 1e-3);
  out += text("energy      %.4f uJ/image, %.3f mW while it computes\n", chip["energy_per_image_uj"],
              chip["power_mw"]);
  out += text("boot        %.0f cycles, %.4f uJ, once\n", report["boot"]["cycles"]["total"],
              report["boot"]["energy_pj"]["total"].get<double>() * 1e-6);
  if (report.contains("calibration")) {
    out += text("calibration %.0f cycles, %.4f uJ, once", report["calibration"]["cycles"]["total"],
                report["calibration"]["energy_pj"]["total"].get<double>() * 1e-6);
    if (report["calibration"].contains("replaced_columns")) {
      out += text("; %zu columns replaced", report["calibration"]["replaced_columns"].size());
    }
    out += "\n";
  }
  out += text(
      "provenance  stated %.1f %%, derived %.1f %%, fitted %.1f %%, assumed %.1f %% of energy\n",
      shares["stated"], shares["derived"], shares["fitted"], shares["assumed"]);
  if (report.contains("column_noise_lsb_rms")) {
    const Json& noise = report["column_noise_lsb_rms"];
    out += text("noise       %.2f LSB rms a column (temporal %.2f, offset %.2f, gain %.2f,",
                noise["total"], noise["temporal"], noise["offset"], noise["gain"]);
    out += text(" INL %.2f", noise["inl"]);
    // What only some chips have is told where it is there.
    constexpr std::pair<const char*, const char*> kOthers[] = {
        {"mismatch", "mismatch"}, {"transfer", "transfer curve"},
        {"read", "read noise"},   {"on_off", "on/off"},
        {"stuck", "stuck cells"}, {"columns", "column weights"},
        {"inputs", "inputs"},     {"wire", "wires"}};
    for (const auto& [key, name] : kOthers) {
      if (noise[key].get<double>() < 0.005 && std::string(key) != "mismatch") continue;
      if (noise[key].get<double>() < 0.05 && std::string(key) == "mismatch") continue;
      out += text((std::string(", ") + name + " %.2f").c_str(), noise[key]);
    }
    out += ")\n";
  }
  if (report.contains("dies")) out += dies_table(report["dies"]);
  if (report.contains("faults")) out += faults_table(report["faults"]);
  return out;
}

/// Whole sentences, as the models said them.
std::string warnings(const Json& report) {
  std::string out;
  for (const Json& warning : report["warnings"]) {
    out += "warning     " + warning.get<std::string>() + "\n";
  }
  return out;
}

}  // namespace

std::string table(const nlohmann::ordered_json& report, unsigned width) {
  const std::vector<Json> rows = rows_of(report);
  std::vector<std::string> names;
  for (const Json& row : rows) names.push_back(row["name"]);

  const std::vector<Column> work = {
      column(rows, "MACs", at("/macs")),
      column(rows, "MVMs", at("/mvms")),
      column(rows, "tiles", at("/tiles")),
      column(rows, "util %", at("/array_utilisation"), 100),
      column(rows, "array %", at("/array_share"), 100),
      column(rows, "cycles", at("/cycles/total")),
      column(rows, "us", at("/latency_ns"), 1e-3),
      column(rows, "nJ", at("/energy_pj/total"), 1e-3),
      column(rows, "TOPS", at("/throughput_tops/native")),
      column(rows, "TOPS 1b", at("/throughput_tops/normalised_1b")),
      column(rows, "TOPS/W", at("/efficiency_tops_per_w/native")),
      column(rows, "TOPS/W 1b", at("/efficiency_tops_per_w/normalised_1b")),
  };
  std::vector<Column> cycles;
  for (const auto& entry : rows.back()["cycles"].items()) {
    cycles.push_back(column(rows, entry.key(), at("/cycles/" + entry.key())));
  }
  std::vector<Column> energy;
  for (const auto& entry : rows.back()["energy_pj"].items()) {
    energy.push_back(column(rows, entry.key(), at("/energy_pj/" + entry.key()), 1e-3));
  }
  const std::size_t fitting = std::max(80u, width);
  const Json& run = report["run"];
  return run["network"].get<std::string>() + " on " + run["chip"].get<std::string>() + ", " +
         run["fidelity"].get<std::string>() + ", means over " +
         std::to_string(run["images"].get<std::uint64_t>()) + " images\n\n" +
         blocks("Work and efficiency", names, work, fitting) +
         blocks("Cycles by cause", names, cycles, fitting) +
         blocks("Energy by component in nJ", names, energy, fitting) +
         fitted(summary(report), fitting, 12) + warnings(report);
}

std::string csv(const nlohmann::ordered_json& report) {
  const std::vector<Json> rows = rows_of(report);
  std::vector<std::pair<std::string, Json::json_pointer>> columns = {
      {"macs", at("/macs")},
      {"mvms", at("/mvms")},
      {"tiles", at("/tiles")},
      {"array_utilisation", at("/array_utilisation")},
      {"array_share", at("/array_share")}};
  for (const auto& entry : rows.back()["cycles"].items()) {
    columns.emplace_back("cycles_" + entry.key(), at("/cycles/" + entry.key()));
  }
  columns.emplace_back("latency_ns", at("/latency_ns"));
  for (const auto& entry : rows.back()["energy_pj"].items()) {
    columns.emplace_back("energy_" + entry.key() + "_pj", at("/energy_pj/" + entry.key()));
  }
  for (const char* precision : {"native", "normalised_1b"}) {
    const std::string name = precision;
    columns.emplace_back("throughput_" + name + "_tops", at("/throughput_tops/" + name));
    columns.emplace_back("efficiency_" + name + "_tops_per_w",
                         at("/efficiency_tops_per_w/" + name));
  }
  std::string out = "layer";
  for (const auto& entry : columns) out += "," + entry.first;
  out += '\n';
  for (const Json& row : rows) {
    std::string name = row["name"];
    std::replace(name.begin(), name.end(), '"', '\'');
    out += "\"" + name + "\"";
    for (const auto& entry : columns) out += "," + row.at(entry.second).dump();
    out += '\n';
  }
  return out;
}

}  // namespace leyden::report
