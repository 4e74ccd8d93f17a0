#include "platform/sweep/store_database.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>

#include "models/base/error.h"

namespace leyden::sweep {
namespace {

using base::ModelError;
using base::UsageError;

constexpr const char* kGoOn = "; the points in it are whole, go on with --resume.";

[[noreturn]] void fail(sqlite3* database, const std::string& path) {
  const int code = sqlite3_extended_errcode(database);
  const int system = sqlite3_system_errno(database);
  const std::string why = system != 0 ? std::strerror(system) : sqlite3_errmsg(database);
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      throw UsageError("The file " + path + " is no database of sweep results.");
    case SQLITE_CORRUPT:
      throw UsageError("The results file " + path + " is damaged (" + sqlite3_errmsg(database) +
                       "); sqlite3's .recover may save its points.");
    case SQLITE_FULL:
      throw UsageError("The disk is full, no more fits into the results file " + path +
                       "; the points in it are whole, make room and go on with --resume.");
    case SQLITE_IOERR:
      throw UsageError("The results file " + path + " cannot be read or written (" + why + ")" +
                       kGoOn);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw UsageError("The results file " + path + " is locked by another program" + kGoOn);
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw UsageError("The results file " + path + " cannot be written: it is read-only.");
    case SQLITE_CANTOPEN:
      throw UsageError("The results file " + path + " cannot be opened (" + why +
                       "); give a file in a folder that can be written.");
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    default:
      throw ModelError("The results file " + path + ": " + sqlite3_errmsg(database) + ".");
  }
}

}  // namespace

Statement::Statement(sqlite3* database, const std::string& path, const std::string& sql)
    : database_(database), path_(path) {
  if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) {
    fail(database, path);
  }
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      path_(std::move(other.path_)),
      statement_(std::exchange(other.statement_, nullptr)) {}

void Statement::bind(int parameter, const std::string& text) {
  sqlite3_bind_text64(statement_, parameter, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
}

void Statement::bind(int parameter, std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    throw ModelError("The number " + std::to_string(number) + " is too large for the results.");
  }
  sqlite3_bind_int64(statement_, parameter, static_cast<std::int64_t>(number));
}

void Statement::bind(int parameter, const std::optional<double>& value) {
  if (value) {
    sqlite3_bind_double(statement_, parameter, *value);
  } else {
    sqlite3_bind_null(statement_, parameter);
  }
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  try {
    fail(database_, path_);
  } catch (...) {
    sqlite3_reset(statement_);
    throw;
  }
}

void Statement::run() {
  while (step()) {
  }
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return "";
  return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
}

std::optional<double> Statement::real(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_double(statement_, column);
}

Database::Database(const std::string& path, Access access) : path_(path) {
  const int flags = access == Access::kRead    ? SQLITE_OPEN_READONLY
                    : access == Access::kWrite ? SQLITE_OPEN_READWRITE
                                               : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  // Absolute, so that no name is special (":memory:").
  const std::string file = std::filesystem::absolute(path).string();
  if (sqlite3_open_v2(file.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
    try {
      fail(database_, path);
    } catch (...) {
      sqlite3_close(database_);
      throw;
    }
  }
  sqlite3_extended_result_codes(database_, 1);
  wait_for_locks(5000);
}

Database::~Database() { sqlite3_close(database_); }

Statement Database::prepare(const std::string& sql) const {
  return Statement(database_, path_, sql);
}

void Database::run(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(database_, path_);
  }
}

std::uint64_t Database::number(const std::string& sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.number(0) : 0;
}

std::string Database::text(const std::string& sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.text(0) : "";
}

void Database::wait_for_locks(int milliseconds) { sqlite3_busy_timeout(database_, milliseconds); }

Transaction::Transaction(Database& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.run("ROLLBACK");
  } catch (const std::exception&) {  // SQLite has undone it itself
  }
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace leyden::sweep
