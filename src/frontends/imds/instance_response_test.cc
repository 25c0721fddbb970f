// SPDX-License-Identifier: Apache-2.0
#include "frontends/imds/instance_response.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "base/reasons.h"
#include "frontends/imds/api_version.h"
#include "frontends/imds/instance_document.h"
#include "frontends/imds/token_response.h"
#include "model/instance_fields.h"
#include "model/machine_profile.h"
#include "testing/answers.h"
#include "testing/sample_entities.h"

namespace openimds::imds {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

constexpr char kProfile[] = R"({"compute":{"tagsList":[{"name":"say","value":"\"a\"\né"}]}})";

class InstanceResponseTest : public testing::Test {
 protected:
  static std::shared_ptr<const MachineEntry> MakeEntry(std::string_view profile) {
    Machine machine = SampleMachine();
    machine.profile = std::make_shared<const MachineProfile>(*MachineProfile::Parse(profile));
    return MakeMachineEntry(std::move(machine), {});
  }

  http::Response Ask(std::string_view tail, const std::string& query) const {
    const auto question = ParseInstanceRequest(tail, query);
    return question ? RenderInstance(entry_, *question) : RenderInstanceError(question.error());
  }
  http::Response AskText(std::string_view tail) const {
    return Ask(tail, "api-version=2021-12-13&format=text");
  }
  http::Response AskJson(std::string_view tail) const {
    return Ask(tail, "api-version=2021-12-13");
  }

  std::shared_ptr<const MachineEntry> entry_ = MakeEntry(kProfile);
};

TEST_F(InstanceResponseTest, EveryPartIsAPieceOfTheWholeAndReadsAsJson) {
  const json::value whole = json::parse(BodyOf(AskJson("")));
  EXPECT_EQ(json::parse(BodyOf(AskJson("/compute"))), whole.at("compute"));
  EXPECT_EQ(json::parse(BodyOf(AskJson("/compute/tagsList"))), whole.at("compute").at("tagsList"));
  EXPECT_EQ(json::parse(BodyOf(AskJson("/network/interface/0/ipv4/"))),
            whole.at("network").at("interface").at(0).at("ipv4"));
  EXPECT_EQ(BodyOf(AskJson("/compute/publicKeys")), "[]");
  EXPECT_EQ(AskJson("").server, kServer);
}

