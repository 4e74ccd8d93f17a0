#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leyden::sweep {

/// "LYDN": tells an SQLite file of sweep results from any other (docs/sweep-results.md).
inline constexpr std::uint32_t kApplicationId = 0x4c59444e;
/// Of the tables; a program reads the one version it was built with.
inline constexpr std::uint32_t kSchemaVersion = 1;

/// A variable of the sweep, as the view `results` and the reports show it.
struct StoredVariable {
  std::string name;
  std::vector<std::string> keys;
  std::string unit;
  bool number = true;  ///< else a category
};

/// The statements that make the tables and views, in one transaction.
std::string schema_sql(const std::vector<StoredVariable>& variables);

/// Columns of the variables in the view `results`: their names, unless one is a column already.
std::vector<std::string> variable_columns(const std::vector<StoredVariable>& variables);

/// `text` as an SQL name or as an SQL text.
std::string sql_name(const std::string& text);
std::string sql_text(const std::string& text);

}  // namespace leyden::sweep
