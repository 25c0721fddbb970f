// SPDX-License-Identifier: Apache-2.0
#include "frontends/oauth/routes.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include <boost/json.hpp>

#include "store/memory_store.h"
#include "testing/answers.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"

namespace openimds::oauth {
namespace {

class OauthRoutesTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/openimds-oauth-XXXXXX";
    folder_ = mkdtemp(folder);
    registry_ = *Registry::Open(store_, {});
    SeedNames names;
    names.machine = "vm1";
    ASSERT_THAT(registry_->SeedIfEmpty(names), IsOk());
    keys_ = *KeyRing::Open(folder_ + "/keys", clock_);
    AuthoritySettings settings;
    settings.public_url = "http://127.0.0.1:50343";
    authority_ = std::make_unique<Authority>(settings, *keys_);
    router_ = MakeRouter();
    AddRoutes(*registry_, *authority_, router_.get());
    tenant_ = registry_->Read()->tenants.begin()->first.ToString();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  http::Response Get(const std::string& path) {
    const Peer peer;
    const http::Request request{
        .method = "GET", .path = path, .query = {}, .headers = {}, .body = {}, .peer = peer};
    return std::get<http::Response>(router_->Route(request));
  }

  FakeClock clock_;
  MemoryStore store_;
  std::string folder_, tenant_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<Authority> authority_;
  std::shared_ptr<http::Router> router_;
};

TEST_F(OauthRoutesTest, TheDiscoveryDocumentLeadsToTheKeys) {
  for (const char* version : {"", "/v2.0"}) {
    const auto answer = Get("/" + tenant_ + version + "/.well-known/openid-configuration");
    ASSERT_EQ(answer.status, 200);
    const auto document = boost::json::parse(BodyOf(answer));
    EXPECT_EQ(document.at("issuer").as_string(), "http://127.0.0.1:50343/" + tenant_ + "/");
    const std::string uri(document.at("jwks_uri").as_string());
    ASSERT_TRUE(uri.starts_with("http://127.0.0.1:50343/"));
    const auto keys = Get(uri.substr(std::string("http://127.0.0.1:50343").size()));
    EXPECT_EQ(keys.status, 200);
    EXPECT_EQ(boost::json::parse(BodyOf(keys)).at("keys").as_array().size(), 1U);
  }
}

TEST_F(OauthRoutesTest, AnUnknownTenantIsEntrasError90002) {
  for (const std::string path :
       {"/11111111-1111-1111-1111-111111111111/.well-known/openid-configuration",
        "/common/.well-known/openid-configuration", "/nonsense/discovery/keys"}) {
    const auto answer = Get(path);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_THAT(BodyOf(answer), testing::HasSubstr("AADSTS90002")) << path;
  }
  EXPECT_EQ(Get("/common/discovery/keys").status, 200);
}

}  // namespace
}  // namespace openimds::oauth
