#include "platform/sweep/store.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

namespace fs = std::filesystem;
using base::UsageError;
using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A later setting of a key counts.
std::string settings_json(const Point& point) {
  Json json = Json::object();
  for (const Setting& setting : point.settings) json[setting.key] = setting.value;
  return dump(json);
}

std::string variables_json(const Point& point) {
  Json json = Json::object();
  for (const VariableValue& variable : point.variables) json[variable.name] = variable.value;
  return dump(json);
}

/// Columns of the results after the fixed ones.
std::string metric_columns() {
  std::string list;
  for (const Metric& metric : metrics()) list += ", " + sql_name(metric.name);
  return list;
}

constexpr int kMetricsFrom = 10;  // columns of `points` before the metrics

void bind_result(Statement& statement, const Point& point, const PointResult& result,
                 const SweepAbout& about) {
  statement.bind(1, to_string(point.stage));
  statement.bind(2, point.number);
  statement.bind(3, std::string(result.good() ? "done" : "failed"));
  statement.bind(4, static_cast<std::uint64_t>(result.status));
  statement.bind(5, result.message);
  statement.bind(6, to_string(point.depth));
  statement.bind(7, about.seed);
  statement.bind(8, about.leyden_version);
  statement.bind(9, settings_json(point));
  statement.bind(10, variables_json(point));
  int column = kMetricsFrom;
  for (const std::optional<double>& value : result.metrics) statement.bind(++column, value);
  statement.bind(++column, std::optional<double>(result.host_time_s));
  statement.bind(++column, result.host);
}

PointResult result_of(const Statement& row, Stage stage) {
  PointResult result;
  result.stage = stage;
  result.number = row.number(1);
  result.status = static_cast<base::ExitStatus>(row.number(3));
  result.message = row.text(4);
  int column = kMetricsFrom;
  for (std::optional<double>& value : result.metrics) value = row.real(column++);
  result.host_time_s = row.real(column).value_or(0);
  result.host = row.text(column + 1);
  return result;
}

std::string select_points() {
  return "SELECT stage, number, status, exit_status, message, depth, seed, leyden_version, "
         "settings, variables" +
         metric_columns() + ", host_time_s, host FROM points";
}

/// A folder or a device, beside which no lock should be made.
void refuse_no_file(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) {
    throw UsageError("The results file " + path + " is no file; give a file's name.");
  }
}

}  // namespace

Store::Store(const std::string& path, std::unique_ptr<StoreLock> lock,
             std::unique_ptr<Database> database)
    : path_(path), lock_(std::move(lock)), database_(std::move(database)) {}

Store::Store(Store&&) noexcept = default;

Store::~Store() {
  if (database_ == nullptr || lock_ == nullptr) return;
  find_.reset();
  add_.reset();
  add_layer_.reset();
  try {
    // One file without a log beside it, that can be read from where nothing can be written. Where a
    // reader has it open or the disk is full, the log stays and SQLite takes it in later.
    database_->wait_for_locks(0);
    database_->text("PRAGMA journal_mode = DELETE");
  } catch (const std::exception&) {
  }
}

Store Store::create(const std::string& path, const SweepAbout& about) {
  refuse_no_file(path);
  auto lock = std::make_unique<StoreLock>(path);
  std::error_code error;
  if (fs::is_regular_file(path, error) && fs::file_size(path, error) != 0) {
    throw UsageError("The results file " + path +
                     " exists; go on with its sweep by --resume, or give another file.");
  }
  Store store(path, std::move(lock), std::make_unique<Database>(path, Database::Access::kCreate));
  store.begin(about);
  return store;
}

