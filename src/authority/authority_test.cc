// SPDX-License-Identifier: Apache-2.0
#include "authority/authority.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

namespace json = boost::json;
using testing::ContainerEq;
using testing::MatchesRegex;

constexpr char kManagement[] = "https://management.azure.com/";
constexpr char kTenant[] = "aaaaaaaa-0000-0000-0000-000000000001";
constexpr char kIssuer[] = "http://127.0.0.1:50343/aaaaaaaa-0000-0000-0000-000000000001/";
constexpr char kGroup[] = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/Rg1";
constexpr std::int64_t kNow = 1'700'000'000;

// A member of a JSON object or value that must be a string.
template <class Json>
std::string Text(const Json& json, const char* name) {
  return std::string(json.at(name).as_string());
}

// One ring for all tests: keys are dear to make.
struct Keys {
  Keys() {
    std::string pattern = (std::filesystem::temp_directory_path() / "authority-XXXXXX").string();
    root = mkdtemp(pattern.data());
    ring = *KeyRing::Open(root / "keys", clock);
  }
  ~Keys() { std::filesystem::remove_all(root); }
  FakeClock clock{FromUnixSeconds(kNow)};
  std::filesystem::path root;
  std::unique_ptr<KeyRing> ring;
};

class AuthorityTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { keys_ = new Keys; }
  static void TearDownTestSuite() { delete std::exchange(keys_, nullptr); }

  static Authority Make(AuthoritySettings settings = {}) {
    if (settings.public_url.empty()) settings.public_url = "http://127.0.0.1:50343";
    return Authority(std::move(settings), *keys_->ring);
  }

  static TokenRequest Request(IdentityKind kind, std::string resource = kManagement) {
    const auto group = *ResourceId::Parse(kGroup);
    const auto machine_id = *ResourceId::ForMachine(group, "VM1");
    const auto id = kind == IdentityKind::kSystemAssigned
                        ? machine_id
                        : *ResourceId::ForUserAssignedIdentity(group, "id1");
    const Identity identity{kind,
                            id,
                            "local",
                            *Guid::Parse(kTenant),
                            *Guid::Parse("cccccccc-0000-0000-0000-000000000002"),
                            *Guid::Parse("dddddddd-0000-0000-0000-000000000003")};
    return {std::make_shared<const Identity>(identity),
            std::make_shared<const Machine>(Machine{machine_id, "local", Guid(), {}, {}}),
            std::move(resource)};
  }

  static std::vector<PublicJwk> PublishedKeys() {
    std::vector<PublicJwk> jwks;
    for (const auto& key : keys_->ring->Keys()) jwks.push_back(key.key->jwk());
    return jwks;
  }

  static json::object ClaimsOf(const Result<AccessToken>& token) {
    EXPECT_THAT(token, IsOk());
    const auto jwt = VerifyJwt(token->value.RevealSecret(), PublishedKeys(), FromUnixSeconds(kNow));
    EXPECT_THAT(jwt, IsOk());
    return jwt ? jwt->claims() : json::object{};
  }
  static json::object Claims(const TokenRequest& request) {
    return ClaimsOf(Make().Mint(request, FromUnixSeconds(kNow)));
  }

  static std::string Take(json::object& object, const char* name) {
    const std::string text(object.at(name).as_string());
    object[name] = "…";
    return text;
  }

  static Keys* keys_;
};

Keys* AuthorityTest::keys_ = nullptr;

// protocol.md F.5, in its order; what is random is checked and taken out.
TEST_F(AuthorityTest, ClaimsOfASystemAssignedIdentityAreExact) {
  json::object claims = Claims(Request(IdentityKind::kSystemAssigned));
  std::string bytes;
  EXPECT_THAT(Take(claims, "aio"), MatchesRegex("[A-Za-z0-9+/]{31}="));
  EXPECT_THAT(Take(claims, "rh"), MatchesRegex("1\\.[A-Za-z0-9_-]{52}\\."));
  EXPECT_TRUE(Base64UrlDecode(Take(claims, "uti"), &bytes));
  EXPECT_EQ(bytes.size(), 16u);
  EXPECT_EQ(json::serialize(claims),
            R"({"aud":"https://management.azure.com/",)"
            R"("iss":"http://127.0.0.1:50343/aaaaaaaa-0000-0000-0000-000000000001/",)"
            R"("iat":1699999700,"nbf":1699999700,"exp":1700086400,"aio":"…",)"
            R"("appid":"cccccccc-0000-0000-0000-000000000002","appidacr":"2",)"
            R"("idp":"http://127.0.0.1:50343/aaaaaaaa-0000-0000-0000-000000000001/",)"
            R"("idtyp":"app","oid":"dddddddd-0000-0000-0000-000000000003","rh":"…",)"
            R"("sub":"dddddddd-0000-0000-0000-000000000003",)"
            R"("tid":"aaaaaaaa-0000-0000-0000-000000000001","uti":"…","ver":"1.0",)"
            R"("xms_mirid":"/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/)"
            R"(Rg1/providers/Microsoft.Compute/virtualMachines/VM1"})");
}

