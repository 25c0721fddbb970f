// SPDX-License-Identifier: Apache-2.0
#include "store/migrations.h"

#include <array>
#include <string>

#include "base/reasons.h"

namespace openimds {
namespace {

// Migration n takes version n - 1 to version n. One that was released is never edited.
constexpr std::array<const char*, 1> kMigrations = {
    R"sql(
      CREATE TABLE record (
        kind     TEXT    NOT NULL,
        key      TEXT    NOT NULL,
        body     TEXT    NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (kind, key)
      ) STRICT;

      CREATE TABLE store (
        only     INTEGER PRIMARY KEY CHECK (only = 1),
        revision INTEGER NOT NULL
      ) STRICT;

      INSERT INTO store VALUES (1, 0);
    )sql",
};
constexpr auto kNewestVersion = static_cast<std::int64_t>(kMigrations.size());

// The version of a file that is ours, or still empty. Within a transaction only: another process
// may be migrating.
Result<std::int64_t> ReadVersion(SqliteConnection& connection) {
  TRY(const std::int64_t application, connection.QueryInteger("PRAGMA application_id"));
  TRY(const std::int64_t version, connection.QueryInteger("PRAGMA user_version"));
  TRY(const std::int64_t objects, connection.QueryInteger("SELECT count(*) FROM sqlite_schema"));
  const bool empty = application == 0 && version == 0 && objects == 0;
  if (!empty && application != kSqliteApplicationId) {
    return Fail(ErrorKind::kConflict, reasons::kStoreTooNew,
                "expected '" + connection.path() +
                    "' to be a store of this program, got another program's database");
  }
  if (version < 0 || version > kNewestVersion) {
    return Fail(ErrorKind::kConflict, reasons::kStoreTooNew,
                "expected '" + connection.path() + "' to be a store of version " +
                    std::to_string(kNewestVersion) + " or older, got version " +
                    std::to_string(version) +
                    ": it was written by a later version of this program");
  }
  return version;
}

Result<bool> IsNewest(SqliteConnection& connection) {
  TRY(const SqliteTransaction transaction, SqliteTransaction::BeginReading(connection));
  TRY(const std::int64_t version, ReadVersion(connection));
  return version == kNewestVersion;
}

}  // namespace

Result<void> MigrateSchema(SqliteConnection& connection) {
  // Most starts have nothing to do, and then need no write lock.
  TRY(bool newest, IsNewest(connection));
  while (!newest) {
    TRY(SqliteTransaction transaction, SqliteTransaction::Begin(connection));
    TRY(std::int64_t version, ReadVersion(connection));  // another process may have been faster
    if (version < kNewestVersion) {
      TRY_VOID(connection.Execute(kMigrations[static_cast<std::size_t>(version)]));
      ++version;
      TRY_VOID(
          connection.Execute("PRAGMA application_id = " + std::to_string(kSqliteApplicationId) +
                             "; PRAGMA user_version = " + std::to_string(version)));
    }
    TRY_VOID(transaction.Commit());
    newest = version == kNewestVersion;
  }
  return {};
}

}  // namespace openimds
