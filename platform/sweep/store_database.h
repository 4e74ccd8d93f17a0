#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace leyden::sweep {

/// A compiled SQL statement. Parameters count from 1, columns from 0, as in SQLite.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& path, const std::string& sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int parameter, const std::string& text);
  void bind(int parameter, std::uint64_t number);  ///< @throws base::ModelError above 2^63 - 1
  void bind(int parameter, const std::optional<double>& value);

  /// To the next row. @return false at the end, and then all is as before the first step
  /// @throws base::Error with a sentence that names the file
  bool step();
  /// Runs a statement that has no rows.
  void run();

  std::string text(int column) const;
  std::uint64_t number(int column) const;
  std::optional<double> real(int column) const;  ///< none where it is NULL

 private:
  sqlite3* database_;
  std::string path_;
  sqlite3_stmt* statement_ = nullptr;
};

/// A connection to an SQLite file. What fails is thrown as base::UsageError (a full disk, a file
/// that is no database, ...: one sentence that names the file) or base::ModelError.
class Database {
 public:
  enum class Access { kCreate, kWrite, kRead };

  Database(const std::string& path, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Statement prepare(const std::string& sql) const;
  void run(const std::string& sql);  ///< one or several statements without results
  std::uint64_t number(const std::string& sql) const;
  std::string text(const std::string& sql) const;
  /// How long another program's lock is waited for.
  void wait_for_locks(int milliseconds);

 private:
  std::string path_;
  sqlite3* database_ = nullptr;
};

/// A transaction: undone at the end of the scope unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace leyden::sweep