TEST_F(AuthorityTest, AUserAssignedIdentityAlsoNamesTheHostingMachine) {
  json::object claims = Claims(Request(IdentityKind::kUserAssigned));
  const std::string group =
      "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/Rg1";
  EXPECT_EQ(Text(claims, "xms_mirid"),
            group + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1");
  EXPECT_EQ(Text(claims, "xms_az_rid"), group + "/providers/Microsoft.Compute/virtualMachines/VM1");
  EXPECT_EQ(claims.size(), 18u);
}

TEST_F(AuthorityTest, ACustomAppRegistrationGetsNoMirid) {
  for (const char* resource : {"api://my-app", "API://my-app", "api://AzureADTokenExchange",
                               "66666666-7777-4888-8999-000000000000"}) {
    const auto claims = Claims(Request(IdentityKind::kSystemAssigned, resource));
    EXPECT_FALSE(claims.contains("xms_mirid")) << resource;
    EXPECT_EQ(Text(claims, "aud"), resource);
  }
}

TEST_F(AuthorityTest, TheAudienceIsTheResourceVerbatim) {
  for (const char* resource :
       {"https://management.azure.com", "https://management.azure.com//", "HTTPS://Vault.Azure.NET",
        "https://x/?a=\"b\\c", "https://x/%2F/.default", "urn:x"}) {
    EXPECT_EQ(Text(Claims(Request(IdentityKind::kSystemAssigned, resource)), "aud"), resource);
  }
}

TEST_F(AuthorityTest, TimesAreWholeSecondsAndFollowTheLifetime) {
  AuthoritySettings settings;
  settings.token_lifetime = std::chrono::minutes{5};
  const Time now = FromUnixSeconds(kNow) + std::chrono::milliseconds{999};
  const auto token = Make(settings).Mint(Request(IdentityKind::kSystemAssigned), now);
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->not_before, FromUnixSeconds(kNow - 300));
  EXPECT_EQ(token->expires_on, FromUnixSeconds(kNow + 300));
  const auto claims = ClaimsOf(token);
  EXPECT_EQ(claims.at("nbf"), kNow - 300);
  EXPECT_EQ(claims.at("exp"), kNow + 300);
}

TEST_F(AuthorityTest, ByDefaultATokenSpansAsManySecondsAsAzures) {
  const auto token = Make().Mint(Request(IdentityKind::kSystemAssigned), FromUnixSeconds(kNow));
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->expires_on - token->not_before, std::chrono::seconds{86'700});
}

TEST_F(AuthorityTest, TwoTokensAreNeverTheSame) {
  const auto request = Request(IdentityKind::kSystemAssigned);
  auto one = Claims(request), two = Claims(request);
  for (const char* name : {"aio", "rh", "uti"}) EXPECT_NE(Take(one, name), Take(two, name)) << name;
  EXPECT_EQ(one, two);
}

TEST_F(AuthorityTest, AnAudienceListIsExact) {
  AuthoritySettings settings;
  settings.audiences = {"https://vault.azure.net", kManagement};
  const Authority authority = Make(settings);
  const Time now = FromUnixSeconds(kNow);
  EXPECT_THAT(authority.Mint(Request(IdentityKind::kSystemAssigned), now), IsOk());
  EXPECT_THAT(
      authority.Mint(Request(IdentityKind::kSystemAssigned, "https://vault.azure.net"), now),
      IsOk());
  for (const char* resource : {"https://vault.azure.net/", "https://vault.azure.ne",
                               "https://VAULT.azure.net", "https://graph.microsoft.com"}) {
    EXPECT_THAT(authority.Mint(Request(IdentityKind::kSystemAssigned, resource), now),
                FailsWith(reasons::kAudienceUnknown))
        << resource;
  }
}

// field-cases.md: AzureAD/microsoft-identity-web#2796.
TEST_F(AuthorityTest, AnUnknownAudienceIsRefusedInEntrasWords) {
  AuthoritySettings settings;
  settings.audiences = {kManagement};
  const auto refused = Make(settings).Mint(
      Request(IdentityKind::kSystemAssigned, "api://x./default"), FromUnixSeconds(kNow));
  ASSERT_THAT(refused, FailsWith(reasons::kAudienceUnknown));
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidRequest);
  const std::string guid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
  EXPECT_THAT(
      refused.error().message,
      MatchesRegex("AADSTS500011: The resource principal named api://x\\./default was not "
                   "found in the tenant named " +
                   std::string(kTenant) +
                   "\\. This can happen if the application has not been installed by the "
                   "administrator of the tenant or consented to by any user in the tenant\\."
                   " You might have sent your authentication request to the wrong tenant\\."
                   "\r\nTrace ID: " +
                   guid + "\r\nCorrelation ID: " + guid + "\r\nTimestamp: 2023-11-14 22:13:20Z"));
}

