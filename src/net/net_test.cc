// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/reasons.h"
#include "net/address.h"
#include "net/socket.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

TEST(ListenAddressTest, ParsesWhatItPrints) {
  for (const char* text :
       {"127.0.0.1:50341", "[::1]:0", "169.254.169.254:80", "unix:/run/x.sock"}) {
    const auto address = ListenAddress::Parse(text);
    ASSERT_THAT(address, IsOk()) << text;
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(ListenAddressTest, RefusesNamesAndOddForms) {
  for (const char* text :
       {"", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "::1:80",
        "[::1]", "[127.0.0.1]:80", "0x7f000001:80", "127.1:80", "unix:", "unix:run/x.sock"}) {
    EXPECT_THAT(ListenAddress::Parse(text), FailsWith(reasons::kConfigInvalid)) << text;
  }
  EXPECT_THAT(ListenAddress::Parse("unix:/" + std::string(200, 'a')),
              FailsWith(reasons::kConfigInvalid));
}

TEST(IpAddressTest, KnowsLoopbackInEveryForm) {
  EXPECT_TRUE(ListenAddress::Parse("127.9.9.9:1")->ip.is_loopback());
  EXPECT_TRUE(ListenAddress::Parse("[::1]:1")->ip.is_loopback());
  EXPECT_TRUE(ListenAddress::Parse("[::ffff:127.0.0.1]:1")->ip.is_loopback());
  EXPECT_FALSE(ListenAddress::Parse("169.254.169.254:1")->ip.is_loopback());
  EXPECT_FALSE(ListenAddress::Parse("[::]:1")->ip.is_loopback());
  EXPECT_TRUE(ListenAddress::Parse("0.0.0.0:1")->ip.is_unspecified());
  EXPECT_TRUE(ListenAddress::Parse("[::]:1")->ip.is_unspecified());
}

TEST(SocketTest, ThreadsShareOnePortButASecondServerDoesNot) {
  const auto first = OpenListeningSockets(*ListenAddress::Parse("127.0.0.1:0"), 3);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->sockets.size(), 3U);
  EXPECT_NE(first->address.port, 0);
  EXPECT_THAT(OpenListeningSockets(first->address, 1), FailsWith(reasons::kAddressInUse));
}

class UnixSocketTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/openimds-net-XXXXXX";
    folder_ = mkdtemp(folder);
    address_ = *ListenAddress::Parse("unix:" + folder_ + "/s");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  ListenAddress address_;
};

TEST_F(UnixSocketTest, TheFileIsForItsOwnerOnly) {
  const auto sockets = OpenListeningSockets(address_, 4);
  ASSERT_THAT(sockets, IsOk());
  EXPECT_EQ(sockets->sockets.size(), 1U);
  struct stat file {};
  ASSERT_EQ(lstat(address_.path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
}

TEST_F(UnixSocketTest, AStaleFileIsReplacedALivingOneIsNot) {
  {
    const auto first = OpenListeningSockets(address_, 1);
    ASSERT_THAT(first, IsOk());
    EXPECT_THAT(OpenListeningSockets(address_, 1), FailsWith(reasons::kAddressInUse));
  }
  EXPECT_THAT(OpenListeningSockets(address_, 1), IsOk());
}

TEST_F(UnixSocketTest, AFileThatIsNoSocketIsLeftAlone) {
  close(creat(address_.path.c_str(), 0600));
  EXPECT_THAT(OpenListeningSockets(address_, 1), FailsWith(reasons::kAddressInUse));
  EXPECT_TRUE(std::filesystem::is_regular_file(address_.path));
}

}  // namespace
}  // namespace openimds
