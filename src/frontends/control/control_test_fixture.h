// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "authority/authority.h"
#include "frontends/control/operations.h"
#include "http/outbound_client.h"
#include "registry/registry.h"
#include "store/memory_store.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"

namespace openimds::control {

// The keys of all tests of a process: making one takes a while. In a folder that goes at its end.
class TestKeys {
 public:
  TestKeys() {
    std::string name = testing::TempDir() + "/openimds_control_XXXXXX";
    if (mkdtemp(name.data())) folder_ = name;
    if (auto ring = KeyRing::Open(folder_ / "keys", clock_)) ring_ = *std::move(ring);
  }
  ~TestKeys() { std::filesystem::remove_all(folder_); }
  KeyRing* ring() { return ring_.get(); }

 private:
  FakeClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<KeyRing> ring_;
};

// Operations over real parts: a seeded registry on a memory store, and an authority.
class ControlTest : public testing::Test {
 protected:
  void SetUp() override {
    static TestKeys keys;
    ASSERT_NE(keys.ring(), nullptr);
    auto registry = Registry::Open(store_, RegistryLimits{.user_assigned_per_machine = 3});
    ASSERT_THAT(registry, IsOk());
    registry_ = *std::move(registry);
    SeedNames names;
    names.machine = "host-1";
    ASSERT_THAT(registry_->SeedIfEmpty(names), IsOk());
    AuthoritySettings settings;
    settings.public_url = "http://127.0.0.1:50343";
    authority_ = std::make_unique<Authority>(settings, *keys.ring());
    credentials_ = std::make_unique<CredentialRouter>(*registry_, *authority_,
                                                      Upstream{outbound_, gates_, clock_, log_},
                                                      ConfiguredCredentials{});
    cache_ = std::make_unique<TokenCache>(
        *credentials_, clock_, TokenCacheSettings{.max_entries = 100, .fetch_threads = 1});
    operations_ = std::make_unique<Operations>(Workplace{
        .registry = *registry_,
        .authority = *authority_,
        .credentials = *credentials_,
        .clock = clock_,
        .tokens = [this](const TokenRequest& request) -> Result<AccessToken> {
          TRY(const auto token, cache_->FetchAndWait(request, false));
          return token->token();
        },
        .defaults = {.machine = "host-1", .resource_group = "openimds", .location = "local"},
        .service = [this] { return facts_; },
        .cache = cache_.get()});
  }

  Result<boost::json::value> Run(std::string_view name, const std::string& arguments = "{}") {
    return operations_->Run(name, boost::json::parse(arguments).as_object(), "test");
  }
  // The answer as text, or the reason of a refusal.
  std::string Answer(std::string_view name, const std::string& arguments = "{}") {
    const auto answer = Run(name, arguments);
    return answer ? boost::json::serialize(*answer)
                  : std::string(answer.error().reason) + ": " + answer.error().message;
  }

  FakeClock clock_;
  MemoryStore store_;
  ServiceFacts facts_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Authority> authority_;
  Log log_{LogLevel::kError, LogFormat::kJson};
  http::OutboundClient outbound_{{}};
  AuthorityGates gates_;
  std::unique_ptr<CredentialRouter> credentials_;
  std::unique_ptr<TokenCache> cache_;
  std::unique_ptr<Operations> operations_;
};

}  // namespace openimds::control
