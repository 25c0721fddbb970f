// SPDX-License-Identifier: Apache-2.0
// Doors that are opened and closed while the server runs.
#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "http/server_test_fixture.h"
#include "net/socket.h"

namespace openimds::http {
namespace {

using ::testing::HasSubstr;

class ServerAdoptTest : public ServerTest {
 protected:
  // A door on a port of its own, two sockets for two threads.
  Server::ListenerId Open(const std::string& claim) {
    auto opened = OpenListeningSockets(*ListenAddress::Parse("127.0.0.1:0"), 2);
    door_ = opened->address;
    auto place = std::make_shared<ListeningPlace>();
    place->claim = claim;
    return server_->Adopt(
        {.address = door_, .router = router_, .allowed_hosts = {}, .place = place},
        std::move(opened->sockets));
  }
  static std::string Ask(RawClient& client) {
    client.Send(Get("/peer"));
    return client.ReadUntil("device:tap");
  }

  ListenAddress door_;
};

TEST_F(ServerAdoptTest, ADoorIsServedFromTheMomentThatItIsTaken) {
  Start({.io_threads = 2});
  for (int i = 0; i < 20; ++i) {
    const auto door = Open("device:tap1");
    for (int j = 0; j < 4; ++j) {
      RawClient client(door_);
      EXPECT_THAT(Ask(client), HasSubstr(" by device:tap1"));
    }
    server_->Close(door);
  }
}

TEST_F(ServerAdoptTest, ClosingADoorEndsItsConnectionsAndNoOthers) {
  Start({.io_threads = 2});
  const auto first = Open("device:tap1");
  RawClient one(door_);
  Ask(one);
  Open("device:tap2");
  RawClient two(door_);
  Ask(two);
  server_->Close(first);
  EXPECT_EQ(one.ReadToEnd(), "");
  EXPECT_THAT(Ask(two), HasSubstr("device:tap2"));
}

TEST_F(ServerAdoptTest, AnAnswerThatIsBeingWorkedOutIsNotSentThroughAClosedDoor) {
  Start({.io_threads = 1});
  const auto door = Open("device:tap1");
  RawClient client(door_);
  client.Send(Get("/later"));
  entered_.get_future().wait();
  server_->Close(door);
  gate_.set_value();
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(ServerAdoptTest, OnlyThePickedConnectionsEndThoseThatWaitIncluded) {
  Start({.io_threads = 2});
  const auto door = Open("device:tap1");
  RawClient one(door_);
  Ask(one);
  server_->EndConnections(door, [](const Peer&) { return false; });
  EXPECT_THAT(Ask(one), HasSubstr("device:tap1"));
  RawClient waiting(door_);  // the kernel has it; nothing was sent
  server_->EndConnections(door, [](const Peer&) { return true; });
  EXPECT_EQ(one.ReadToEnd(), "");
  EXPECT_EQ(waiting.ReadToEnd(), "");
  RawClient later(door_);
  EXPECT_THAT(Ask(later), HasSubstr("device:tap1"));
}

TEST_F(ServerAdoptTest, DoorsComeAndGoFromSeveralThreadsUnderLoad) {
  Start({.io_threads = 2});
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 20; ++j) {
        auto opened = OpenListeningSockets(*ListenAddress::Parse("127.0.0.1:0"), 2);
        const ListenAddress address = opened->address;
        const auto door =
            server_->Adopt({.address = address, .router = router_, .allowed_hosts = {}},
                           std::move(opened->sockets));
        RawClient client(address);
        client.Send(Get("/hello?1"));
        EXPECT_THAT(client.ReadUntil("hello 1"), HasSubstr("hello 1"));
        server_->Close(door);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ServerAdoptTest, ClosingAfterTheEndDoesNothing) {
  Start({.io_threads = 1});
  const auto door = Open("device:tap1");
  server_->Stop();
  server_->Close(door);
  server_->Close(door);
}

}  // namespace
}  // namespace openimds::http
