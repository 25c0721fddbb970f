// SPDX-License-Identifier: Apache-2.0
#include "net/inherited_sockets.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include "net/socket.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

ListeningSockets Open(const std::string& address, std::size_t count = 1) {
  auto opened = OpenListeningSockets(*ListenAddress::Parse(address), count);
  EXPECT_THAT(opened, IsOk());
  return *std::move(opened);
}

// What a program finds whose place another has left to it.
InheritedSockets Pass(std::vector<Descriptor> sockets) {
  PassOn(std::move(sockets));
  return InheritedSockets::Take();
}

TEST(InheritedSocketsTest, AreClaimedByTheirAddressAndOnlyOnce) {
  ListeningSockets first = Open("127.0.0.1:0", 2);
  ListeningSockets second = Open("127.0.0.1:0");
  InheritedSockets inherited = Pass(std::move(first.sockets));
  EXPECT_THAT(inherited.Claim(second.address, {}), IsEmpty());
  EXPECT_THAT(inherited.Claim(first.address, {}), SizeIs(2));
  EXPECT_THAT(inherited.Claim(first.address, {}), IsEmpty());
}

TEST(InheritedSocketsTest, AreNotClaimedForAnotherDevice) {
  ListeningSockets opened = Open("127.0.0.1:0");
  InheritedSockets inherited = Pass(std::move(opened.sockets));
  EXPECT_THAT(inherited.Claim(opened.address, {.device = 1}), IsEmpty());
  EXPECT_EQ(inherited.CloseRest(), 1U);
}

TEST(InheritedSocketsTest, AListenerTakesAllOfThemAndSharesThemWhereTheyAreFew) {
  for (const std::size_t had : {1U, 3U, 5U}) {
    ListeningSockets opened = Open("127.0.0.1:0", had);
    InheritedSockets inherited = Pass(std::move(opened.sockets));
    const auto taken = OpenListeningSockets(opened.address, 3, {}, &inherited);
    ASSERT_THAT(taken, IsOk());
    EXPECT_THAT(taken->sockets, SizeIs(std::max<std::size_t>(had, 3)));
    for (const Descriptor& socket : taken->sockets) {
      EXPECT_TRUE(fcntl(socket.get(), F_GETFD) & FD_CLOEXEC);
      EXPECT_TRUE(fcntl(socket.get(), F_GETFL) & O_NONBLOCK);
    }
  }
}

TEST(InheritedSocketsTest, AConnectionThatWaitedIsAccepted) {
  ListeningSockets opened = Open("127.0.0.1:0");
  const Descriptor client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage where{};
  socklen_t size = sizeof where;
  getsockname(opened.sockets[0].get(), reinterpret_cast<sockaddr*>(&where), &size);
  ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&where), size), 0);

  InheritedSockets inherited = Pass(std::move(opened.sockets));
  const auto taken = OpenListeningSockets(opened.address, 1, {}, &inherited);
  ASSERT_THAT(taken, IsOk());
  EXPECT_TRUE(AcceptConnection(taken->sockets[0].get()).socket.is_open());
}

TEST(InheritedSocketsTest, WhatDoesNotListenIsClosed) {
  std::vector<Descriptor> sockets;
  sockets.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int fd = sockets[0].get();
  InheritedSockets inherited = Pass(std::move(sockets));
  EXPECT_EQ(inherited.CloseRest(), 0U);
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

TEST(InheritedSocketsTest, TheEnvironmentSaysNothingOfThemAfterwards) {
  setenv("LISTEN_FDS", "0", 1);
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  setenv("LISTEN_FDNAMES", "imds", 1);
  Pass(std::move(Open("127.0.0.1:0").sockets));
  for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "OPENIMDS_LISTENING"}) {
    EXPECT_EQ(getenv(name), nullptr) << name;
  }
}

TEST(InheritedSocketsTest, WhatIsMeantForAnotherProcessIsLeftAlone) {
  setenv("LISTEN_FDS", "1", 1);
  setenv("LISTEN_PID", "1", 1);
  EXPECT_EQ(InheritedSockets::Take().CloseRest(), 0U);
}

TEST(InheritedSocketsTest, NonsenseInTheEnvironmentIsNothing) {
  for (const char* text : {"x", "-1", ",,", "99999999999999999999", "4711"}) {
    setenv("OPENIMDS_LISTENING", text, 1);
    EXPECT_EQ(InheritedSockets::Take().CloseRest(), 0U) << text;
  }
}

TEST(InheritedSocketsTest, AUnixSocketIsTakenOnlyWhileItsFileIsThere) {
  char folder[] = "/tmp/openimds-inherited-XXXXXX";
  const std::string path = std::string(mkdtemp(folder)) + "/s";
  ListeningSockets opened = Open("unix:" + path);
  InheritedSockets inherited = Pass(std::move(opened.sockets));
  std::filesystem::rename(path, path + ".away");
  EXPECT_THAT(inherited.Claim(opened.address, {}), IsEmpty());
  std::filesystem::rename(path + ".away", path);
  EXPECT_THAT(inherited.Claim(opened.address, {}), SizeIs(1));
  std::filesystem::remove_all(folder);
}

TEST(DuplicateListeningSocketsTest, TheyListenOnWhenTheFirstOnesAreClosed) {
  ListeningSockets opened = Open("127.0.0.1:0");
  auto duplicates = DuplicateListeningSockets();
  opened.sockets.clear();
  InheritedSockets inherited = Pass(std::move(duplicates));
  EXPECT_THAT(inherited.Claim(opened.address, {}), SizeIs(1));
}

}  // namespace
}  // namespace openimds
