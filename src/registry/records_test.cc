// SPDX-License-Identifier: Apache-2.0
#include "registry/records.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "base/reasons.h"
#include "model/machine_profile.h"
#include "registry/picture.h"
#include "registry/registry_fixture.h"
#include "store/memory_store.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The store of a small registry, as it was written, for tests that damage it.
class RecordsTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto registry = Registry::Open(store_, {});
    ASSERT_THAT((*registry)->SeedIfEmpty(TestSeed()), IsOk());
    ASSERT_THAT((*registry)->CreateMachine(MachineId("vm2"), "local", false), IsOk());
  }

  std::vector<Record> All() { return *store_.ReadAll(); }

  Record Get(std::string_view kind, std::string_view key_part = "") {
    for (Record& record : All()) {
      if (record.kind == kind && record.key.find(key_part) != std::string::npos) return record;
    }
    ADD_FAILURE() << "no record " << kind;
    return {};
  }

  // Opens what is left after `body` took the place of the record's.
  Result<Picture> ReadWith(const Record& record, std::string body) {
    return ReadWith({record.kind, record.key, std::move(body), std::nullopt});
  }
  Result<Picture> ReadWith(Change change) {
    MemoryStore damaged;
    std::vector<Change> batch;
    for (const Record& record : All()) {
      batch.push_back({record.kind, record.key, record.body, std::nullopt});
    }
    batch.push_back(std::move(change));
    EXPECT_THAT(damaged.Apply(batch), IsOk());
    return ReadPicture(damaged);
  }

  static std::string Replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " in " << text;
    return text.replace(at, from.size(), to);
  }

  MemoryStore store_;
};

MATCHER_P2(IsDamaged, record, what, "") {
  if (arg.has_value()) return false;
  *result_listener << arg.error().message;
  return arg.error().reason == reasons::kStoreFailed &&
         arg.error().message.find(record.kind + " '" + record.key + "'") != std::string::npos &&
         arg.error().message.find(what) != std::string::npos;
}

TEST_F(RecordsTest, ReadsWhatWasWritten) {
  const auto picture = ReadPicture(store_);
  ASSERT_THAT(picture, IsOk());
  EXPECT_EQ(Describe(*picture->snapshot), Describe(*(*Registry::Open(store_, {}))->Read()));
  EXPECT_EQ(picture->store_revision, 2);
  EXPECT_EQ(picture->mark_revision, 2);
}

TEST_F(RecordsTest, RefusesARecordThatLacksAMemberNamingBoth) {
  for (const Record& record : All()) {
    const auto whole = boost::json::parse(record.body).as_object();
    for (const auto& member : whole) {
      boost::json::object lacking = whole;
      lacking.erase(member.key());
      EXPECT_THAT(ReadWith(record, boost::json::serialize(lacking)),
                  IsDamaged(record, "'" + std::string(member.key()) + "' is missing"));
    }
  }
}

TEST_F(RecordsTest, RefusesARecordWithAMemberOfAnotherTypeNamingBoth) {
  for (const Record& record : All()) {
    const auto whole = boost::json::parse(record.body).as_object();
    for (const auto& member : whole) {
      boost::json::object wrong = whole;
      wrong[member.key()] = true;
      EXPECT_THAT(ReadWith(record, boost::json::serialize(wrong)),
                  IsDamaged(record, "'" + std::string(member.key()) + "' to be "));
    }
  }
}

TEST_F(RecordsTest, RefusesARecordWithAnUnknownMemberNamingBoth) {
  for (const Record& record : All()) {
    auto more = boost::json::parse(record.body).as_object();
    more["surprise"] = 1;
    EXPECT_THAT(ReadWith(record, boost::json::serialize(more)),
                IsDamaged(record, "'surprise' is unknown"));
  }
}

TEST_F(RecordsTest, NamesAMemberWithinAMember) {
  const Record machine = Get(kMachineKind, "vm1");
  auto body = boost::json::parse(machine.body).as_object();
  body["system_assigned"].as_object().erase("client_id");
  EXPECT_THAT(ReadWith(machine, boost::json::serialize(body)),
              IsDamaged(machine, "'system_assigned.client_id' is missing"));
  body["system_assigned"].as_object()["client_id"] = "7";
  EXPECT_THAT(ReadWith(machine, boost::json::serialize(body)),
              IsDamaged(machine, "'system_assigned.client_id' to be a GUID"));
}

