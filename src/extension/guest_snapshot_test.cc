// SPDX-License-Identifier: Apache-2.0
#include "extension/guest_snapshot.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "registry/identity_selector.h"
#include "testing/matchers.h"

namespace openimds::extension {
namespace {

constexpr char kUserAssigned[] =
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/"
    "Microsoft.ManagedIdentity/userAssignedIdentities/ua";

Guid Id(char last) {
  std::string text = "aaaaaaaa-0000-0000-0000-00000000000x";
  text.back() = last;
  return *Guid::Parse(text);
}

class GuestSnapshotTest : public testing::Test {
 protected:
  Result<std::shared_ptr<const Identity>> Select(const DaemonSettings& settings,
                                                 const IdentitySelector& selector) {
    const auto made = MakeGuestSnapshot(settings);
    EXPECT_THAT(made, IsOk());
    const auto machine = made->snapshot->FindMachine(made->machine.text());
    EXPECT_NE(machine, nullptr);
    return SelectIdentity(*machine, selector);
  }

  DaemonSettings settings_ = [] {
    DaemonSettings settings;
    settings.authority.tenant = "tenant.example";
    settings.identities = {{Id('1'), Id('a'), "", true, {}},
                           {Id('2'), std::nullopt, kUserAssigned, false, {}}};
    return settings;
  }();
};

TEST_F(GuestSnapshotTest, IdentitiesAreFoundByWhatTheSettingsSay) {
  EXPECT_EQ((*Select(settings_, {}))->client_id, Id('1'));
  EXPECT_EQ((*Select(settings_, {.client_id = Id('2').ToString()}))->client_id, Id('2'));
  EXPECT_EQ((*Select(settings_, {.object_id = Id('a').ToString()}))->client_id, Id('1'));
  EXPECT_EQ((*Select(settings_, {.resource_id = kUserAssigned}))->client_id, Id('2'));
}

TEST_F(GuestSnapshotTest, WhatTheyDoNotSayFindsNothing) {
  EXPECT_THAT(Select(settings_, {.object_id = Guid().ToString()}),
              FailsWith(reasons::kIdentityNotFound));
  EXPECT_THAT(Select(settings_, {.client_id = Id('3').ToString()}),
              FailsWith(reasons::kIdentityNotFound));
}

TEST_F(GuestSnapshotTest, WithoutASystemAssignedOneTheOnlyOtherIsMeant) {
  settings_.identities.erase(settings_.identities.begin());
  EXPECT_EQ((*Select(settings_, {}))->client_id, Id('2'));
  settings_.identities.push_back({Id('3'), std::nullopt, "", false, {}});
  EXPECT_THAT(Select(settings_, {}), FailsWith(reasons::kIdentityAmbiguous));
}

TEST_F(GuestSnapshotTest, TheMachineIsTheSameAfterEveryReload) {
  const auto first = MakeGuestSnapshot(settings_);
  const auto second = MakeGuestSnapshot(settings_);
  EXPECT_EQ(first->machine, second->machine);
}

}  // namespace
}  // namespace openimds::extension
