// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/call.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "frontends/arm/route.h"
#include "testing/matchers.h"

namespace openimds::arm {
namespace {

using testing::ElementsAre;

Result<Call> Read(std::string_view path, std::string_view query = "api-version=2020-06-01") {
  Received received;
  received.method = "GET";
  received.path = path;
  received.query = query;
  received.host = "localhost:1";
  return ReadCall(received);
}

std::string CodeOf(const Result<Call>& call) { return call ? "none" : call.error().code; }

TEST(CallTest, EmptySegmentsAreNone) {
  EXPECT_THAT(Read("//subscriptions//a/")->segments, ElementsAre("subscriptions", "a"));
  EXPECT_THAT(Read("/")->segments, ElementsAre());
}

TEST(CallTest, NamesOfTheQueryAreDecodedAndWithoutCase) {
  const auto call =
      Read("/a", "API-Version=2020-06-01&%24expand=instanceView&$filter=a+eq+%27b%27");
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(call->Query("$expand"), "instanceView");
  EXPECT_EQ(call->Query("$filter"), "a eq 'b'");
  EXPECT_EQ(call->Query("$top"), "");
}

TEST(CallTest, AnApiVersionIsADate) {
  EXPECT_EQ(CodeOf(Read("/a", "")), "MissingApiVersionParameter");
  EXPECT_EQ(CodeOf(Read("/a", "api-version=")), "MissingApiVersionParameter");
  for (const std::string wrong :
       {"2020", "2020-06-011", "2020-06-01-", "2020-06-01x", "x", "2020-06-01-pre1"}) {
    EXPECT_EQ(CodeOf(Read("/a", "api-version=" + wrong)), "InvalidApiVersionParameter") << wrong;
  }
  EXPECT_EQ(CodeOf(Read("/a", "api-version=2022-01-31-preview")), "none");
  EXPECT_EQ(CodeOf(Read("/a", "api-version=2020-06-01&API-VERSION=2021-01-01")),
            "InvalidQueryParameter");
}

TEST(CallTest, ABodyIsOneObjectOfBoundedDepth) {
  EXPECT_THAT(ReadBody(""), IsOk());
  EXPECT_THAT(ReadBody(R"({"a": null})"), IsOk());
  for (const std::string wrong : {"[]", "1", "{", R"({"a":1} x)", "{a:1}"}) {
    EXPECT_FALSE(ReadBody(wrong)) << wrong;
  }
  std::string deep = "{}";
  for (std::size_t i = 1; i < kMaxBodyDepth; ++i) deep = R"({"a":)" + deep + "}";
  EXPECT_THAT(ReadBody(deep), IsOk());
  EXPECT_FALSE(ReadBody(R"({"a":)" + deep + "}"));
}

TEST(CallTest, NullsAreTakenOutAtEveryDepth) {
  boost::json::value value = boost::json::parse(R"({"a":null,"b":[{"c":null,"d":1}],"e":{}})");
  DropNulls(&value);
  EXPECT_EQ(boost::json::serialize(value), R"({"b":[{"d":1}],"e":{}})");
}

// ---- routes ----------------------------------------------------------------------------------

Result<Answer> Nothing(const Workplace&, const Call&) { return Answer{}; }

const std::vector<Route> kRoutes{
    {"GET", "/subscriptions/{s}/resourceGroups/{g}|/providers/A.B/things/{n}", Rule::kAction,
     "A.B/things/read", Nothing},
    {"PUT", "{scope...}|/providers/C/notes/{n}", Rule::kAction, "C/notes/write", Nothing},
    {"GET", "/subscriptions/{s}/resourceGroups/{g}/providers/{namespace}/{type}/{n}", Rule::kAction,
     "{namespace}/{type}/read", Nothing}};

TEST(RouteTest, IdsAreSpeltAsRoutesAre) {
  auto call = Read("/SUBSCRIPTIONS/s/resourcegroups/G//providers/a.b/THINGS/x");
  const auto route = FindRoute(kRoutes, &*call);
  ASSERT_THAT(route, IsOk());
  EXPECT_EQ(*route, &kRoutes[0]);
  EXPECT_EQ(call->target, "/subscriptions/s/resourceGroups/G/providers/A.B/things/x");
  EXPECT_EQ(call->scope, "/subscriptions/s/resourceGroups/G");
  EXPECT_EQ(call->At("n"), "x");
}

TEST(RouteTest, TheFirstThatFitsIsMeantAndActionsNameWhatWasAsked) {
  auto call = Read("/subscriptions/s/resourceGroups/g/providers/D/things/x");
  ASSERT_EQ(*FindRoute(kRoutes, &*call), &kRoutes[2]);
  EXPECT_EQ(call->action, "D/things/read");
  EXPECT_EQ(call->scope, "/subscriptions/s/resourceGroups/g/providers/D/things/x");
}

TEST(RouteTest, AScopeMayBeAnythingAndNothing) {
  for (const auto& [path, scope] : std::map<std::string, std::string>{
           {"/providers/C/notes/1", "/"},
           {"/subscriptions/s/providers/C/notes/1", "/subscriptions/s"},
           {"/subscriptions/s/RESOURCEGROUPS/g/providers/c/notes/1",
            "/subscriptions/s/resourceGroups/g"}}) {
    auto call = Read(path);
    call->method = "PUT";
    ASSERT_EQ(*FindRoute(kRoutes, &*call), &kRoutes[1]) << path;
    EXPECT_EQ(call->scope, scope);
  }
}

TEST(RouteTest, AnotherMethodIsSomethingElseThanNoPath) {
  auto call = Read("/subscriptions/s/resourceGroups/g/providers/A.B/things/x");
  call->method = "PATCH";
  EXPECT_EQ(FindRoute(kRoutes, &*call).error().code, "MethodNotAllowed");
  auto other = Read("/subscriptions");
  EXPECT_EQ(FindRoute(kRoutes, &*other).error().code, "InvalidRequestUri");
}

}  // namespace
}  // namespace openimds::arm
