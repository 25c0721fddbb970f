// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>

#include "store/sqlite_connection.h"
#include "store/store.h"

namespace openimds {

struct SqliteStoreOptions {
  // How long to wait for another process that is writing.
  std::chrono::milliseconds busy_timeout{5000};
};

// A store in one SQLite file: write-ahead log, each batch one transaction that is on the disk
// (fsync) before Apply() returns. Several processes may open the same file.
class SqliteStore final : public Store {
 public:
  // Makes the file (0600), and its folder (0700) if only that is missing, and brings the schema up
  // to date. Fails with
  //   reasons::kStateModes   file or folder is open to others; the message names the chmod to run
  //   reasons::kStoreTooNew  a later version wrote it, or it is another program's database
  //   reasons::kStoreFailed  it cannot be opened, or it is damaged
  static Result<std::unique_ptr<SqliteStore>> Open(const std::filesystem::path& file,
                                                   SqliteStoreOptions options = {});

  Result<std::int64_t> Apply(const std::vector<Change>& batch) override;
  Result<std::vector<Record>> ReadAll() override;
  Result<std::int64_t> Revision() override;

 private:
  // The statements of every day, prepared once.
  struct Statements {
    SqliteStatement read_all;
    SqliteStatement read_revision;
    SqliteStatement find_record_revision;
    SqliteStatement write_record;
    SqliteStatement delete_record;
    SqliteStatement write_revision;
  };
  static Result<Statements> PrepareStatements(SqliteConnection& connection);

  SqliteStore(std::unique_ptr<SqliteConnection> connection, Statements statements)
      : connection_(std::move(connection)), statements_(std::move(statements)) {}

  Result<std::int64_t> ReadRevision();
  Result<void> CheckExpectations(const std::vector<Change>& batch);
  Result<void> WriteChange(const Change& change, std::int64_t revision);

  std::mutex using_;  // held across I/O: SQLite's connection is for one thread at a time
  const std::unique_ptr<SqliteConnection> connection_;
  Statements statements_;
};

}  // namespace openimds
