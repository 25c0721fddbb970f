// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.h"

#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/reasons.h"
#include "store/migrations.h"
#include "store/private_file.h"

namespace openimds {
namespace {

// Once in the life of a file. SQLite does not wait here for another process that opens the file
// too (each might be waiting for the other), so this does, for as long as it would.
Result<void> KeepWriteAheadLog(SqliteConnection& connection, std::chrono::milliseconds patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  auto mode = connection.QueryText("PRAGMA journal_mode = WAL");
  while (!mode && mode.error().kind == ErrorKind::kUnavailable &&
         std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    mode = connection.QueryText("PRAGMA journal_mode = WAL");
  }
  TRY(const std::string kept, std::move(mode));
  if (kept == "wal") return {};
  return Fail(ErrorKind::kInternal, reasons::kStoreFailed,
              "expected SQLite to keep a write-ahead log, got journal mode '" + kept + "'");
}

Result<void> Configure(SqliteConnection& connection, const SqliteStoreOptions& options) {
  // The patience first: what follows reads the file, and may meet another process's lock.
  TRY_VOID(
      connection.Execute("PRAGMA busy_timeout = " + std::to_string(options.busy_timeout.count()) +
                         "; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF"));
  // First of all that writes: a database that is not ours must be left as it is.
  TRY_VOID(MigrateSchema(connection));
  return KeepWriteAheadLog(connection, options.busy_timeout);
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::filesystem::path& file,
                                                       SqliteStoreOptions options) {
  // SQLite reads a name that begins with `file:` as a URI; an absolute one never does.
  std::error_code unknown;  // leaves the path empty, which cannot be made
  const std::filesystem::path path = std::filesystem::absolute(file, unknown);
  TRY_VOID(EnsurePrivateFile(path));
  TRY(auto connection, SqliteConnection::Open(path.string()));
  TRY_VOID(Configure(*connection, options));
  TRY(Statements statements, PrepareStatements(*connection));
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::move(connection), std::move(statements)));
}

Result<SqliteStore::Statements> SqliteStore::PrepareStatements(SqliteConnection& connection) {
  TRY(auto read_all,
      connection.Prepare("SELECT kind, key, body, revision FROM record ORDER BY kind, key"));
  TRY(auto read_revision, connection.Prepare("SELECT revision FROM store"));
  TRY(auto find_record_revision,
      connection.Prepare("SELECT revision FROM record WHERE kind = ?1 AND key = ?2"));
  TRY(auto write_record,
      connection.Prepare("INSERT INTO record VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, key) "
                         "DO UPDATE SET body = excluded.body, revision = excluded.revision"));
  TRY(auto delete_record, connection.Prepare("DELETE FROM record WHERE kind = ?1 AND key = ?2"));
  TRY(auto write_revision, connection.Prepare("UPDATE store SET revision = ?1"));
  return Statements{
      std::move(read_all),     std::move(read_revision), std::move(find_record_revision),
      std::move(write_record), std::move(delete_record), std::move(write_revision)};
}

Result<std::int64_t> SqliteStore::Apply(const std::vector<Change>& batch) {
  std::lock_guard lock(using_);
  TRY(SqliteTransaction transaction, SqliteTransaction::Begin(*connection_));
  TRY_VOID(CheckExpectations(batch));
  TRY(const std::int64_t last, ReadRevision());
  const std::int64_t revision = last + 1;
  for (const Change& change : batch) TRY_VOID(WriteChange(change, revision));
  statements_.write_revision.Bind(1, revision);
  TRY_VOID(statements_.write_revision.Run());
  TRY_VOID(transaction.Commit());
  return revision;
}

Result<void> SqliteStore::CheckExpectations(const std::vector<Change>& batch) {
  SqliteStatement& find = statements_.find_record_revision;
  for (const Change& change : batch) {
    if (!change.expected) continue;
    find.Bind(1, change.kind);
    find.Bind(2, change.key);
    TRY(const bool found, find.Step());
    const std::int64_t actual = found ? find.Integer(0) : 0;
    find.Reset();
    if (actual != *change.expected) return ChangedMeanwhile(change, actual);
  }
  return {};
}

Result<void> SqliteStore::WriteChange(const Change& change, std::int64_t revision) {
  SqliteStatement& statement = change.body ? statements_.write_record : statements_.delete_record;
  statement.Bind(1, change.kind);
  statement.Bind(2, change.key);
  if (change.body) {
    statement.Bind(3, *change.body);
    statement.Bind(4, revision);
  }
  return statement.Run();
}

Result<std::vector<Record>> SqliteStore::ReadAll() {
  std::lock_guard lock(using_);
  SqliteStatement& statement = statements_.read_all;
  std::vector<Record> all;
  while (true) {
    TRY(const bool row, statement.Step());
    if (!row) break;
    all.push_back({statement.Text(0), statement.Text(1), statement.Text(2), statement.Integer(3)});
  }
  statement.Reset();
  return all;
}

Result<std::int64_t> SqliteStore::Revision() {
  std::lock_guard lock(using_);
  return ReadRevision();
}

Result<std::int64_t> SqliteStore::ReadRevision() {
  TRY(const bool found, statements_.read_revision.Step());
  const std::int64_t revision = found ? statements_.read_revision.Integer(0) : 0;
  statements_.read_revision.Reset();
  return revision;
}

}  // namespace openimds
