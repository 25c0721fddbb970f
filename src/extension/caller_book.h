// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "net/peer.h"

namespace openimds::extension {

// Who has asked the old endpoint, and how often: what an owner wants to know before the extension
// goes. Kept in a file, so that a restart forgets nobody:
//
//   {"since": 1764043200, "callers": [{"process": "python3", "executable": "/usr/bin/python3.11",
//    "uid": 33, "pid": 812, "requests": 41, "first": 1764043207, "last": 1764046807}]}
//
// A caller is a process name with its executable and user; `pid` is the one that asked last. A
// process that ended before it could be looked up is "?"; uid 4294967295 is nobody that is known.
// Never an argument of a command line: people write secrets there. Every thread may call
// everything.
class CallerBook {
 public:
  static constexpr std::size_t kMaxCallers = 512;  // the rest is counted as process "others"
  // So many times a second everybody's descriptors are looked at; who comes beyond that is "?".
  static constexpr int kSearchesPerSecond = 50;

  // Goes on with what the file holds; a file that is no such book is begun anew. Whoever runs the
  // executable `left_out` is not counted: this program itself, which asks when it is enabled.
  CallerBook(std::filesystem::path file, const Clock& clock, std::string left_out = {});

  // Counts one request of the process at the other end of a connection to `our_port`. Looks into
  // /proc: about 0.1 ms for a process that was seen lately, else some milliseconds.
  void Note(const Peer& peer, std::uint16_t our_port);

  // Writes the file if there is something new. Fails with kStateFailed; then it is tried again.
  Result<void> Save();

 private:
  struct Key {
    std::string process;
    std::string executable;
    uid_t uid;
    auto operator<=>(const Key&) const = default;
  };
  struct Count {
    pid_t pid = 0;
    std::uint64_t requests = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
  };

  void Load();
  void Add(Key key, pid_t pid);
  std::optional<pid_t> FindProcess(std::uint64_t inode);
  bool MaySearch();            // under recent_mutex_
  std::string Render() const;  // under mutex_

  const std::filesystem::path file_;
  const std::string left_out_;
  const Clock& clock_;
  std::mutex mutex_;
  std::int64_t since_;  // these three under mutex_
  std::map<Key, Count> counts_;
  bool changed_ = false;
  std::mutex recent_mutex_;
  std::deque<pid_t> recent_;  // whom we looked up lately, the latest first; under recent_mutex_
  SteadyTime second_{};       // likewise: when the current second of searches began
  int searches_ = 0;
};

// `callers.json` in a daemon's state folder.
std::filesystem::path CallerFile(const std::filesystem::path& state_dir);

}  // namespace openimds::extension