TEST_F(InstanceResponseTest, AValueIsPlainTextAndNothingElse) {
  const http::Response name = AskText("/compute/name");
  EXPECT_EQ(name.status, 200);
  EXPECT_EQ(name.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(BodyOf(name), "vm1");
  EXPECT_EQ(BodyOf(AskText("/compute/tagsList/0/value")), "\"a\"\n\u00e9");
  EXPECT_EQ(BodyOf(AskText("/compute/zone")), "");
  EXPECT_EQ(AskText("/compute/zone").status, 200);
  EXPECT_EQ(AskJson("/compute/name").status, 400);
  EXPECT_EQ(Ask("/compute/name", "api-version=2021-12-13&format=json").status, 400);
}

TEST_F(InstanceResponseTest, AContainerAsTextIsTheListOfItsNames) {
  EXPECT_EQ(BodyOf(AskText("")), "compute/\nnetwork/");
  EXPECT_EQ(BodyOf(AskText("/network/interface")), "0/");
  EXPECT_EQ(BodyOf(AskText("/network/interface/0")), "ipv4/\nipv6/\nmacAddress");
  EXPECT_EQ(BodyOf(AskText("/compute/publicKeys")), "");
}

TEST_F(InstanceResponseTest, WhatIsNotThereIsNotFound) {
  for (const char* tail :
       {"/Compute", "/compute/noSuchField", "/compute/name/x", "/network/interface/1",
        "/network/interface/00", "/network/interface/-1", "/network/interface/0x0",
        "/network/interface/18446744073709551616", "/compute/..", "/compute/.", "/compute;x=1",
        "/compute//name", "/compute/physicalZone"}) {
    const http::Response response = AskText(tail);
    EXPECT_EQ(response.status, 404) << tail;
    EXPECT_EQ(BodyOf(response), R"({ "error": "Not found" })");
  }
}

TEST_F(InstanceResponseTest, ADocumentIsRenderedOnceForAMachineAndAVersion) {
  const InstanceDocument& first = InstanceDocumentOf(*entry_, 5);
  EXPECT_EQ(&InstanceDocumentOf(*entry_, 5), &first);
  EXPECT_NE(&InstanceDocumentOf(*entry_, 6), &first);
  EXPECT_EQ(&InstanceDocumentOf(*entry_, 3), &InstanceDocumentOf(*entry_, 2)) << "nothing new";
  EXPECT_NE(&InstanceDocumentOf(*MakeEntry("{}"), 5), &first);
}

TEST_F(InstanceResponseTest, ABodyHoldsItsMachineUntilItIsSent) {
  const http::Response response = AskJson("/compute");
  const std::string before = BodyOf(response);
  entry_.reset();
  EXPECT_EQ(BodyOf(response), before);
}

TEST_F(InstanceResponseTest, EachVersionAddsAndNoneTakesAway) {
  std::string_view last = "2017-04-02";
  std::size_t size = 0;
  for (const std::string_view version : ApiVersions().subspan(1)) {
    const http::Response response = Ask("", "api-version=" + std::string(version));
    ASSERT_EQ(response.status, 200) << version;
    EXPECT_GE(BodyOf(response).size(), size) << last << " to " << version;
    size = BodyOf(response).size();
    last = version;
  }
}

TEST_F(InstanceResponseTest, EveryFieldBeginsInAListedVersion) {
  for (const InstanceField& field : InstanceFields()) {
    EXPECT_THAT(ApiVersions(), testing::Contains(field.since)) << field.path;
  }
}

struct ErrorCase {
  Error error;
  int status;
  const char* body;
};

TEST_F(InstanceResponseTest, WordsRefusalsAsTheGeneralCategoriesDo) {
  const ErrorCase cases[] = {
      {{ErrorKind::kInvalidRequest, reasons::kMetadataHeader,
        "Required metadata header not specified"},
       400,
       R"({"error":"Bad request. Required metadata header not specified"})"},
      {{ErrorKind::kInvalidRequest, reasons::kUnknownMachine, "m"},
       404,
       R"({ "error": "Not found" })"},
      {{ErrorKind::kInternal, reasons::kStoreFailed, "a path"},
       500,
       R"({"error":"Internal server error"})"},
  };
  for (const ErrorCase& it : cases) {
    const http::Response response = RenderInstanceError(it.error);
    EXPECT_EQ(response.status, it.status);
    EXPECT_EQ(BodyOf(response), it.body);
  }
  const http::Response version = Ask("", "");
  EXPECT_EQ(version.status, 400);
  EXPECT_EQ(BodyOf(version), UnknownVersionBody());
  EXPECT_EQ(RenderInstanceFault(FaultProfile::kUpdating404).status, 404);
  EXPECT_EQ(RenderInstanceFault(FaultProfile::kUpdating410).status, 410);
  EXPECT_EQ(RenderInstanceFault(FaultProfile::kUpstreamDown).status, 500);
  EXPECT_EQ(RenderInstanceFault(FaultProfile::kThrottled).status, 429);
}

TEST_F(InstanceResponseTest, ListsAllVersions) {
  EXPECT_THAT(BodyOf(RenderVersions()), HasSubstr(R"({"apiVersions":["2017-03-01","2017-04-02",)"));
  EXPECT_EQ(json::parse(BodyOf(RenderVersions())).at("apiVersions").as_array().size(),
            ApiVersions().size());
}

}  // namespace
}  // namespace openimds::imds
