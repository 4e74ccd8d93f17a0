#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/sweep/evaluator.h"
#include "platform/sweep/point.h"
#include "platform/sweep/store_about.h"
#include "platform/sweep/store_database.h"
#include "platform/sweep/store_lock.h"

namespace leyden::sweep {

/// One key of what a point without settings is evaluated with.
struct BaseParameter {
  std::string key;
  std::string value;
  std::string unit;
  std::string source;
  std::string note;
};

/// A row of the table of points.
struct StoredPoint {
  Point point;
  PointResult result;
  std::string leyden_version;
};

/// How well the cost model told a point that was run in full too; (cost - full) / full.
struct Confirmed {
  std::uint64_t number = 0;
  double cycles_error_percent = 0;
  double energy_error_percent = 0;
};

/// The results of a sweep in an SQLite file (docs/sweep-results.md). Every point is committed when
/// it is added: what ends the program, in whatever way, loses none of them.
class Store {
 public:
  /// A new results file, for one sweep at a time.
  /// @throws base::UsageError when the file exists, another sweep has it or it cannot be written
  static Store create(const std::string& path, const SweepAbout& about);
  /// Goes on with a results file; makes it when it is not there (or nothing is in it yet).
  /// @throws base::UsageError also when it is of another sweep, schema or program version
  static Store resume(const std::string& path, const SweepAbout& about);
  /// Reads a results file, also one that a sweep is writing to.
  static Store read(const std::string& path);
  ~Store();
  Store(Store&&) noexcept;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& path() const { return path_; }
  const SweepAbout& about() const { return about_; }

  /// What points of a chip are evaluated with where they set nothing. Once a chip; at a resumed
  /// sweep they must be what they were.
  /// @throws base::UsageError telling the key that has changed since
  void add_base_parameters(const std::string& chip, const std::vector<BaseParameter>& parameters);
  bool has_base_parameters(const std::string& chip) const;

  /// The result of a point, when it is there.
  /// @throws base::UsageError when one is there under the same number with other settings
  std::optional<PointResult> find(const Point& point);
  /// Commits a point and its result.
  void add(const Point& point, const PointResult& result);

  /// All points, in order of stage (plan first) and number.
  void each(const std::function<void(const StoredPoint&)>& visit) const;
  std::uint64_t count(const std::string& status) const;  ///< "done" or "failed"
  std::vector<Confirmed> confirmed() const;

 private:
  Store(const std::string& path, std::unique_ptr<StoreLock> lock,
        std::unique_ptr<Database> database);
  void begin(const SweepAbout& about);
  void begin_writing();
  void check_schema() const;
  void check_same_sweep(const SweepAbout& about) const;

  std::string path_;
  SweepAbout about_;
  std::unique_ptr<StoreLock> lock_;  ///< none: for reading
  std::unique_ptr<Database> database_;
  std::unique_ptr<Statement> find_;
  std::unique_ptr<Statement> add_;
  std::unique_ptr<Statement> add_layer_;
};

}  // namespace leyden::sweep
