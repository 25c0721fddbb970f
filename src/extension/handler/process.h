// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

// Processes that outlive the command that started them, and how they end.
namespace openimds::extension {

struct ProcessRequest {
  std::filesystem::path program;
  std::vector<std::string> arguments;  // without the program
  std::filesystem::path output;        // where its standard output and error are appended
  int inherited = -1;                  // the one descriptor beside 0 to 2 that it gets
};

// A child of this process: in no folder that somebody may want to remove, with all signals as they
// are by default, nothing open but what is named, and reading from nowhere. Fails with
// kHandlerDaemon. REQUIRES: one thread.
Result<pid_t> StartChild(const ProcessRequest& request);

// The same, but in a session of its own and nobody's child: agents of 2018 wait for whoever has
// their pipes, and kill whoever is in their process group.
Result<void> StartDetached(const ProcessRequest& request);

// SIGTERM, and SIGKILL if `gone` is not true within `patience`; then waits until it is.
// `gone` is asked every few milliseconds. False if it stays false for two more seconds.
template <class Gone>
bool EndProcess(pid_t process, std::chrono::milliseconds patience, const Gone& gone);

// Appends a line with the time to a log that is kept under 1 MiB, and that only root reads.
// What cannot be written is lost: no verb fails for its log.
void LogLine(const std::filesystem::path& file, const std::string& line);

// Moves a log that has grown over 1 MiB out of the way of a new one.
void KeepLogSmall(const std::filesystem::path& file);

bool SendSignal(pid_t process, int signal);
void Pause(std::chrono::milliseconds time);

template <class Gone>
bool EndProcess(pid_t process, std::chrono::milliseconds patience, const Gone& gone) {
  using Steady = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kStep{5};
  for (const int signal : {15, 9}) {
    SendSignal(process, signal);
    const auto end = Steady::now() + (signal == 15 ? patience : std::chrono::seconds{2});
    while (!gone()) {
      if (Steady::now() >= end) break;
      Pause(kStep);
    }
    if (gone()) return true;
  }
  return false;
}

}  // namespace openimds::extension