TEST_F(AuthorityTest, AResourceThatCannotBeAnAudienceIsRefused) {
  for (const std::string& resource :
       {std::string(), std::string("https://x y"), std::string("https://x\r\ny"),
        std::string("https://\xff"), std::string("https://x\0", 10), std::string("https://ä")}) {
    EXPECT_THAT(
        Make().Mint(Request(IdentityKind::kSystemAssigned, resource), FromUnixSeconds(kNow)),
        FailsWith(reasons::kResourceInvalid));
  }
}

TEST_F(AuthorityTest, TheIssuerIsConfigurableAndNamesTheTenant) {
  const Guid tenant = *Guid::Parse(kTenant);
  EXPECT_EQ(Make().IssuerOf(tenant), kIssuer);
  AuthoritySettings settings;
  settings.issuer = "https://sts.windows.net/{tenant}/";
  EXPECT_EQ(Make(settings).IssuerOf(tenant),
            "https://sts.windows.net/" + std::string(kTenant) + "/");
  settings.issuer = "https://issuer.example";
  EXPECT_EQ(Make(settings).IssuerOf(tenant), "https://issuer.example");
  settings.issuer = "{tenant}/{tenant}";
  EXPECT_EQ(Make(settings).IssuerOf(tenant), std::string(kTenant) + "/" + kTenant);
  settings.issuer = "https://x/\t\"\x01\\";
  EXPECT_EQ(Text(ClaimsOf(Make(settings).Mint(Request(IdentityKind::kSystemAssigned),
                                              FromUnixSeconds(kNow))),
                 "iss"),
            settings.issuer);
}

TEST_F(AuthorityTest, TheIssuerIsOneInTokenAndDocumentsHoweverItIsConfigured) {
  for (const char* issuer : {"", "https://sts.windows.net/{tenant}/"}) {
    AuthoritySettings settings;
    settings.issuer = issuer;
    const Authority authority = Make(settings);
    const auto claims =
        ClaimsOf(authority.Mint(Request(IdentityKind::kSystemAssigned), FromUnixSeconds(kNow)));
    for (const auto version : {DiscoveryVersion::kV1, DiscoveryVersion::kV2}) {
      const auto document = json::parse(authority.RenderDiscovery(*Guid::Parse(kTenant), version));
      EXPECT_EQ(document.at("issuer"), claims.at("iss"));
    }
    EXPECT_EQ(claims.at("idp"), claims.at("iss"));
  }
}

// protocol.md F.4.
TEST_F(AuthorityTest, TheDiscoveryDocumentHasEveryMemberOfAzures) {
  const std::vector<std::string> expected = {"token_endpoint",
                                             "token_endpoint_auth_methods_supported",
                                             "jwks_uri",
                                             "response_modes_supported",
                                             "subject_types_supported",
                                             "id_token_signing_alg_values_supported",
                                             "response_types_supported",
                                             "scopes_supported",
                                             "issuer",
                                             "request_uri_parameter_supported",
                                             "userinfo_endpoint",
                                             "authorization_endpoint",
                                             "device_authorization_endpoint",
                                             "http_logout_supported",
                                             "frontchannel_logout_supported",
                                             "end_session_endpoint",
                                             "claims_supported",
                                             "kerberos_endpoint",
                                             "tenant_region_scope",
                                             "cloud_instance_name",
                                             "cloud_graph_host_name",
                                             "msgraph_host",
                                             "rbac_url"};
  const auto document =
      json::parse(Make().RenderDiscovery(*Guid::Parse(kTenant), DiscoveryVersion::kV2));
  std::vector<std::string> names;
  for (const auto& member : document.as_object()) names.emplace_back(member.key());
  EXPECT_THAT(names, ContainerEq(expected));
}

