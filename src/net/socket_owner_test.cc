// SPDX-License-Identifier: Apache-2.0
#include "net/socket_owner.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "net/link_facts.h"
#include "net/socket.h"

namespace openimds {
namespace {

class SocketOwnerTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto opened = OpenListeningSockets(*ListenAddress::Parse(GetParam()), 1);
    if (!opened) GTEST_SKIP() << opened.error().message;  // a host without IPv6
    listening_ = std::move(opened->sockets[0]);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    client_ = Descriptor(socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(connect(client_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    accepted_ = AcceptConnection(listening_.get(), std::make_shared<ListeningPlace>());
    ASSERT_TRUE(accepted_.socket.is_open());
  }

  Descriptor listening_;
  Descriptor client_;
  Accepted accepted_;
};

INSTANTIATE_TEST_SUITE_P(Families, SocketOwnerTest, testing::Values("127.0.0.1:0", "[::1]:0"),
                         [](const auto& it) { return it.index == 0 ? "V4" : "V6"; });

TEST_P(SocketOwnerTest, IsTheUserOfTheProcessThatConnected) {
  EXPECT_EQ(FindUserOfOtherEnd(accepted_.socket.get()), geteuid());
}

// In TIME_WAIT the kernel calls every owner root.
TEST_P(SocketOwnerTest, IsNobodyOnceTheOtherEndHasClosed) {
  client_.Close();
  EXPECT_EQ(FindUserOfOtherEnd(accepted_.socket.get()), std::nullopt);
}

TEST_P(SocketOwnerTest, TheLinkIsReadWithIt) {
  const LinkFacts& link = accepted_.peer.link;
  EXPECT_EQ(link.bound_device, 0U);
  EXPECT_EQ(link.mark, 0U);
  EXPECT_EQ(link.netns_cookie, NetnsCookieOf(listening_.get()));
  const bool v4 = std::strcmp(GetParam(), "127.0.0.1:0") == 0;
  EXPECT_EQ(link.arrived_on, v4 ? 1U : 0U);  // `lo` is always the first device
}

TEST(SocketOwnerOfUnixTest, IsNotLookedUp) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const Descriptor one(ends[0]), other(ends[1]);
  EXPECT_EQ(FindUserOfOtherEnd(one.get()), std::nullopt);
}

}  // namespace
}  // namespace openimds