TEST_F(RecordsTest, RefusesWhatIsNoJsonObjectOrNamesAMemberTwice) {
  for (const Record& record : All()) {
    const std::string twice =
        record.body.substr(0, record.body.size() - 1) + "," + record.body.substr(1);
    for (const std::string& body :
         {std::string(), record.body + "x", std::string("[]"), std::string("null"),
          "[" + record.body + "]", record.body.substr(1), twice, std::string(10'000, '[')}) {
      EXPECT_THAT(ReadWith(record, body), IsDamaged(record, "is damaged"));
    }
  }
}

TEST_F(RecordsTest, RefusesARecordUnderAnothersKey) {
  for (Record record : All()) {
    const std::string body = record.body;
    record.key += "x";
    EXPECT_THAT(ReadWith(record, body), IsDamaged(record, "it holds '"));
  }
}

TEST_F(RecordsTest, RefusesARecordThatNamesWhatDoesNotExist) {
  const Record machine = Get(kMachineKind, "vm1");
  EXPECT_THAT(ReadWith({"identity", IdentityId("id1").key(), std::nullopt, std::nullopt}),
              IsDamaged(machine, "its identity '" + IdentityId("id1").text() + "' is missing"));
  const Record tenant = Get(kTenantKind);
  EXPECT_THAT(ReadWith({tenant.kind, tenant.key, std::nullopt, std::nullopt}),
              IsDamaged(Get(kSubscriptionKind), "its tenant is missing"));
  const Record subscription = Get(kSubscriptionKind);
  EXPECT_THAT(ReadWith({subscription.kind, subscription.key, std::nullopt, std::nullopt}),
              IsDamaged(Get(kResourceGroupKind), "its subscription is missing"));
  const Record group = Get(kResourceGroupKind);
  EXPECT_THAT(ReadWith({group.kind, group.key, std::nullopt, std::nullopt}),
              IsDamaged(Get(kIdentityKind), "its resource group is missing"));
}

TEST_F(RecordsTest, RefusesTwoIdentitiesWithOneClientIdOrPrincipalId) {
  const Record machine = Get(kMachineKind, "vm1");
  const auto id1 = ParseIdentity(Get(kIdentityKind));
  const auto vm1 = ParseMachine(machine);
  ASSERT_THAT(id1, IsOk());
  ASSERT_THAT(vm1, IsOk());
  EXPECT_THAT(ReadWith(machine, Replaced(machine.body, vm1->system_assigned->client_id.ToString(),
                                         id1->client_id.ToString())),
              IsDamaged(machine, "another identity has its client id"));
  EXPECT_THAT(
      ReadWith(machine, Replaced(machine.body, vm1->system_assigned->principal_id.ToString(),
                                 id1->principal_id.ToString())),
      IsDamaged(machine, "another identity has its principal id"));
}

TEST_F(RecordsTest, RefusesAMachineThatNamesAnIdentityTwice) {
  const Record machine = Get(kMachineKind, "vm1");
  const std::string id = "\"" + IdentityId("id1").text() + "\"";
  EXPECT_THAT(ReadWith(machine, Replaced(machine.body, id, id + "," + id)),
              IsDamaged(machine, "it names an identity twice"));
}

TEST_F(RecordsTest, KeepsAMachinesProfileAndReadsRecordsOfBeforeThereWasOne) {
  const auto before = ParseMachine(Get(kMachineKind, "vm1"));
  ASSERT_THAT(before, IsOk());
  EXPECT_EQ(before->profile, nullptr);

  // As deep as the document goes.
  Machine machine = *before;
  machine.profile = std::make_shared<const MachineProfile>(*MachineProfile::Parse(
      R"({"compute":{"storageProfile":{"osDisk":{"encryptionSettings":{"diskEncryptionKey":
          {"sourceVault":{"id":"/vault"}}}}}},
          "network":{"interface":[{"ipv4":{"ipAddress":[{"privateIpAddress":"10.0.0.9"}]}}]}})"));
  const Change change = RenderChange(machine);
  const auto after = ParseMachine(Record{change.kind, change.key, *change.body, 1});
  ASSERT_THAT(after, IsOk());
  ASSERT_NE(after->profile, nullptr);
  EXPECT_EQ(boost::json::value(after->profile->json()),
            boost::json::value(machine.profile->json()));
}

TEST_F(RecordsTest, RefusesAProfileThatNobodyCanHaveSaid) {
  const Record machine = Get(kMachineKind, "vm1");
  auto body = boost::json::parse(machine.body).as_object();
  body["profile"] = {{"compute", {{"vmId", "x"}}}};
  EXPECT_THAT(ReadWith(machine, boost::json::serialize(body)),
              IsDamaged(machine, "'compute.vmId'"));
  body["profile"] = nullptr;
  EXPECT_THAT(ReadWith(machine, boost::json::serialize(body)),
              IsDamaged(machine, "'profile' to be an object"));
}

TEST_F(RecordsTest, LeavesRecordsOfOtherKindsToTheirOwners) {
  EXPECT_THAT(ReadWith({"deployment", "x", "not JSON", std::nullopt}), IsOk());
}

TEST_F(RecordsTest, RefusesRecordsOfALaterFormat) {
  const auto picture = ReadWith(Get(kMarkKind), R"({"format":2})");
  ASSERT_THAT(picture, FailsWith(reasons::kStoreTooNew));
  EXPECT_THAT(picture.error().message, AllOf(HasSubstr("format 1"), HasSubstr("format 2")));
}

}  // namespace
}  // namespace openimds