TEST_F(AuthorityTest, TheDiscoveryDocumentsPointToTheAuthorityItself) {
  const std::string base = "http://127.0.0.1:50343/" + std::string(kTenant);
  const auto v1 = json::parse(Make().RenderDiscovery(*Guid::Parse(kTenant), DiscoveryVersion::kV1));
  EXPECT_EQ(Text(v1, "token_endpoint"), base + "/oauth2/token");
  EXPECT_EQ(Text(v1, "jwks_uri"), base + "/discovery/keys");
  const std::string text = Make().RenderDiscovery(*Guid::Parse(kTenant), DiscoveryVersion::kV2);
  const auto v2 = json::parse(text);
  EXPECT_EQ(Text(v2, "token_endpoint"), base + "/oauth2/v2.0/token");
  EXPECT_EQ(Text(v2, "jwks_uri"), base + "/discovery/v2.0/keys");
  EXPECT_EQ(Text(v2, "cloud_instance_name"), "127.0.0.1");
  EXPECT_THAT(text, testing::Not(testing::ContainsRegex("microsoft(online)?[.]com|windows[.]net")));
}

TEST_F(AuthorityTest, TheCloudIsNamedAfterTheHostOfThePublicUrl) {
  for (const auto& [url, host] : std::vector<std::pair<std::string, std::string>>{
           {"https://login.example", "login.example"},
           {"https://login.example:8443", "login.example"},
           {"http://[::1]:50343", "[::1]"},
           {"https://host.example/prefix", "host.example"}}) {
    AuthoritySettings settings;
    settings.public_url = url;
    const auto document =
        json::parse(Make(settings).RenderDiscovery(*Guid::Parse(kTenant), DiscoveryVersion::kV1));
    EXPECT_EQ(Text(document, "cloud_instance_name"), host) << url;
  }
}

// attacks.md row 39.
TEST_F(AuthorityTest, TheKeySetHoldsPublicMembersOnly) {
  const std::set<std::string> v1 = {"kty", "use", "kid", "x5t", "n", "e", "x5c"};
  std::set<std::string> v2 = v1;
  v2.insert({"issuer", "cloud_instance_name"});
  for (const auto version : {DiscoveryVersion::kV1, DiscoveryVersion::kV2}) {
    const auto document = json::parse(Make().RenderJwks(*Guid::Parse(kTenant), version));
    ASSERT_EQ(document.as_object().size(), 1u);
    for (const auto& key : document.at("keys").as_array()) {
      std::set<std::string> names;
      for (const auto& member : key.as_object()) names.emplace(member.key());
      EXPECT_EQ(names, version == DiscoveryVersion::kV1 ? v1 : v2);
    }
  }
}

TEST_F(AuthorityTest, ATokenVerifiesWithTheKeySetAloneBeforeAndAfterARotation) {
  const Authority authority = Make();
  const auto verify = [&](const AccessToken& token) {
    std::vector<PublicJwk> keys;
    const auto document =
        json::parse(authority.RenderJwks(*Guid::Parse(kTenant), DiscoveryVersion::kV2));
    for (const auto& key : document.at("keys").as_array()) {
      const auto text = [&](const char* name) { return Text(key, name); };
      EXPECT_EQ(key.at("kid"), key.at("x5t"));
      EXPECT_EQ(text("issuer"), kIssuer);
      std::string der;
      EXPECT_TRUE(Base64Decode(std::string(key.at("x5c").at(0).as_string()), &der));
      EXPECT_EQ(text("x5t"), Base64UrlEncode(Sha1(der)));
      keys.push_back({text("kid"), text("x5t"), text("n"), text("e"), ""});
    }
    return VerifyJwt(token.value.RevealSecret(), keys, FromUnixSeconds(kNow));
  };
  const auto request = Request(IdentityKind::kSystemAssigned);
  const auto before = authority.Mint(request, FromUnixSeconds(kNow));
  ASSERT_THAT(before, IsOk());
  EXPECT_THAT(verify(*before), IsOk());
  ASSERT_THAT(keys_->ring->Rotate(kRotationOverlap), IsOk());
  const auto after = authority.Mint(request, FromUnixSeconds(kNow));
  ASSERT_THAT(after, IsOk());
  EXPECT_NE(ReadJwt(after->value.RevealSecret())->kid, ReadJwt(before->value.RevealSecret())->kid);
  EXPECT_THAT(verify(*before), IsOk());
  EXPECT_THAT(verify(*after), IsOk());
}

}  // namespace
}  // namespace openimds
