// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <gmock/gmock.h>

#include "base/reasons.h"

namespace openimds::http {
namespace {

class RouterTest : public testing::Test {
 protected:
  static Router Make(Router::Options options) {
    Router router(options, [](int status, const Error& error, const Request*) {
      return Response::Json(status, std::string(error.reason));
    });
    router.Add("GET", "/metadata/identity", [](const Request& request) -> Reply {
      return Response::Json(200, std::string(request.path));
    });
    router.Add("POST", "/form", [](const Request&) -> Reply { return Response::Json(200, "{}"); });
    return router;
  }

  static Response Ask(const Router& router, std::string_view method, std::string_view path) {
    const Peer peer;
    const Request request{
        .method = method, .path = path, .query = {}, .headers = {}, .body = {}, .peer = peer};
    return std::get<Response>(router.Route(request));
  }
};

TEST_F(RouterTest, WhatIsNotListedIsRefused) {
  const Router router = Make({});
  EXPECT_EQ(Ask(router, "GET", "/metadata/identity").status, 200);
  for (const char* path : {"/", "/metadata", "/metadata/identity/", "/metadata/identity/x",
                           "/METADATA/identity", "//metadata/identity", "/metadata//identity",
                           "/metadata/identity;x=1", "/metadata/./identity"}) {
    EXPECT_EQ(Ask(router, "GET", path).status, 404) << path;
  }
}

TEST_F(RouterTest, AnotherMethodIsToldWhichOnesThereAreAndTheConnectionEnds) {
  const Response response = Ask(Make({}), "DELETE", "/form");
  EXPECT_EQ(response.status, 405);
  EXPECT_TRUE(response.close);
  EXPECT_THAT(response.headers, testing::ElementsAre(testing::Pair("Allow", "POST")));
}

TEST_F(RouterTest, HeadIsAGetWithoutItsBody) {
  EXPECT_EQ(Ask(Make({}), "HEAD", "/metadata/identity").status, 200);
  EXPECT_EQ(Ask(Make({}), "HEAD", "/form").status, 405);
}

TEST_F(RouterTest, AVariableStandsForExactlyOneSegment) {
  Router router = Make({});
  router.Add("GET", "/{tenant}/keys", [](const Request&) -> Reply { return Response{}; });
  EXPECT_EQ(Ask(router, "GET", "/common/keys").status, 200);
  for (const char* path : {"/keys", "//keys", "/a/b/keys", "/a/keys/", "/a/keysx", "/a"}) {
    EXPECT_EQ(Ask(router, "GET", path).status, 404) << path;
  }
}

TEST_F(RouterTest, ATailStandsForAllThatFollowsRawAndForNothingElse) {
  Router router = Make({.first_segment_ignores_case = true});
  router.Add("GET", "/metadata/instance/{path...}", [](const Request& request) -> Reply {
    return Response::Json(200, std::string(request.path));
  });
  for (const char* path : {"/metadata/instance/", "/metadata/instance/compute",
                           "/metadata/instance/network/interface/0", "/metadata/instance//a/",
                           "/METADATA/instance/../identity", "/metadata/instance/{path...}"}) {
    const Response response = Ask(router, "GET", path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(std::get<std::string>(response.body), path);
  }
  for (const char* path :
       {"/metadata/instance", "/metadata/instancex/a", "/metadata/Instance/a",
        "//metadata/instance/a", "/metadata//instance/a", "/a/metadata/instance/"}) {
    EXPECT_EQ(Ask(router, "GET", path).status, 404) << path;
  }
  EXPECT_EQ(Ask(router, "POST", "/metadata/instance/compute").status, 405);
}

TEST_F(RouterTest, OnlyTheFirstSegmentMayIgnoreCase) {
  const Router router = Make({.first_segment_ignores_case = true});
  EXPECT_EQ(Ask(router, "GET", "/MetaData/identity").status, 200);
  EXPECT_EQ(Ask(router, "GET", "/metadata/Identity").status, 404);
}

TEST_F(RouterTest, RepeatedSlashesCollapseOnlyWhereAsked) {
  const Router router = Make({.collapses_repeated_slashes = true});
  EXPECT_EQ(Ask(router, "GET", "//metadata///identity").status, 200);
  EXPECT_EQ(Ask(router, "POST", "//form/").status, 404);
}

}  // namespace
}  // namespace openimds::http
