// SPDX-License-Identifier: Apache-2.0
#include "frontends/control/operations.h"

#include <string>
#include <vector>

#include "base/reasons.h"
#include "frontends/control/control_test_fixture.h"

namespace openimds::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace json = boost::json;

constexpr char kIds[] =
    R"("clientId":"aaaaaaaa-0000-0000-0000-000000000001","objectId":"bbbbbbbb-0000-0000-0000-000000000002")";

std::vector<std::string> MembersOf(const json::value& value) {
  std::vector<std::string> names;
  for (const auto& member : value.as_object()) names.emplace_back(member.key());
  return names;
}

// What is wrong with a call, and what is said about it.
struct WrongCall {
  const char* name;
  const char* operation;
  const char* arguments;
  const char* answer;
};

const WrongCall kWrongCalls[] = {
    {"UnknownOperation", "identity.lst", "{}",
     "control.argument_invalid: unknown operation 'identity.lst'; did you mean 'identity.list'?"},
    {"UnknownArgument", "identity.create", R"({"name":"a","clientID":"x"})",
     "control.argument_invalid: argument 'clientID': unknown; did you mean 'clientId'?"},
    {"ArgumentForAnOperationWithoutAny", "identity.list", R"({"zzz":1})",
     "control.argument_invalid: argument 'zzz': unknown"},
    {"MissingArgument", "identity.show", "{}",
     "control.argument_invalid: argument 'identity': missing"},
    {"EmptyRequiredArgument", "identity.show", R"({"identity":""})",
     "control.argument_invalid: argument 'identity': expected a text"},
    {"NumberForAText", "identity.show", R"({"identity":1})",
     "control.argument_invalid: argument 'identity': expected a text"},
    {"NullForAText", "identity.show", R"({"identity":null})",
     "control.argument_invalid: argument 'identity': expected a text"},
    {"TextWithANul", "identity.show", R"({"identity":"a\u0000b"})",
     "control.argument_invalid: argument 'identity': expected a text"},
    {"NoGuid", "identity.create", R"({"name":"a","clientId":"x","objectId":"y"})",
     "control.argument_invalid: argument 'clientId': expected a GUID"},
    {"NoFlag", "machine.create", R"({"name":"a","systemAssigned":"yes"})",
     "control.argument_invalid: argument 'systemAssigned': expected true or false"},
    {"NoArray", "machine.identity.assign", R"({"machine":"host-1","identities":"a"})",
     "control.argument_invalid: argument 'identities': expected an array of texts"},
    {"NumberInAnArray", "machine.identity.assign", R"({"machine":"host-1","identities":[1]})",
     "control.argument_invalid: argument 'identities': expected an array of texts"},
    {"OnlyOneOfTheTwoIds", "identity.create",
     R"({"name":"a","clientId":"aaaaaaaa-0000-0000-0000-000000000001"})",
     "control.argument_invalid: argument 'objectId': missing beside 'clientId'"},
    {"UnknownSubscription", "identity.create",
     R"({"name":"a","subscription":"aaaaaaaa-0000-0000-0000-00000000000f"})",
     "registry.not_found: no subscription is named 'aaaaaaaa-0000-0000-0000-00000000000f'"},
    {"UnknownIdentity", "identity.show", R"({"identity":"nobody"})",
     "registry.not_found: no identity is named 'nobody'"},
    {"UnknownMachine", "machine.delete", R"({"machine":"nobody"})",
     "registry.not_found: no machine is named 'nobody'"},
    {"NothingToAssign", "machine.identity.assign", R"({"machine":"host-1"})",
     "control.argument_invalid: argument 'identities': missing; expected identities, or "
     "'systemAssigned'"},
    {"RemovesWhatIsNotAssigned", "machine.identity.remove",
     R"({"machine":"vm-bare","systemAssigned":true})",
     "registry.not_found: the machine 'vm-bare' has no system-assigned identity"},
    {"ResourceWithASpace", "token.get", R"({"resource":"a b"})",
     "query.resource_invalid: Query variable 'resource' must be a URI or an application id of at "
     "most 2048 visible ASCII characters"},
    {"TokenForAnUnknownMachine", "token.get", R"({"resource":"https://a/","machine":"nobody"})",
     "registry.not_found: no machine is named 'nobody'"},
};

