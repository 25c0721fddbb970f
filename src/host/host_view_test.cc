// SPDX-License-Identifier: Apache-2.0
#include "host/host_view.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

using testing::ElementsAre;

constexpr char kAddresses[] = R"([
  {"ifindex":1,"ifname":"lo","addr_info":[
    {"family":"inet","local":"127.0.0.1","prefixlen":8,"label":"lo"},
    {"family":"inet","local":"169.254.169.254","prefixlen":32,"label":"lo:openimds"},
    {"family":"inet6","local":"::1","prefixlen":128}]},
  {},
  {"ifindex":4,"ifname":"vnet3","addr_info":[]}])";

// What `ip` and `nft` say, without them.
class FakeTools {
 public:
  Result<std::string> operator()(const std::vector<std::string>& command) const {
    if (command.front() == "ip") return std::string(kAddresses);
    return Fail(ErrorKind::kUnavailable, reasons::kHostNotReady, "No such file or directory");
  }
};

class HostViewTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const auto file = folder_.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  HostView Look() { return *LookAtHost(folder_.path(), FakeTools()); }

  TemporaryFolder folder_;
};

TEST_F(HostViewTest, TellsItsOwnAddressesByTheirLabel) {
  const HostView view = Look();
  EXPECT_THAT(view.interfaces, ElementsAre("lo", "vnet3"));
  ASSERT_EQ(view.addresses.size(), 2U);
  EXPECT_FALSE(view.addresses[0].ours);
  EXPECT_EQ(view.addresses[1].address, "169.254.169.254");
  EXPECT_TRUE(view.addresses[1].ours);
  EXPECT_TRUE(view.chains.empty());
}

TEST_F(HostViewTest, SeesWhichInterfaceLetsLoopbackIn) {
  Write("proc/sys/net/ipv4/conf/lo/route_localnet", "1\n");
  Write("proc/sys/net/ipv4/conf/vnet3/route_localnet", "1\n");
  EXPECT_THAT(Look().loopback_routed, ElementsAre("vnet3"));
}

TEST_F(HostViewTest, KnowsACloudByItsFirmware) {
  EXPECT_EQ(Look().cloud, "");
  Write("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  EXPECT_EQ(Look().cloud, "Amazon EC2");
  Write("sys/class/dmi/id/chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n");
  EXPECT_EQ(Look().cloud, "Azure");
}

TEST_F(HostViewTest, ReadsChainsOfItsTable) {
  EXPECT_THAT(ReadChains(R"({"nftables":[{"metainfo":{}},{"table":{"name":"openimds"}},
                             {"chain":{"name":"plan_1"}},{"chain":{"name":"input"}}]})"),
              ElementsAre("plan_1", "input"));
  EXPECT_TRUE(ReadChains("nonsense").empty());
}

TEST_F(HostViewTest, RefusesWhatIsNoListOfAddresses) {
  EXPECT_THAT(ReadAddresses("{}"), FailsWith(reasons::kHostNotReady));
  EXPECT_THAT(ReadAddresses("Object \"address\" is unknown"), FailsWith(reasons::kHostNotReady));
}

}  // namespace
}  // namespace openimds
