// SPDX-License-Identifier: Apache-2.0
// Every route of the table against every kind of caller. A new route is judged here without being
// named; one without a rule fails.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "frontends/arm/endpoint.h"
#include "registry/administrators.h"
#include "registry/roles.h"
#include "store/memory_store.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"

namespace openimds::arm {
namespace {

constexpr std::string_view kHost = "localhost:50344";

class NoExtensions final : public ExtensionHost {
 public:
  Result<void> Serve(const ServedExtension&) override { return {}; }
  void EndOthers(const Registry&) override {}
  std::optional<Time> ServedSince(const ResourceId&) const override { return Time(); }
};

// The keys of all tests: making one takes a while.
class MatrixKeys {
 public:
  MatrixKeys() {
    std::string name = testing::TempDir() + "/openimds_arm_XXXXXX";
    if (mkdtemp(name.data())) folder_ = name;
    if (auto ring = KeyRing::Open(folder_ / "keys", clock_)) ring_ = *std::move(ring);
  }
  ~MatrixKeys() { std::filesystem::remove_all(folder_); }
  KeyRing& ring() { return *ring_; }

 private:
  FakeClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<KeyRing> ring_;
};

struct Outcome {
  int status;
  std::string code;
};

class AccessMatrixTest : public testing::Test {
 protected:
  void SetUp() override {
    static MatrixKeys keys;
    auto registry = Registry::Open(store_, {});
    ASSERT_THAT(registry, IsOk());
    registry_ = *std::move(registry);
    SeedNames names;
    names.machine = "vm";
    names.resource_group = "here";
    names.identity = "id";
    ASSERT_THAT(registry_->SeedIfEmpty(names), IsOk());
    subscription_ = registry_->Read()->subscriptions.begin()->second.id.text();
    elsewhere_ = subscription_ + "/resourceGroups/elsewhere";
    ASSERT_THAT(registry_->CreateResourceGroup(*ResourceId::Parse(elsewhere_), "local"), IsOk());
    AuthoritySettings settings;
    settings.public_url = "http://127.0.0.1:50343";
    authority_ = std::make_unique<Authority>(settings, keys.ring());
    endpoint_ =
        std::make_unique<Endpoint>(Workplace{*registry_, *authority_, clock_, log_, extensions_});
  }

  std::shared_ptr<const Identity> Principal(std::string_view name, std::string_view role,
                                            const std::string& scope) {
    const auto made = MakeAdministrator(*registry_, name, *Guid::Parse(FindRoleNamed(role)->name),
                                        scope, clock_.Now());
    EXPECT_THAT(made, IsOk());
    return std::make_shared<const Identity>(made->administrator);
  }

  std::string TokenOf(const std::shared_ptr<const Identity>& principal,
                      const std::string& audience = "https://localhost:50344/") {
    const auto token = authority_->Mint({principal, nullptr, audience}, clock_.Now());
    EXPECT_THAT(token, IsOk());
    return std::string(token->value.RevealSecret());
  }

  // The route's path with names of things in the group `here`.
  std::string PathOf(const Route& route) const {
    const std::pair<std::string_view, std::string> values[] = {
        {"{scope...}", subscription_ + "/resourceGroups/here"},
        {"{subscription}", subscription_.substr(subscription_.rfind('/') + 1)},
        {"{group}", "here"},
        {"{namespace}", "Microsoft.Network"},
        {"{type}", "virtualNetworks"},
        {"{child_type}", "subnets"},
        {"|", ""}};
    std::string path(route.path);
    for (const auto& [name, value] : values) {
      for (auto at = path.find(name); at != std::string::npos; at = path.find(name)) {
        path.replace(at, name.size(), value);
      }
    }
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{')) {
      path.replace(at, path.find('}') - at + 1, "any");
    }
    return path;
  }

