// SPDX-License-Identifier: Apache-2.0
#include "frontends/oauth/routes.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>

#include "crypto/jwt.h"
#include "crypto/secret_hash.h"
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
    endpoint_ = std::make_unique<TokenEndpoint>(
        TokenEndpointParts{*registry_, *authority_, authenticator_(), audit_, clock_}, door_);
    AddRoutes(*registry_, *authority_, *endpoint_, router_.get());
    tenant_ = registry_->Read()->tenants.begin()->first.ToString();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  http::Response Get(const std::string& path) {
    const Peer peer;
    const http::Request request{
        .method = "GET", .path = path, .query = {}, .headers = {}, .body = {}, .peer = peer};
    return std::get<http::Response>(router_->Route(request));
  }

  ClientAuthenticator& authenticator_() {
    believer_ = std::make_unique<ClientAuthenticator>(*authority_, issuer_keys_);
    return *believer_;
  }

  http::Response Post(const std::string& path, const std::string& body) {
    const Peer peer;
    const std::vector<http::Header> headers{{"Content-Type", "application/x-www-form-urlencoded"},
                                            {"Host", "127.0.0.1:50343"}};
    const http::Request request{.method = "POST",
                                .path = path,
                                .query = {},
                                .headers = headers,
                                .body = body,
                                .peer = peer};
    auto reply = router_->Route(request);
    if (auto* deferred = std::get_if<http::Deferred>(&reply)) return deferred->work();
    return std::get<http::Response>(reply);
  }
  const Identity& AnIdentity() { return *registry_->Read()->identities.begin()->second; }

  FakeClock clock_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  AuditTrail audit_{log_};
  http::OutboundClient outbound_{{}};
  IssuerKeys issuer_keys_{outbound_, clock_};
  std::unique_ptr<ClientAuthenticator> believer_;
  Published<Door> door_{std::make_shared<const Door>(Door{"authority", nullptr})};
  std::unique_ptr<TokenEndpoint> endpoint_;
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

TEST_F(OauthRoutesTest, ASecretGetsATokenInTheShapeOfEachVersion) {
  const Identity identity = AnIdentity();
  ASSERT_THAT(registry_->EditClient(identity.id,
                                    [&](ClientRegistration& client) -> Result<void> {
                                      client.passwords.push_back(
                                          {Guid::Random(), "", "", HashSecret(Secret("s3cret")),
                                           clock_.Now(), clock_.Now() + std::chrono::hours{1}});
                                      return {};
                                    }),
              IsOk());
  const std::string common = "grant_type=client_credentials&client_secret=s3cret&client_id=" +
                             identity.client_id.ToString();
  const auto v1 = Post("/" + tenant_ + "/oauth2/token", common + "&resource=https://x.example/");
  ASSERT_EQ(v1.status, 200) << BodyOf(v1);
  const auto first = boost::json::parse(BodyOf(v1));
  for (const char* name : {"expires_in", "expires_on", "not_before", "resource", "access_token"}) {
    EXPECT_TRUE(first.at(name).is_string()) << name;
  }
  const auto v2 =
      Post("/" + tenant_ + "/oauth2/v2.0/token", common + "&scope=https://x.example/.default");
  ASSERT_EQ(v2.status, 200);
  const auto second = boost::json::parse(BodyOf(v2));
  EXPECT_TRUE(second.at("expires_in").is_int64());
  EXPECT_FALSE(second.as_object().contains("resource"));
  const auto jwt = VerifyJwt(std::string_view(second.at("access_token").as_string()),
                             {keys_->Active()->jwk()}, clock_.Now());
  ASSERT_THAT(jwt, IsOk());
  EXPECT_EQ(jwt->claims().at("aud"), "https://x.example");
  EXPECT_EQ(jwt->claims().at("appidacr"), "1");
  EXPECT_EQ(jwt->claims().at("appid").as_string(), identity.client_id.ToString());
}

// What is sent, and how Entra answers it.
struct WrongRequest {
  const char* name;
  const char* body;  // behind grant_type; `{id}` is the identity's client id
  int status;
  const char* error;
  const char* code;
};

class WrongTokenRequestTest : public OauthRoutesTest,
                              public testing::WithParamInterface<WrongRequest> {};

TEST_P(WrongTokenRequestTest, HasEntrasStatusErrorAndNumber) {
  std::string body = GetParam().body;
  if (const auto at = body.find("{id}"); at != std::string::npos) {
    body.replace(at, 4, AnIdentity().client_id.ToString());
  }
  const auto answer = Post("/" + tenant_ + "/oauth2/v2.0/token", body);
  EXPECT_EQ(answer.status, GetParam().status);
  const auto document = boost::json::parse(BodyOf(answer));
  EXPECT_EQ(document.at("error"), GetParam().error);
  EXPECT_THAT(std::string(document.at("error_description").as_string()),
              testing::StartsWith(std::string("AADSTS") + GetParam().code + ": "));
  EXPECT_EQ(std::to_string(document.at("error_codes").at(0).as_int64()), GetParam().code);
  const bool asks = std::any_of(answer.headers.begin(), answer.headers.end(),
                                [](const auto& one) { return one.first == "WWW-Authenticate"; });
  EXPECT_EQ(asks, answer.status == 401);
}

INSTANTIATE_TEST_SUITE_P(
    , WrongTokenRequestTest,
    testing::Values(
        WrongRequest{"NoGrantType", "client_id={id}", 400, "invalid_request", "900144"},
        WrongRequest{"AnotherGrant", "grant_type=password&client_id={id}", 400,
                     "unsupported_grant_type", "70003"},
        WrongRequest{"UnknownClient",
                     "grant_type=client_credentials&client_id=cafecafe-0000-0000-0000-000000000000&"
                     "client_secret=x&scope=https://x.example/.default",
                     400, "unauthorized_client", "700016"},
        WrongRequest{"WrongSecret",
                     "grant_type=client_credentials&client_id={id}&client_secret=x&"
                     "scope=https://x.example/.default",
                     401, "invalid_client", "7000215"},
        WrongRequest{"NoProof",
                     "grant_type=client_credentials&client_id={id}&"
                     "scope=https://x.example/.default",
                     401, "invalid_client", "7000218"},
        WrongRequest{"NoDefaultScope",
                     "grant_type=client_credentials&client_id={id}&client_secret=x&scope=openid",
                     400, "invalid_scope", "70011"},
        WrongRequest{"TwoSecrets",
                     "grant_type=client_credentials&client_id={id}&client_secret=x&client_secret=y",
                     400, "invalid_request", "90014"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace openimds::oauth
