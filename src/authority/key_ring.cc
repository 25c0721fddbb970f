// SPDX-License-Identifier: Apache-2.0
#include "authority/key_ring.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "authority/ring_file.h"
#include "base/reasons.h"

namespace openimds {
namespace {

constexpr char kRingFile[] = "keys.json";
constexpr std::string_view kPem = ".pem";
constexpr std::string_view kTemporary = ".tmp";
constexpr std::string_view kCommonName = "OpenIMDS Authority";

std::string PemName(std::string_view kid) { return std::string(kid) + std::string(kPem); }

Time WholeSeconds(Time time) { return FromUnixSeconds(ToUnixSeconds(time)); }

tl::unexpected<Error> Unusable(const std::filesystem::path& file, const std::string& why) {
  return Fail(ErrorKind::kInternal, reasons::kStateFailed,
              "cannot use '" + file.string() + "': " + why);
}

Result<RingKey> MakeKey(Time now) {
  TRY(auto key, SigningKey::Generate(kCommonName, now));
  return RingKey{std::move(key), WholeSeconds(now), std::nullopt};
}

Result<RingKey> LoadKey(const PrivateFolder& folder, const RingEntry& entry) {
  const std::string name = PemName(entry.kid);
  const std::filesystem::path file = folder.path() / name;
  TRY(const auto pem, folder.Read(name));
  if (!pem) return Unusable(file, "keys.json names this key, and it is missing");
  auto key = SigningKey::Parse(*pem);
  if (!key) return Unusable(file, key.error().message);
  if ((*key)->jwk().kid != entry.kid) return Unusable(file, "it holds another key");
  return RingKey{*std::move(key), entry.created, entry.publish_until};
}

bool IsPublished(const RingKey& key, Time now) {
  return !key.publish_until || now < *key.publish_until;
}

}  // namespace

KeyRing::KeyRing(PrivateFolder folder, const Clock& clock, std::shared_ptr<const Ring> ring)
    : clock_(clock), folder_(std::move(folder)), ring_(std::move(ring)) {}

Result<std::unique_ptr<KeyRing>> KeyRing::Open(const std::filesystem::path& path,
                                               const Clock& clock) {
  TRY(PrivateFolder folder, PrivateFolder::Open(path));
  TRY(const auto text, folder.Read(kRingFile));
  auto loaded = text ? Load(folder, text->RevealSecret()) : MakeFirst(folder, clock.Now());
  TRY(Ring ring, std::move(loaded));
  TRY_VOID(Sweep(folder, ring));
  return std::unique_ptr<KeyRing>(
      new KeyRing(std::move(folder), clock, std::make_shared<const Ring>(std::move(ring))));
}

Result<KeyRing::Ring> KeyRing::Load(const PrivateFolder& folder, std::string_view text) {
  const auto entries = ParseRingFile(text);
  if (!entries) return Unusable(folder.path() / kRingFile, entries.error());
  Ring ring;
  for (const RingEntry& entry : *entries) {
    TRY(RingKey key, LoadKey(folder, entry));
    ring.keys.push_back(std::move(key));
  }
  return ring;
}

Result<KeyRing::Ring> KeyRing::MakeFirst(PrivateFolder& folder, Time now) {
  // A first start that was cut off leaves one key without a keys.json. More than one means that
  // keys.json was lost: those keys may have signed tokens, and sweeping would destroy them.
  TRY(const auto names, folder.List());
  const auto pems = std::count_if(names.begin(), names.end(),
                                  [](const std::string& name) { return name.ends_with(kPem); });
  if (pems > 1)
    return Unusable(folder.path() / kRingFile, "it is missing, and several keys are there");
  TRY(RingKey key, MakeKey(now));
  Ring ring{{std::move(key)}};
  TRY_VOID(Save(folder, ring));
  return ring;
}

Result<void> KeyRing::Save(PrivateFolder& folder, const Ring& ring) {
  const SigningKey& active = *ring.keys.front().key;
  TRY_VOID(folder.Write(PemName(active.jwk().kid), active.ToPem().RevealSecret()));
  std::vector<RingEntry> entries;
  for (const RingKey& key : ring.keys) {
    entries.push_back({key.key->jwk().kid, key.created, key.publish_until});
  }
  // The moment of the change. If this fails the new key's file stays: whether the rename reached
  // the disk is not known, and a ring must find every key that it names.
  return folder.Write(kRingFile, RenderRingFile(entries));
}

Result<void> KeyRing::Sweep(PrivateFolder& folder, const Ring& ring) {
  TRY(const auto names, folder.List());
  for (const std::string& name : names) {
    const bool named = std::any_of(ring.keys.begin(), ring.keys.end(), [&](const RingKey& key) {
      return name == PemName(key.key->jwk().kid);
    });
    const bool ours = name.ends_with(kTemporary) || name.ends_with(kPem);
    if (ours && !named) {
      TRY_VOID(folder.Remove(name));
    }
  }
  return {};
}

std::vector<RingKey> KeyRing::Keys() const {
  const Time now = clock_.Now();
  std::vector<RingKey> keys;
  for (const RingKey& key : ring_.Read()->keys) {
    if (IsPublished(key, now)) keys.push_back(key);
  }
  return keys;
}

std::shared_ptr<const SigningKey> KeyRing::Active() const { return ring_.Read()->keys.front().key; }

Result<RingKey> KeyRing::Rotate(std::chrono::seconds overlap) {
  const std::lock_guard lock(rotating_);
  const Time now = clock_.Now();
  std::vector<RingKey> retired;
  for (RingKey old : ring_.Read()->keys) {
    if (!old.publish_until) old.publish_until = WholeSeconds(now) + overlap;
    if (IsPublished(old, now)) retired.push_back(std::move(old));
  }
  if (retired.size() >= kMaxKeys) {
    return Fail(ErrorKind::kConflict, reasons::kLimitReached,
                "expected at most " + std::to_string(kMaxKeys) +
                    " keys to be published at once; wait until the tokens of the oldest expire");
  }
  TRY(RingKey active, MakeKey(now));
  auto next = std::make_shared<Ring>(Ring{{active}});
  std::move(retired.begin(), retired.end(), std::back_inserter(next->keys));
  TRY_VOID(Save(folder_, *next));
  ring_.Publish(next);
  // The rotation is done. Old files that cannot be removed now are removed by the next Open().
  (void)Sweep(folder_, *next);
  return active;
}

}  // namespace openimds