  Outcome Ask(const Route& route, const std::string& token) {
    const std::string bearer = "Bearer " + token;
    std::vector<http::Header> headers{{"Host", kHost}};
    if (!token.empty()) headers.push_back({"Authorization", bearer});
    const Peer peer;
    const std::string path = PathOf(route);
    const http::Request request{route.method, path, "api-version=2020-06-01", headers, "{}", peer};
    const auto reply = endpoint_->Handle(request);
    const http::Response response = std::get<http::Deferred>(reply).work();
    const std::string& body = std::get<std::string>(response.body);
    if (response.status < 400) return {response.status, ""};
    const auto error = boost::json::parse(body).as_object().at("error").as_object();
    return {response.status, std::string(error.at("code").as_string())};
  }

  // Anything but a refusal for want of a right; what the request itself lacks is not asked here.
  bool LetsIn(const Route& route, const std::string& token) {
    const Outcome outcome = Ask(route, token);
    return outcome.status != 401 && outcome.status != 403;
  }

  FakeClock clock_;
  MemoryStore store_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  NoExtensions extensions_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Authority> authority_;
  std::unique_ptr<Endpoint> endpoint_;
  std::string subscription_;
  std::string elsewhere_;
};

bool Reads(const Route& route) { return route.method == "GET" || route.method == "HEAD"; }

bool IsAboutRoles(const Route& route) {
  return route.path.find("Microsoft.Authorization") != std::string_view::npos;
}

std::string NameOf(const Route& route) {
  return std::string(route.method) + " " + std::string(route.path);
}

TEST_F(AccessMatrixTest, EveryRouteHasARule) {
  for (const Route& route : Routes()) {
    SCOPED_TRACE(NameOf(route));
    const bool by_action = route.rule == Rule::kAction;
    EXPECT_EQ(by_action, !route.action.empty());
    EXPECT_NE(route.handle, nullptr);
    // What only looks is not in the hands of who may only write, and the other way round.
    EXPECT_EQ(Reads(route), !by_action || route.action.ends_with("/read"));
  }
}

TEST_F(AccessMatrixTest, StrangersAreRefused) {
  const auto owner = Principal("owner", "Owner", "/");
  const std::string elsewhere = TokenOf(owner, "https://vault.azure.net/");
  const std::string old = TokenOf(owner);
  clock_.Advance(std::chrono::hours{25});
  for (const Route& route : Routes()) {
    SCOPED_TRACE(NameOf(route));
    EXPECT_EQ(Ask(route, "").code, "AuthenticationFailed");
    EXPECT_EQ(Ask(route, "nonsense").code, "InvalidAuthenticationToken");
    EXPECT_EQ(Ask(route, old).code, "ExpiredAuthenticationToken");
  }
  clock_.Advance(-std::chrono::hours{25});
  for (const Route& route : Routes()) {
    SCOPED_TRACE(NameOf(route));
    EXPECT_EQ(Ask(route, elsewhere).code, "InvalidAuthenticationTokenAudience");
  }
}

TEST_F(AccessMatrixTest, AReaderOnlyReads) {
  const std::string token = TokenOf(Principal("reader", "Reader", subscription_));
  for (const Route& route : Routes()) {
    EXPECT_EQ(LetsIn(route, token), Reads(route)) << NameOf(route);
  }
}

TEST_F(AccessMatrixTest, AContributorDoesAllButGiveRights) {
  const std::string token = TokenOf(Principal("contributor", "Contributor", subscription_));
  for (const Route& route : Routes()) {
    EXPECT_EQ(LetsIn(route, token), Reads(route) || !IsAboutRoles(route)) << NameOf(route);
  }
}

TEST_F(AccessMatrixTest, AnOwnerElsewhereIsAStrangerHere) {
  const std::string token = TokenOf(Principal("other", "Owner", elsewhere_));
  for (const Route& route : Routes()) {
    EXPECT_EQ(LetsIn(route, token), route.rule == Rule::kAnyPrincipal) << NameOf(route);
  }
}

TEST_F(AccessMatrixTest, AnOwnerMayDoAllOfIt) {
  const std::string token = TokenOf(Principal("owner", "Owner", subscription_));
  for (const Route& route : Routes()) EXPECT_TRUE(LetsIn(route, token)) << NameOf(route);
}

}  // namespace
}  // namespace openimds::arm