Store Store::resume(const std::string& path, const SweepAbout& about) {
  refuse_no_file(path);
  auto lock = std::make_unique<StoreLock>(path);
  Store store(path, std::move(lock), std::make_unique<Database>(path, Database::Access::kCreate));
  // Ended before its first transaction: as if it had not begun.
  const bool empty = store.database_->number("SELECT count(*) FROM sqlite_schema") == 0 &&
                     store.database_->number("PRAGMA application_id") == 0;
  if (empty) {
    store.begin(about);
    return store;
  }
  store.check_schema();
  store.about_ = read_about(*store.database_, path);
  store.check_same_sweep(about);
  store.begin_writing();
  return store;
}

Store Store::read(const std::string& path) {
  if (!fs::is_regular_file(path)) {
    throw UsageError("The results file " + path + " does not exist or is no file.");
  }
  Store store(path, nullptr, std::make_unique<Database>(path, Database::Access::kRead));
  store.check_schema();
  store.about_ = read_about(*store.database_, path);
  return store;
}

void Store::begin(const SweepAbout& about) {
  Transaction transaction(*database_);
  database_->run(schema_sql(about.variables));
  write_about(*database_, about);
  transaction.commit();
  about_ = about;
  begin_writing();
}

void Store::begin_writing() {
  // A log lets others read meanwhile and makes a commit cheap; where the file system has no shared
  // memory for it SQLite keeps its journal.
  database_->text("PRAGMA journal_mode = WAL");
  database_->run("PRAGMA synchronous = NORMAL");
  find_ = std::make_unique<Statement>(
      database_->prepare(select_points() + " WHERE stage = ? AND number = ?"));
  std::string marks = "?";
  for (std::size_t i = 1; i < kMetricsFrom + metrics().size() + 2; ++i) marks += ", ?";
  add_ =
      std::make_unique<Statement>(database_->prepare("INSERT INTO points VALUES(" + marks + ")"));
  add_layer_ = std::make_unique<Statement>(
      database_->prepare("INSERT INTO layers VALUES(?, ?, ?, ?, ?, ?, ?)"));
}

void Store::check_schema() const {
  if (database_->number("PRAGMA application_id") != kApplicationId) {
    throw UsageError("The file " + path_ + " is a database, but not of sweep results.");
  }
  const std::uint64_t version = database_->number("PRAGMA user_version");
  if (version != kSchemaVersion) {
    throw UsageError("The results file " + path_ + " has schema version " +
                     std::to_string(version) + ", but this program reads version " +
                     std::to_string(kSchemaVersion) + "; use the leyden that made it.");
  }
}

void Store::check_same_sweep(const SweepAbout& about) const {
  const auto refuse = [&](const std::string& why) {
    throw UsageError("The results file " + path_ + " cannot be resumed: " + why +
                     "; give another file for this sweep.");
  };
  if (about.leyden_version != about_.leyden_version) {
    refuse("it is of leyden " + about_.leyden_version + ", this is " + about.leyden_version);
  }
  if (about.sweep_yaml != about_.sweep_yaml) {
    refuse("it is of another sweep than " + about.origin +
           " is now (sweep_yaml in its table about)");
  }
  if (const std::string changed = difference(about_.base, about.base); !changed.empty()) {
    refuse("its " + changed);
  }
}

bool Store::has_base_parameters(const std::string& chip) const {
  Statement get = database_->prepare("SELECT 1 FROM base_parameters WHERE chip = ? LIMIT 1");
  get.bind(1, chip);
  return get.step();
}

void Store::add_base_parameters(const std::string& chip,
                                const std::vector<BaseParameter>& parameters) {
  if (has_base_parameters(chip)) {
    Statement get =
        database_->prepare("SELECT value FROM base_parameters WHERE chip = ? AND key = ?");
    for (const BaseParameter& parameter : parameters) {
      get.bind(1, chip);
      get.bind(2, parameter.key);
      const std::string was = get.step() ? get.text(0) : "nothing";
      get.run();
      if (was == parameter.value) continue;
      throw UsageError("The results file " + path_ + " cannot be resumed: " + parameter.key +
                       " of the chip " + chip + " was " + was + " then and is " + parameter.value +
                       " now; give another file for this sweep.");
    }
    return;
  }
  Transaction transaction(*database_);
  Statement insert = database_->prepare("INSERT INTO base_parameters VALUES(?, ?, ?, ?, ?, ?)");
  for (const BaseParameter& parameter : parameters) {
    insert.bind(1, chip);
    insert.bind(2, parameter.key);
    insert.bind(3, parameter.value);
    insert.bind(4, parameter.unit);
    insert.bind(5, parameter.source);
    insert.bind(6, parameter.note);
    insert.run();
  }
  transaction.commit();
}