class WrongCallTest : public ControlTest, public testing::WithParamInterface<WrongCall> {};

TEST_P(WrongCallTest, IsRefusedAndChangesNothing) {
  ASSERT_THAT(Run("machine.create", R"({"name":"vm-bare"})"), IsOk());
  const auto revision = store_.Revision();
  EXPECT_EQ(Answer(GetParam().operation, GetParam().arguments), GetParam().answer);
  EXPECT_EQ(*store_.Revision(), *revision);
}

INSTANTIATE_TEST_SUITE_P(Table, WrongCallTest, testing::ValuesIn(kWrongCalls),
                         [](const auto& it) { return std::string(it.param.name); });

class OperationsTest : public ControlTest {};

TEST_F(OperationsTest, CreatesAnIdentityWhereTheDefaultsSay) {
  const auto created = Run("identity.create", R"({"name":"web"})");
  ASSERT_THAT(created, IsOk());
  EXPECT_THAT(MembersOf(*created),
              ElementsAre("id", "name", "type", "location", "tenantId", "clientId", "principalId"));
  EXPECT_THAT(std::string(created->at("id").as_string()),
              testing::EndsWith("/resourceGroups/openimds/providers/"
                                "Microsoft.ManagedIdentity/userAssignedIdentities/web"));
  EXPECT_EQ(created->at("type").as_string(), "Microsoft.ManagedIdentity/userAssignedIdentities");
  EXPECT_EQ(created->at("location").as_string(), "local");
  EXPECT_EQ(Answer("identity.show", R"({"identity":"WEB"})"), json::serialize(*created));
}

TEST_F(OperationsTest, CreatesAnIdentityWithGivenIdsPlaceAndGroup) {
  const auto created = Run("identity.create", R"({"name":"web","resourceGroup":"rg2",)"
                                              R"("location":"westeurope",)" +
                                                  std::string(kIds) + "}");
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->at("clientId").as_string(), "aaaaaaaa-0000-0000-0000-000000000001");
  EXPECT_EQ(created->at("principalId").as_string(), "bbbbbbbb-0000-0000-0000-000000000002");
  EXPECT_EQ(created->at("location").as_string(), "westeurope");
  const auto sibling = Run("identity.create", R"({"name":"db","resourceGroup":"RG2"})");
  ASSERT_THAT(sibling, IsOk());
  EXPECT_THAT(std::string(sibling->at("id").as_string()), HasSubstr("/resourceGroups/rg2/"));
  EXPECT_EQ(sibling->at("location").as_string(), "westeurope") << "its group's location";
}

TEST_F(OperationsTest, RefusesANameThatIsTaken) {
  ASSERT_THAT(Run("identity.create", R"({"name":"web"})"), IsOk());
  const auto again = Run("identity.create", R"({"name":"Web"})");
  ASSERT_THAT(again, FailsWith(reasons::kExists));
  EXPECT_EQ(again.error().kind, ErrorKind::kConflict);
}

TEST_F(OperationsTest, AsksForTheResourceIdIfANameFitsSeveral) {
  ASSERT_THAT(Run("identity.create", R"({"name":"web","resourceGroup":"a"})"), IsOk());
  ASSERT_THAT(Run("identity.create", R"({"name":"web","resourceGroup":"b"})"), IsOk());
  EXPECT_THAT(Answer("identity.delete", R"({"identity":"web"})"),
              StartsWith("control.argument_invalid: argument 'identity': several are named 'web'; "
                         "expected the resource id of one, such as /subscriptions/"));
}

