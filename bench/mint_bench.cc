// SPDX-License-Identifier: Apache-2.0
// How many tokens a second one thread mints: `mint_bench SECONDS` prints one line of JSON.
// The rate is per second of CPU time, as `openssl speed` counts it, so that a busy machine hurts
// both alike.
#include <fmt/core.h>
#include <stdlib.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "authority/authority.h"
#include "authority/key_ring.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/entities.h"

namespace openimds {
namespace {

constexpr std::string_view kSubscription = "11111111-2222-4333-8444-555555555555";
constexpr int kMintsBetweenLooksAtTheClock = 16;

// A folder that is gone when this is.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mint-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Result<TokenRequest> MakeRequest() {
  TRY(auto group, ResourceId::ForResourceGroup(kSubscription, "bench"));
  TRY(auto id, ResourceId::ForMachine(group, "bench"));
  Identity identity{
      IdentityKind::kSystemAssigned, id, "local", Guid::Random(), Guid::Random(), Guid::Random()};
  Machine machine{id, "local", Guid::Random(), identity, {}};
  return TokenRequest{std::make_shared<const Identity>(std::move(identity)),
                      std::make_shared<const Machine>(std::move(machine)), ""};
}

Result<std::string> MintFor(double seconds) {
  const SystemClock clock;
  const TemporaryFolder folder;
  TRY(auto keys, KeyRing::Open(folder.path() / "keys", clock));
  AuthoritySettings settings;
  settings.public_url = "http://127.0.0.1:50343";
  const Authority authority(settings, *keys);
  TRY(auto request, MakeRequest());

  long mints = 0;
  const double wall_start = WallSeconds();
  const double cpu_start = CpuSeconds();
  while (WallSeconds() - wall_start < seconds) {
    for (int i = 0; i < kMintsBetweenLooksAtTheClock; ++i) {
      request.resource = "https://bench.example/" + std::to_string(mints++);
      TRY(auto token, authority.Mint(request, clock.Now()));
      if (token.value.empty()) return Fail(ErrorKind::kInternal, "empty", "an empty token");
    }
  }
  const double cpu = CpuSeconds() - cpu_start;
  const double wall = WallSeconds() - wall_start;
  return fmt::format(R"({{"mints":{},"cpu_seconds":{:.4f},"wall_seconds":{:.4f}}})", mints, cpu,
                     wall);
}

}  // namespace
}  // namespace openimds

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 3;
  const auto line = openimds::MintFor(seconds);
  if (!line) {
    fmt::print(stderr, "mint_bench: {}\n", line.error().message);
    return 1;
  }
  fmt::print("{}\n", *line);
  return 0;
}
