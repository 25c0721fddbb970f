// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace openimds::migrate {

// One program that has asked the old endpoint of this machine.
struct Caller {
  std::string process;     // "?" for one that ended too soon to be looked at
  std::string executable;  // empty if that was not seen
  std::optional<std::uint32_t> uid;
  std::int64_t pid = 0;  // of the process that asked last; 0: not seen
  std::uint64_t requests = 0;
  Time first;
  Time last;
};

// What the daemon of the guest has written down: `callers.json` in its state folder.
struct CallerReport {
  Time since;                   // the beginning of the book
  std::vector<Caller> callers;  // who asked last stands first

  // Whether nobody has asked for so long; nothing if the book is younger than that.
  std::optional<bool> QuietFor(std::chrono::seconds length, Time now) const;
};

// Fails with kFileUnreadable (kInvalidRequest) if it is no such book. Pure.
Result<CallerReport> ParseCallerReport(std::string_view json);

// Who has asked since `before` was read, with what `now` says of them.
std::vector<Caller> NewCalls(const CallerReport& before, const CallerReport& now);

}  // namespace openimds::migrate
