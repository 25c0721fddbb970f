// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/deployment_record.h"

#include <gmock/gmock.h>

#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "registry/resource_records.h"
#include "testing/matchers.h"

namespace openimds::arm {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

const ResourceId kId = *ResourceId::Parse(
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg1/providers/"
    "Microsoft.Resources/deployments/d1");

DeploymentRecord Sample() {
  DeploymentRecord record{.id = kId, .correlation_id = "33333333-3333-3333-3333-333333333333"};
  record.started = FromUnixSeconds(1'700'000'000);
  record.changed = record.started + std::chrono::milliseconds{1'250};
  record.properties = {{"mode", "Incremental"}};
  return record;
}

TEST(DeploymentRecordTest, IsReadAsItWasWritten) {
  DeploymentRecord record = Sample();
  record.state = kCanceledState;
  record.is_to_stop = true;
  record.tags = {{"a", "b"}};
  record.document = {{"resources", json::array{}}};
  record.operations = {json::object{{"operationId", "x"}}};
  const auto read = ReadDeployment(ToDocument(record));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(ToDocument(*read).body, ToDocument(record).body);
  EXPECT_EQ(RenderDeployment(*read), RenderDeployment(record));
  EXPECT_TRUE(ReadHead(ToDocument(record)).is_to_stop);
  EXPECT_FALSE(ReadHead(ToDocument(record)).is_active);
}

TEST(DeploymentRecordTest, ShowsWhenAndHowLong) {
  const json::object shown = RenderDeployment(Sample());
  const json::object& properties = shown.at("properties").as_object();
  EXPECT_EQ(properties.at("timestamp"), "2023-11-14T22:13:21Z");
  EXPECT_EQ(properties.at("duration"), "PT1.250S");
  EXPECT_EQ(properties.at("provisioningState"), "Running");
  EXPECT_FALSE(shown.contains("tags"));
  EXPECT_EQ(FormatDuration(std::chrono::seconds{3}), "PT3S");
  EXPECT_EQ(FormatDuration(std::chrono::milliseconds{-5}), "PT0S");
}

// Outputs nest as deep as a template makes them; a record that no start can read would be the end
// of the whole store.
TEST(DeploymentRecordTest, WhatNestsDeepIsReadBackByTheRegistry) {
  DeploymentRecord record = Sample();
  json::value deep = 1;
  for (int i = 0; i < 300; ++i) deep = json::object{{"a", std::move(deep)}};
  record.properties["outputs"] = std::move(deep);
  const Change change = RenderChange(ToDocument(record));
  const auto kept = ParseDocument({change.kind, change.key, *change.body, 1});
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(RenderDeployment(*ReadDeployment(*kept)), RenderDeployment(record));
}

TEST(DeploymentRecordTest, WhatNobodyWroteIsNoRecord) {
  ResourceDocument document = ToDocument(Sample());
  document.body["template"] = "{";
  const auto read = ReadDeployment(document);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, reasons::kStoreFailed);
  EXPECT_THAT(read.error().message, HasSubstr("'template'"));
}

TEST(DeploymentRecordTest, OperationsComeInTheOrderOfTheirSteps) {
  using State = templates::ResourceOperation::State;
  Snapshot snapshot;
  const Time began = FromUnixSeconds(1'700'000'000);
  for (const std::size_t step : {2, 0, 1}) {
    const std::string name = "n" + std::to_string(step);
    const templates::ResourceOperation operation{
        "/x/" + name, "A.B/c", name, false, step == 2 ? State::kPending : State::kSucceeded, {}};
    ResourceDocument made = MakeOperation(Sample(), operation, {step, began, began});
    const std::string key = made.id.key();
    snapshot.documents.emplace(key, std::make_shared<const ResourceDocument>(std::move(made)));
  }
  std::string all;
  for (const json::object& operation : OperationsOf(snapshot, Sample())) {
    const json::object& properties = operation.at("properties").as_object();
    all += std::string(properties.at("targetResource").at("resourceName").as_string()) + " " +
           std::string(properties.at("provisioningState").as_string()) + ", ";
  }
  EXPECT_EQ(all, "n0 Succeeded, n1 Succeeded, n2 Running, ");
}

TEST(DeploymentRecordTest, SecretDefaultsAreNotKeptWhereverTheyStand) {
  const json::value document = json::parse(R"({
    "parameters": {"a": {"type": "SecureString", "defaultValue": "hush"},
                   "b": {"type": "secureObject", "defaultValue": {"k": "hush"}},
                   "c": {"type": "securestring", "defaultValue": "[newGuid()]"},
                   "d": {"type": "string", "defaultValue": "plain"}},
    "resources": [{"properties": {"template": {"parameters": {
      "e": {"type": "secureString", "defaultValue": "hush"}}}}}]})");
  const std::string kept = json::serialize(WithoutSecretDefaults(document.as_object()));
  EXPECT_THAT(kept, testing::Not(HasSubstr("hush")));
  EXPECT_THAT(kept, HasSubstr("[newGuid()]"));
  EXPECT_THAT(kept, HasSubstr("plain"));
}

}  // namespace
}  // namespace openimds::arm