TEST_F(OperationsTest, DeletesAnIdentityOnlyWhileNoMachineHasIt) {
  ASSERT_THAT(Run("identity.create", R"({"name":"web"})"), IsOk());
  ASSERT_THAT(Run("machine.identity.assign", R"({"machine":"host-1","identities":["web"]})"),
              IsOk());
  EXPECT_THAT(Run("identity.delete", R"({"identity":"web"})"), FailsWith(reasons::kInUse));
  ASSERT_THAT(Run("machine.identity.remove", R"({"machine":"host-1","identities":["web"]})"),
              IsOk());
  EXPECT_THAT(Answer("identity.delete", R"({"identity":"web"})"), StartsWith(R"({"deleted":"/)"));
  EXPECT_THAT(Run("identity.show", R"({"identity":"web"})"), FailsWith(reasons::kNotFound));
}

TEST_F(OperationsTest, CreatesAMachineWithAndWithoutAnIdentityOfItsOwn) {
  const auto bare = Run("machine.create", R"({"name":"vm1"})");
  ASSERT_THAT(bare, IsOk());
  EXPECT_THAT(MembersOf(*bare), ElementsAre("id", "name", "location", "vmId", "identity"));
  EXPECT_EQ(json::serialize(bare->at("identity")), R"({"type":"None"})");

  const auto own = Run("machine.create", R"({"name":"vm2","systemAssigned":true})");
  ASSERT_THAT(own, IsOk());
  EXPECT_THAT(MembersOf(own->at("identity")),
              ElementsAre("type", "principalId", "clientId", "tenantId"));
  EXPECT_EQ(own->at("identity").at("type").as_string(), "SystemAssigned");

  const auto given =
      Run("machine.create", R"({"name":"vm3","systemAssigned":true,)" + std::string(kIds) + "}");
  ASSERT_THAT(given, IsOk());
  EXPECT_EQ(given->at("identity").at("clientId").as_string(),
            "aaaaaaaa-0000-0000-0000-000000000001");
}

TEST_F(OperationsTest, LeavesNoMachineBehindIfItsIdsAreTaken) {
  ASSERT_THAT(Run("identity.create", R"({"name":"web",)" + std::string(kIds) + "}"), IsOk());
  EXPECT_THAT(
      Run("machine.create", R"({"name":"vm1","systemAssigned":true,)" + std::string(kIds) + "}"),
      Not(IsOk()));
  EXPECT_THAT(Run("machine.show", R"({"machine":"vm1"})"), FailsWith(reasons::kNotFound));
}

TEST_F(OperationsTest, ListsMachinesInOrderOfTheirIds) {
  ASSERT_THAT(Run("machine.create", R"({"name":"b"})"), IsOk());
  ASSERT_THAT(Run("machine.create", R"({"name":"a"})"), IsOk());
  const auto list = Run("machine.list");
  ASSERT_THAT(list, IsOk());
  std::vector<std::string> names;
  for (const auto& machine : list->as_array()) names.emplace_back(machine.at("name").as_string());
  EXPECT_THAT(names, ElementsAre("a", "b", "host-1"));
}

TEST_F(OperationsTest, AssignsAndRemovesIdentities) {
  ASSERT_THAT(Run("machine.create", R"({"name":"vm1"})"), IsOk());
  ASSERT_THAT(Run("identity.create", R"({"name":"a"})"), IsOk());
  ASSERT_THAT(Run("identity.create", R"({"name":"b"})"), IsOk());
  const auto block = Run("machine.identity.assign",
                         R"({"machine":"vm1","identities":["a","b"],"systemAssigned":true,)" +
                             std::string(kIds) + "}");
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(block->at("type").as_string(), "SystemAssigned, UserAssigned");
  EXPECT_EQ(block->at("principalId").as_string(), "bbbbbbbb-0000-0000-0000-000000000002");
  EXPECT_EQ(block->at("userAssignedIdentities").as_object().size(), 2u);
  EXPECT_EQ(Answer("machine.identity.show", R"({"machine":"vm1"})"), json::serialize(*block));

  EXPECT_EQ(Answer("machine.identity.remove",
                   R"({"machine":"vm1","identities":["a","b"],"systemAssigned":true})"),
            R"({"type":"None"})");
}

TEST_F(OperationsTest, AssignsAllOrNone) {
  for (const char* name : {"a", "b", "c", "d"}) {
    ASSERT_THAT(Run("identity.create", R"({"name":")" + std::string(name) + R"("})"), IsOk());
  }
  ASSERT_THAT(Run("machine.create", R"({"name":"vm1"})"), IsOk());
  EXPECT_THAT(Run("machine.identity.assign",
                  R"({"machine":"vm1","identities":["a","nobody"],"systemAssigned":true})"),
              FailsWith(reasons::kNotFound));
  EXPECT_THAT(Run("machine.identity.assign", R"({"machine":"vm1","identities":["a","b","c","d"]})"),
              FailsWith(reasons::kLimitReached));
  EXPECT_EQ(Answer("machine.identity.show", R"({"machine":"vm1"})"), R"({"type":"None"})");
  EXPECT_THAT(Run("machine.identity.remove", R"({"machine":"host-1","identities":["a"]})"),
              FailsWith(reasons::kNotFound));
}

TEST_F(OperationsTest, TakesAssignmentsBackIfTheMachineHasAnIdentityOfItsOwnAlready) {
  ASSERT_THAT(Run("identity.create", R"({"name":"a"})"), IsOk());
  const std::string before = Answer("machine.identity.show", R"({"machine":"host-1"})");
  EXPECT_THAT(Run("machine.identity.assign",
                  R"({"machine":"host-1","identities":["a"],"systemAssigned":true})"),
              FailsWith(reasons::kExists));
  EXPECT_EQ(Answer("machine.identity.show", R"({"machine":"host-1"})"), before);
}

TEST_F(OperationsTest, GetsATokenWithTheTextsAndTheOrderOfImds) {
  const auto token = Run("token.get", R"({"resource":"https://management.azure.com/"})");
  ASSERT_THAT(token, IsOk());
  EXPECT_THAT(MembersOf(*token),
              ElementsAre("access_token", "client_id", "expires_in", "expires_on", "ext_expires_in",
                          "not_before", "resource", "token_type"));
  for (const auto& member : token->as_object()) EXPECT_TRUE(member.value().is_string());
  EXPECT_EQ(token->at("expires_in").as_string(), "86400");
  EXPECT_EQ(token->at("resource").as_string(), "https://management.azure.com/");
  EXPECT_EQ(token->at("client_id"),
            Run("machine.show", R"({"machine":"host-1"})")->at("identity").at("clientId"));
}

TEST_F(OperationsTest, GetsATokenOfTheIdentityThatIsNamedAndOfNoOther) {
  const auto identity = Run("identity.show", R"({"identity":"openimds-identity"})");
  ASSERT_THAT(identity, IsOk());
  for (const auto& [selector, member] :
       {std::pair("clientId", "clientId"), {"objectId", "principalId"}, {"msiResId", "id"}}) {
    json::object arguments{{"resource", "https://a/"}, {selector, identity->at(member)}};
    const auto token = operations_->Run("token.get", arguments, "test");
    ASSERT_THAT(token, IsOk()) << selector;
    EXPECT_EQ(token->at("client_id"), identity->at("clientId")) << selector;
  }
  EXPECT_THAT(Run("token.get", R"({"resource":"https://a/",)" + std::string(kIds) + "}"),
              FailsWith(reasons::kSelectorConflict));
  EXPECT_THAT(Run("token.get", R"({"resource":"https://a/","clientId":"nobody"})"),
              FailsWith(reasons::kIdentityNotFound));
}

TEST_F(OperationsTest, RotationKeepsTheOldKeyPublished) {
  const auto before = Run("authority.show");
  ASSERT_THAT(before, IsOk());
  const auto after = Run("authority.rotate");
  ASSERT_THAT(after, IsOk());
  const auto& keys = after->at("keys").as_array();
  ASSERT_EQ(keys.size(), before->at("keys").as_array().size() + 1);
  EXPECT_TRUE(keys[0].at("active").as_bool());
  EXPECT_EQ(keys[1].at("kid"), before->at("keys").at(0).at("kid"));
  EXPECT_EQ(keys[1].at("publishedUntil").as_string(), "2023-11-15T22:18:20Z") << "a day later";
  EXPECT_EQ(after->at("issuer").as_string(), "http://127.0.0.1:50343/{tenant}/");
}

TEST_F(OperationsTest, GivesTheRootOfAttestedDocumentsWhereThereIsOne) {
  EXPECT_EQ(Answer("attestation.ca"), "registry.not_found: nothing is attested here");
}

TEST_F(OperationsTest, ShowsTheServiceAsItsReadyLineDoes) {
  facts_ = {7, "/s", "/s/control.sock", {{"imds", "127.0.0.1:1", "http://127.0.0.1:1", "host-1"}}};
  EXPECT_EQ(Answer("service.show"),
            R"({"pid":7,"state_dir":"/s","control":"/s/control.sock","listeners":[)"
            R"({"protocol":"imds","address":"127.0.0.1:1","url":"http://127.0.0.1:1",)"
            R"("machine":"host-1"}]})");
}

}  // namespace
}  // namespace openimds::control
