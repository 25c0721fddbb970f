// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "base/reasons.h"
#include "registry/credential_records.h"
#include "registry/registry_fixture.h"
#include "store/memory_store.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

class CredentialsTest : public testing::Test {
 protected:
  void SetUp() override {
    registry_ = *Registry::Open(store_, {});
    ASSERT_THAT(registry_->SeedIfEmpty(TestSeed()), IsOk());
  }

  static CredentialSettings Secret() {
    return *MakeCredentialSettings("client_secret", {{"secret_file", "/run/secret"}});
  }
  Result<void> Register(const ResourceId& identity, const std::string& name) {
    return registry_->EditClient(identity, [&](ClientRegistration& client) -> Result<void> {
      client.federated.push_back({name, "https://issuer.example", "me", "api://x", ""});
      client.passwords.push_back(
          {NumberedGuid(1), name, "abc", "scrypt$…", FromUnixSeconds(1), FromUnixSeconds(2)});
      client.keys.push_back({NumberedGuid(2), name, "AAAA"});
      return {};
    });
  }
  std::size_t RecordsOf(std::string_view kind) {
    std::size_t count = 0;
    const auto records = *store_.ReadAll();
    for (const Record& record : records) count += record.kind == kind ? 1 : 0;
    return count;
  }

  MemoryStore store_;
  std::unique_ptr<Registry> registry_;
};

TEST_F(CredentialsTest, AreThereAfterReadingTheStoreAgain) {
  for (const ResourceId& id : {IdentityId("id1"), MachineId("vm1")}) {
    ASSERT_THAT(registry_->SetCredential(id, Secret()), IsOk());
    ASSERT_THAT(Register(id, "n"), IsOk());
  }
  const auto again = *Registry::Open(store_, {});
  const Snapshot& snapshot = *again->Read();
  for (const ResourceId& id : {IdentityId("id1"), MachineId("vm1")}) {
    EXPECT_EQ(*snapshot.credentials.at(id.key()), Secret());
    const auto& client = snapshot.clients.at(snapshot.FindAnyIdentity(id.key())->client_id);
    EXPECT_EQ(client->federated.at(0).issuer, "https://issuer.example");
    EXPECT_EQ(client->passwords.at(0).expires_on, FromUnixSeconds(2));
    EXPECT_EQ(client->keys.at(0).certificate, "AAAA");
  }
}

TEST_F(CredentialsTest, GoAwayWithTheirIdentityAndDoNotComeBackWithItsName) {
  const ResourceId user = *ResourceId::ForUserAssignedIdentity(GroupId(), "brief");
  ASSERT_THAT(registry_->CreateIdentity(user, "local"), IsOk());
  ASSERT_THAT(registry_->SetCredential(user, Secret()), IsOk());
  ASSERT_THAT(Register(user, "n"), IsOk());
  ASSERT_THAT(registry_->DeleteIdentity(user), IsOk());
  EXPECT_EQ(RecordsOf(kCredentialKind) + RecordsOf(kClientKind), 0U);
  ASSERT_THAT(registry_->CreateIdentity(user, "local"), IsOk());
  EXPECT_FALSE(registry_->Read()->credentials.contains(user.key()));

  ASSERT_THAT(registry_->SetCredential(MachineId("vm1"), Secret()), IsOk());
  ASSERT_THAT(registry_->DisableSystemAssigned(MachineId("vm1")), IsOk());
  EXPECT_EQ(RecordsOf(kCredentialKind), 0U);
  EXPECT_THAT(registry_->SetCredential(MachineId("vm1"), Secret()), FailsWith(reasons::kNotFound));
}

TEST_F(CredentialsTest, AnEditThatFailsChangesNothing) {
  ASSERT_THAT(Register(IdentityId("id1"), "n"), IsOk());
  EXPECT_THAT(registry_->EditClient(IdentityId("id1"),
                                    [](ClientRegistration& client) -> Result<void> {
                                      client.federated.clear();
                                      return Fail(ErrorKind::kNotFound, reasons::kNotFound, "no");
                                    }),
              FailsWith(reasons::kNotFound));
  EXPECT_EQ(registry_->Read()->clients.begin()->second->federated.size(), 1U);
}

TEST_F(CredentialsTest, AClientWithNothingLeftHasNoRecord) {
  ASSERT_THAT(Register(IdentityId("id1"), "n"), IsOk());
  ASSERT_THAT(registry_->EditClient(IdentityId("id1"),
                                    [](ClientRegistration& client) -> Result<void> {
                                      client.federated.clear();
                                      client.passwords.clear();
                                      client.keys.clear();
                                      return {};
                                    }),
              IsOk());
  EXPECT_EQ(RecordsOf(kClientKind), 0U);
  EXPECT_TRUE(registry_->Read()->clients.empty());
}

TEST_F(CredentialsTest, ResettingIsNoErrorWhereNothingWasSet) {
  EXPECT_THAT(registry_->ResetCredential(IdentityId("id1")), IsOk());
  EXPECT_THAT(registry_->ResetCredential(IdentityId("missing")), FailsWith(reasons::kNotFound));
}

TEST_F(CredentialsTest, ARecordThatFitsNoIdentityIsRefused) {
  ASSERT_THAT(registry_->SetCredential(IdentityId("id1"), Secret()), IsOk());
  ASSERT_THAT(store_.Apply({RenderCredential(IdentityId("missing"), Secret())}), IsOk());
  EXPECT_THAT(Registry::Open(store_, {}), FailsWith(reasons::kStoreFailed));
}

TEST_F(CredentialsTest, ARecordWithAnOptionThatDoesNotExistIsRefused) {
  Change change = RenderCredential(IdentityId("id1"), Secret());
  change.body->replace(change.body->find("secret_file"), 11, "secret_fill");
  ASSERT_THAT(store_.Apply({change}), IsOk());
  EXPECT_THAT(Registry::Open(store_, {}), FailsWith(reasons::kStoreFailed));
}

}  // namespace
}  // namespace openimds
