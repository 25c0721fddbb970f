// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/sqlite_connection.h"

namespace openimds {

// Marks a database file as ours (PRAGMA application_id): "OIMS".
inline constexpr std::int64_t kSqliteApplicationId = 0x4f494d53;

// Brings the schema to the newest version, step by step, each step with its new version number
// (PRAGMA user_version) in one transaction. Several processes may do so at once.
//
// Fails with reasons::kStoreTooNew if the file was written by a later program, or is the database
// of another one; it is left as it was.
Result<void> MigrateSchema(SqliteConnection& connection);

}  // namespace openimds
