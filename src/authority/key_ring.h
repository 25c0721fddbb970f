// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/private_folder.h"
#include "base/clock.h"
#include "base/published.h"
#include "base/result.h"
#include "crypto/signing_key.h"

namespace openimds {

// One key of the ring. The active one signs; a retired one is only published, until the last token
// that it signed has expired.
struct RingKey {
  std::shared_ptr<const SigningKey> key;
  Time created;
  std::optional<Time> publish_until;  // nothing for the active key
};

// The authority's signing keys on disk.
//
// The folder is 0700 and holds `keys.json` (which key is active, which are retired until when; no
// secret; see ring_file.h) and one `<kid>.pem` a key, 0600. Files are written whole or not at all
// (temporary file, fsync, rename), and keys.json last, so a crash in the middle of a rotation
// leaves the old ring; what else it left is removed by the next Open(). The folder or a file that
// others may read makes Open() fail with reasons::kStateModes, the message saying which `chmod`
// mends it.
//
// One ring holds the folder at a time. Every thread may call every function. Keys() and Active()
// never block, not even during a rotation.
class KeyRing {
 public:
  // Makes the folder and the first key if there are none. Fails with kStateModes; kStateInUse if
  // another process has it open; kStateFailed if the disk says no, keys.json is not what we write,
  // a key that it names is missing or damaged, or keys.json is missing beside several keys.
  static Result<std::unique_ptr<KeyRing>> Open(const std::filesystem::path& folder,
                                               const Clock& clock);

  // The active key first, then the retired ones that are still published now.
  std::vector<RingKey> Keys() const;
  std::shared_ptr<const SigningKey> Active() const;

  // A new key becomes active. The old one stays published for `overlap`: the longest lifetime a
  // token can have. Keys whose time is over are removed from the folder. Returns the new active
  // key; after a failure the old one is still active. Fails with kStateFailed, kCryptoFailed, or
  // kLimitReached if kMaxKeys are published already.
  Result<RingKey> Rotate(std::chrono::seconds overlap);

  static constexpr std::size_t kMaxKeys = 64;

 private:
  struct Ring {
    std::vector<RingKey> keys;  // active first
  };
  KeyRing(PrivateFolder folder, const Clock& clock, std::shared_ptr<const Ring> ring);

  static Result<Ring> Load(const PrivateFolder& folder, std::string_view text);
  static Result<Ring> MakeFirst(PrivateFolder& folder, Time now);
  // The files of a ring whose active key is new.
  static Result<void> Save(PrivateFolder& folder, const Ring& ring);
  // Removes temporary files, and keys that the ring does not name.
  static Result<void> Sweep(PrivateFolder& folder, const Ring& ring);

  const Clock& clock_;
  std::mutex rotating_;
  PrivateFolder folder_;  // under rotating_
  Published<Ring> ring_;
};

}  // namespace openimds
