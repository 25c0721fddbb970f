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
  Result<void> Serve(const ResourceId&, const ResourceId&, std::uint16_t) override { return {}; }
  void EndOthers(const Snapshot&) override {}
  bool IsServed(const ResourceId&) const override { return true; }
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

class AccessMatrixTest : public testing::TestWithParam<Route> {
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
    endpoint_ = std::make_unique<Endpoint>(
        Workplace{*registry_, *authority_, clock_, log_, extensions_});
  }

  std::shared_ptr<const Identity> Principal(std::string_view name, std::string_view role,
                                            const std::string& scope) {
    const auto made = MakeAdministrator(
        *registry_, name, *Guid::Parse(FindRoleNamed(role)->name), scope, clock_.Now());
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
  std::string Path() const {
    const std::pair<std::string_view, std::string> values[] = {
        {"{scope...}", subscription_ + "/resourceGroups/here"},
        {"{subscription}", subscription_.substr(subscription_.rfind('/') + 1)},
        {"{group}", "here"},
        {"{namespace}", "Microsoft.Network"},
        {"{type}", "virtualNetworks"},
        {"{child_type}", "subnets"},
        {"|", ""}};
    std::string path(GetParam().path);
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

  Outcome Ask(const std::string& token) {
    const std::string bearer = "Bearer " + token;
    std::vector<http::Header> headers{{"Host", kHost}};
    if (!token.empty()) headers.push_back({"Authorization", bearer});
    const Peer peer;
    const std::string path = Path();
    const http::Request request{GetParam().method, path, "api-version=2020-06-01", headers, "{}",
                                peer};
    const auto reply = endpoint_->Handle(request);
    const http::Response response = std::get<http::Deferred>(reply).work();
    const std::string& body = std::get<std::string>(response.body);
    if (response.status < 400) return {response.status, ""};
    const auto error = boost::json::parse(body).as_object().at("error").as_object();
    return {response.status, std::string(error.at("code").as_string())};
  }

  // Anything but a refusal for want of a right; what the request itself lacks is not asked here.
  bool IsLetIn(const Outcome& outcome) const {
    return outcome.status != 401 && outcome.status != 403;
  }
  bool Reads() const { return GetParam().method == "GET" || GetParam().method == "HEAD"; }
  bool IsAboutRoles() const {
    return GetParam().path.find("Microsoft.Authorization") != std::string_view::npos;
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

TEST_P(AccessMatrixTest, HasARule) {
  const bool by_action = GetParam().rule == Rule::kAction;
  EXPECT_EQ(by_action, !GetParam().action.empty());
  EXPECT_NE(GetParam().handle, nullptr);
  // What only looks is not in the hands of who may only write, and the other way round.
  EXPECT_EQ(Reads(), !by_action || GetParam().action.ends_with("/read"));
}

TEST_P(AccessMatrixTest, StrangersAreRefused) {
  EXPECT_EQ(Ask("").code, "AuthenticationFailed");
  EXPECT_EQ(Ask("nonsense").code, "InvalidAuthenticationToken");
  const auto owner = Principal("owner", "Owner", "/");
  EXPECT_EQ(Ask(TokenOf(owner, "https://vault.azure.net/")).code,
            "InvalidAuthenticationTokenAudience");
  const std::string old = TokenOf(owner);
  clock_.Advance(std::chrono::hours{25});
  EXPECT_EQ(Ask(old).code, "ExpiredAuthenticationToken");
}

TEST_P(AccessMatrixTest, AReaderOnlyReads) {
  const auto reader = Principal("reader", "Reader", subscription_);
  EXPECT_EQ(IsLetIn(Ask(TokenOf(reader))), Reads());
}

TEST_P(AccessMatrixTest, AContributorDoesAllButGiveRights) {
  const auto contributor = Principal("contributor", "Contributor", subscription_);
  EXPECT_EQ(IsLetIn(Ask(TokenOf(contributor))), Reads() || !IsAboutRoles());
}

TEST_P(AccessMatrixTest, AnOwnerElsewhereIsAStrangerHere) {
  const auto owner = Principal("other", "Owner", elsewhere_);
  EXPECT_EQ(IsLetIn(Ask(TokenOf(owner))), GetParam().rule == Rule::kAnyPrincipal);
}

TEST_P(AccessMatrixTest, AnOwnerMayDoAllOfIt) {
  const auto owner = Principal("owner", "Owner", subscription_);
  EXPECT_TRUE(IsLetIn(Ask(TokenOf(owner))));
}

std::string CaseName(const testing::TestParamInfo<Route>& info) {
  std::string name = std::to_string(info.index) + "_" + std::string(info.param.method);
  for (const char c : info.param.path) name += isalnum(c) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(AllRoutes, AccessMatrixTest, testing::ValuesIn(Routes()), CaseName);

}  // namespace
}  // namespace openimds::arm
