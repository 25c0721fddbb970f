// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace openimds {

class SqliteConnection;

// One prepared SQL statement, finalised when destroyed. Used over and over:
//
//   statement.Bind(1, key);
//   TRY(const bool found, statement.Step());
//   …Text(0)…
//   statement.Reset();
//
// The connection must outlive it. Bound text must live until Reset(), which also forgets it.
class SqliteStatement {
 public:
  void Bind(int position, std::string_view text);
  void Bind(int position, std::int64_t number);

  // True if there is a row to read. Fails with reasons::kStoreFailed; the statement is reset then.
  Result<bool> Step();
  // For a statement without rows: Step() and Reset().
  Result<void> Run();
  void Reset();

  std::string Text(int column) const;
  std::int64_t Integer(int column) const;

 private:
  friend class SqliteConnection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  SqliteStatement(SqliteConnection& connection, sqlite3_stmt* statement)
      : connection_(&connection), statement_(statement) {}

  SqliteConnection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// An open SQLite database file. One thread at a time; its owner sees to that.
class SqliteConnection {
 public:
  // Opens a file that exists. Fails with reasons::kStoreFailed.
  static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path);

  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Result<SqliteStatement> Prepare(std::string_view sql);
  // Any number of statements, whose rows are thrown away.
  Result<void> Execute(const std::string& sql);
  // The single value that `sql` gives.
  Result<std::int64_t> QueryInteger(std::string_view sql);
  Result<std::string> QueryText(std::string_view sql);

  const std::string& path() const { return path_; }
  bool InTransaction() const;
  // What went wrong in the last call, as an error that says what was tried.
  tl::unexpected<Error> LastError(std::string_view what) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  SqliteConnection(sqlite3* database, std::string path)
      : database_(database), path_(std::move(path)) {}

  std::unique_ptr<sqlite3, Close> database_;
  const std::string path_;
};

// A transaction, rolled back when destroyed unless Commit() succeeded. What is read within it is of
// one moment.
class SqliteTransaction {
 public:
  // Takes the file's only write lock at once, so what is read stays true until the end.
  static Result<SqliteTransaction> Begin(SqliteConnection& connection);
  static Result<SqliteTransaction> BeginReading(SqliteConnection& connection);
  SqliteTransaction(SqliteTransaction&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)) {}
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();

  Result<void> Commit();

 private:
  explicit SqliteTransaction(SqliteConnection& connection) : connection_(&connection) {}

  SqliteConnection* connection_;  // null once moved from
};

}  // namespace openimds