std::optional<PointResult> Store::find(const Point& point) {
  find_->bind(1, to_string(point.stage));
  find_->bind(2, point.number);
  if (!find_->step()) return std::nullopt;
  const bool same =
      find_->text(8) == settings_json(point) && find_->text(5) == to_string(point.depth);
  PointResult result = result_of(*find_, point.stage);
  find_->run();
  if (!same) {
    throw UsageError("The results file " + path_ + " cannot be resumed: its point " +
                     std::to_string(point.number) + " of the " + to_string(point.stage) +
                     " has other settings than the sweep gives it now; give another file.");
  }
  return result;
}

void Store::add(const Point& point, const PointResult& result) {
  bind_result(*add_, point, result, about_);
  if (result.layers.empty()) {  // one statement is a transaction of its own
    add_->run();
    return;
  }
  Transaction transaction(*database_);
  add_->run();
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    const LayerResult& layer = result.layers[i];
    add_layer_->bind(1, to_string(point.stage));
    add_layer_->bind(2, point.number);
    add_layer_->bind(3, static_cast<std::uint64_t>(i));
    add_layer_->bind(4, layer.name);
    add_layer_->bind(5, layer.kind);
    add_layer_->bind(6, std::optional<double>(layer.cycles));
    add_layer_->bind(7, std::optional<double>(layer.energy_nj));
    add_layer_->run();
  }
  transaction.commit();
}

void Store::each(const std::function<void(const StoredPoint&)>& visit) const {
  Statement rows = database_->prepare(select_points() + " ORDER BY stage = 'confirm', number");
  while (rows.step()) {
    StoredPoint stored;
    stored.point.stage = rows.text(0) == "confirm" ? Stage::kConfirm : Stage::kPlan;
    stored.point.number = rows.number(1);
    stored.point.depth = rows.text(5) == "full" ? Depth::kFull : Depth::kCost;
    stored.leyden_version = rows.text(7);
    const Json settings = Json::parse(rows.text(8), nullptr, false);
    const Json variables = Json::parse(rows.text(9), nullptr, false);
    if (!settings.is_object() || !variables.is_object()) {
      throw UsageError("The results file " + path_ + " is damaged: the settings of point " +
                       std::to_string(stored.point.number) + " are no JSON object.");
    }
    for (const auto& [key, value] : settings.items()) {
      stored.point.settings.push_back(
          {key, value.is_string() ? value.get<std::string>() : value.dump()});
    }
    for (const auto& [name, value] : variables.items()) {
      stored.point.variables.push_back(
          {name, value.is_string() ? value.get<std::string>() : value.dump()});
    }
    stored.result = result_of(rows, stored.point.stage);
    visit(stored);
  }
}

std::uint64_t Store::count(const std::string& status) const {
  Statement get = database_->prepare("SELECT count(*) FROM points WHERE status = ?");
  get.bind(1, status);
  return get.step() ? get.number(0) : 0;
}

std::vector<Confirmed> Store::confirmed() const {
  Statement rows = database_->prepare(
      "SELECT number, cycles_error_percent, energy_error_percent FROM confirmed ORDER BY number");
  std::vector<Confirmed> list;
  while (rows.step()) {
    list.push_back({rows.number(0), rows.real(1).value_or(0), rows.real(2).value_or(0)});
  }
  return list;
}

}  // namespace leyden::sweep
