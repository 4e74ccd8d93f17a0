#include "platform/sweep/schema.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "platform/sweep/metrics.h"

namespace leyden::sweep {
namespace {

std::string quoted(const std::string& text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result + quote;
}

/// As SQLite compares names of columns.
std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The chip of a point: its own setting, else that of the base.
constexpr const char* kChipOfPoint =
    "coalesce((SELECT c.value FROM json_each(p.settings) c WHERE c.key = 'chip'),"
    " (SELECT a.value FROM about a WHERE a.key = 'chip'))";

}  // namespace

std::string sql_name(const std::string& text) { return quoted(text, '"'); }
std::string sql_text(const std::string& text) { return quoted(text, '\''); }

std::vector<std::string> variable_columns(const std::vector<StoredVariable>& variables) {
  std::set<std::string> taken = {"stage", "number"};
  for (const Metric& metric : metrics()) taken.insert(lower(metric.name));
  std::vector<std::string> columns;
  for (const StoredVariable& variable : variables) {
    std::string column = variable.name;
    while (!taken.insert(lower(column)).second) column += "_variable";
    columns.push_back(column);
  }
  return columns;
}

std::string schema_sql(const std::vector<StoredVariable>& variables) {
  std::string sql = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                    "; PRAGMA user_version = " + std::to_string(kSchemaVersion) + ";\n" + R"(
CREATE TABLE about(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE base_parameters(chip TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  unit TEXT NOT NULL, source TEXT NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY(chip, key)) WITHOUT ROWID;
CREATE TABLE points(stage TEXT NOT NULL CHECK(stage IN ('plan', 'confirm')),
  number INTEGER NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('done', 'failed')),
  exit_status INTEGER NOT NULL, message TEXT NOT NULL,
  depth TEXT NOT NULL CHECK(depth IN ('cost', 'full')),
  seed INTEGER NOT NULL, leyden_version TEXT NOT NULL,
  settings TEXT NOT NULL, variables TEXT NOT NULL,
)";
  for (const Metric& metric : metrics()) sql += "  " + sql_name(metric.name) + " REAL,\n";
  sql += R"(  host_time_s REAL NOT NULL, host TEXT NOT NULL,
  PRIMARY KEY(stage, number));
CREATE TABLE layers(stage TEXT NOT NULL, number INTEGER NOT NULL, layer INTEGER NOT NULL,
  name TEXT NOT NULL, kind TEXT NOT NULL, cycles REAL NOT NULL, energy_nj REAL NOT NULL,
  PRIMARY KEY(stage, number, layer)) WITHOUT ROWID;
CREATE VIEW parameters AS
SELECT p.stage, p.number, b.key, coalesce(s.value, b.value) AS value, b.unit
FROM points p
JOIN base_parameters b ON b.chip = )" +
         std::string(kChipOfPoint) + R"(
LEFT JOIN json_each(p.settings) s ON s.key = b.key
UNION ALL
SELECT p.stage, p.number, s.key, s.value, ''
FROM points p, json_each(p.settings) s
WHERE NOT EXISTS (SELECT 1 FROM base_parameters b WHERE b.key = s.key AND b.chip = )" +
         kChipOfPoint + R"();
CREATE VIEW confirmed AS
SELECT f.number, 100 * (c.cycles - f.cycles) / f.cycles AS cycles_error_percent,
  100 * (c.energy_nj - f.energy_nj) / f.energy_nj AS energy_error_percent
FROM points f JOIN points c ON c.stage = 'plan' AND c.number = f.number AND c.status = 'done'
WHERE f.stage = 'confirm' AND f.status = 'done';
CREATE VIEW results AS
SELECT stage, number)";
  const std::vector<std::string> columns = variable_columns(variables);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const std::string path = "$." + nlohmann::json(variables[i].name).dump();
    const std::string value = "json_extract(variables, " + sql_text(path) + ")";
    sql += ",\n  " + (variables[i].number ? "CAST(" + value + " AS NUMERIC)" : value) + " AS " +
           sql_name(columns[i]);
  }
  for (const Metric& metric : metrics()) sql += ",\n  " + sql_name(metric.name);
  return sql + "\nFROM points WHERE status = 'done';\n";
}

}  // namespace leyden::sweep
