// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_connection.h"

#include <sqlite3.h>

#include <utility>

#include "base/reasons.h"

namespace openimds {
namespace {

// Out of space and a lock that stays held may pass; everything else stays wrong until mended.
ErrorKind KindOf(int code) {
  const int primary = code & 0xff;
  const bool passing = primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_FULL;
  return passing ? ErrorKind::kUnavailable : ErrorKind::kInternal;
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void SqliteStatement::Bind(int position, std::string_view text) {
  // An empty view may hold a null pointer, which SQLite would take for NULL.
  const char* bytes = text.data() == nullptr ? "" : text.data();
  sqlite3_bind_text64(statement_.get(), position, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void SqliteStatement::Bind(int position, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), position, number);
}

Result<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const auto error = connection_->LastError("cannot read or write");
  Reset();
  return error;
}

Result<void> SqliteStatement::Run() {
  TRY_VOID(Step());
  Reset();
  return {};
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::string SqliteStatement::Text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::int64_t SqliteStatement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

void SqliteConnection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path) {
  sqlite3* database = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  // Even a failed open gives an object, which holds the message and must be closed.
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database, path));
  if (code != SQLITE_OK) return connection->LastError("cannot open");
  return connection;
}

Result<SqliteStatement> SqliteConnection::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return LastError("cannot prepare a statement");
  return SqliteStatement(*this, statement);
}

Result<void> SqliteConnection::Execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return LastError("cannot read or write");
  }
  return {};
}

Result<std::int64_t> SqliteConnection::QueryInteger(std::string_view sql) {
  TRY(SqliteStatement statement, Prepare(sql));
  TRY_VOID(statement.Step());
  return statement.Integer(0);
}

Result<std::string> SqliteConnection::QueryText(std::string_view sql) {
  TRY(SqliteStatement statement, Prepare(sql));
  TRY_VOID(statement.Step());
  return statement.Text(0);
}

bool SqliteConnection::InTransaction() const {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

tl::unexpected<Error> SqliteConnection::LastError(std::string_view what) const {
  const int code = sqlite3_extended_errcode(database_.get());
  const ErrorKind kind = KindOf(code);
  return Fail(kind, reasons::kStoreFailed,
              std::string(what) + " the store '" + path_ + "': " + sqlite3_errmsg(database_.get()) +
                  " (SQLite code " + std::to_string(code) + ")",
              std::chrono::seconds{kind == ErrorKind::kUnavailable ? 1 : 0});
}

Result<SqliteTransaction> SqliteTransaction::Begin(SqliteConnection& connection) {
  TRY_VOID(connection.Execute("BEGIN IMMEDIATE"));
  return SqliteTransaction(connection);
}

Result<SqliteTransaction> SqliteTransaction::BeginReading(SqliteConnection& connection) {
  TRY_VOID(connection.Execute("BEGIN"));
  return SqliteTransaction(connection);
}

SqliteTransaction::~SqliteTransaction() {
  // SQLite has rolled back by itself after some failures, a full disk among them.
  if (connection_ == nullptr || !connection_->InTransaction()) return;
  const auto rolled_back = connection_->Execute("ROLLBACK");
  static_cast<void>(rolled_back);  // nothing can be done: the file's own recovery does the same
}

Result<void> SqliteTransaction::Commit() { return connection_->Execute("COMMIT"); }

}  // namespace openimds
