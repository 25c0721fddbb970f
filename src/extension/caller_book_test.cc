// SPDX-License-Identifier: Apache-2.0
#include "extension/caller_book.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include <boost/json.hpp>

#include "base/descriptor.h"
#include "testing/fake_clock.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

namespace json = boost::json;

// A connection of this process to itself, as its server sees it.
class OwnConnection {
 public:
  OwnConnection() {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* const name = reinterpret_cast<sockaddr*>(&where);
    EXPECT_EQ(bind(listening_.get(), name, size), 0);
    EXPECT_EQ(listen(listening_.get(), 1), 0);
    EXPECT_EQ(getsockname(listening_.get(), name, &size), 0);
    port = ntohs(where.sin_port);
    EXPECT_EQ(connect(client_.get(), name, size), 0);
    EXPECT_EQ(getsockname(client_.get(), name, &size), 0);
    peer.address = *IpAddress::Parse("127.0.0.1");
    peer.port = ntohs(where.sin_port);
    accepted_ = Descriptor(accept(listening_.get(), nullptr, nullptr));
  }

  // Its client's end is nobody's any more, but on its way to somebody: no process has it open.
  void Hide() {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    way_[0] = Descriptor(ends[0]);
    way_[1] = Descriptor(ends[1]);
    char byte = 0;
    iovec data{&byte, 1};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int descriptor = client_.get();
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    ASSERT_EQ(sendmsg(way_[0].get(), &message, 0), 1);
    client_.Close();
  }

  std::uint16_t port = 0;
  Peer peer;

 private:
  Descriptor way_[2];
  const Descriptor listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  Descriptor client_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  Descriptor accepted_;
};

class CallerBookTest : public testing::Test {
 protected:
  json::value Read() const {
    std::ifstream file(file_);
    return json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  json::array Callers() const { return Read().at("callers").as_array(); }

  const TemporaryFolder folder_;
  const std::filesystem::path file_ = CallerFile(folder_.path());
  FakeClock clock_;
};

TEST_F(CallerBookTest, SaysWhichProcessAsked) {
  CallerBook book(file_, clock_);
  const OwnConnection connection;
  book.Note(connection.peer, connection.port);
  clock_.Advance(std::chrono::seconds{60});
  book.Note(connection.peer, connection.port);
  ASSERT_THAT(book.Save(), IsOk());
  const json::array callers = Callers();
  ASSERT_EQ(callers.size(), 1U);
  EXPECT_EQ(callers[0].at("pid").to_number<pid_t>(), getpid());
  EXPECT_EQ(callers[0].at("uid").to_number<uid_t>(), getuid());
  EXPECT_EQ(callers[0].at("executable").as_string(),
            std::filesystem::read_symlink("/proc/self/exe").string());
  EXPECT_EQ(callers[0].at("requests").to_number<int>(), 2);
  EXPECT_EQ(callers[0].at("first").as_int64(), 1'700'000'000);
  EXPECT_EQ(callers[0].at("last").as_int64(), 1'700'000'060);
}

TEST_F(CallerBookTest, LeavesOutWhomItIsToldTo) {
  CallerBook book(file_, clock_, std::filesystem::read_symlink("/proc/self/exe").string());
  const OwnConnection connection;
  book.Note(connection.peer, connection.port);
  Peer gone;
  book.Note(gone, 1);
  ASSERT_THAT(book.Save(), IsOk());
  const json::array callers = Callers();
  ASSERT_EQ(callers.size(), 1U);
  EXPECT_EQ(callers[0].at("process").as_string(), "?") << "one that is unknown is never left out";
}

TEST_F(CallerBookTest, OneWhoIsGoneIsCountedAllTheSame) {
  CallerBook book(file_, clock_);
  Peer peer;
  std::uint16_t port = 0;
  {
    const OwnConnection connection;
    peer = connection.peer;
    port = connection.port;
  }
  peer.local_user = 33;
  book.Note(peer, port);
  ASSERT_THAT(book.Save(), IsOk());
  const json::array callers = Callers();
  ASSERT_EQ(callers.size(), 1U);
  EXPECT_EQ(callers[0].at("process").as_string(), "?");
  EXPECT_EQ(callers[0].at("uid").to_number<uid_t>(), 33U);
}

TEST_F(CallerBookTest, GoesOnWithWhatWasWrittenBefore) {
  const OwnConnection connection;
  {
    CallerBook book(file_, clock_);
    book.Note(connection.peer, connection.port);
    ASSERT_THAT(book.Save(), IsOk());
  }
  clock_.Advance(std::chrono::seconds{10});
  CallerBook book(file_, clock_);
  book.Note(connection.peer, connection.port);
  ASSERT_THAT(book.Save(), IsOk());
  EXPECT_EQ(Read().at("since").as_int64(), 1'700'000'000);
  EXPECT_EQ(Callers()[0].at("requests").to_number<int>(), 2);
}

TEST_F(CallerBookTest, AFileThatIsNoBookIsBegunAnew) {
  std::ofstream(file_) << R"({"callers": "everybody"})";
  CallerBook book(file_, clock_);
  const OwnConnection connection;
  book.Note(connection.peer, connection.port);
  ASSERT_THAT(book.Save(), IsOk());
  EXPECT_EQ(Callers().size(), 1U);
}

TEST_F(CallerBookTest, NothingNewIsNotWritten) {
  CallerBook book(file_, clock_);
  ASSERT_THAT(book.Save(), IsOk());
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(CallerBookTest, HoldsABoundedNumberOfCallersAndLosesNoRequest) {
  CallerBook book(file_, clock_);
  Peer peer;
  peer.address = *IpAddress::Parse("127.0.0.1");
  peer.port = 1;
  constexpr uid_t kUsers = CallerBook::kMaxCallers + 100;
  for (uid_t user = 0; user < kUsers; ++user) {
    peer.local_user = user;
    book.Note(peer, 1);
  }
  ASSERT_THAT(book.Save(), IsOk());
  const json::array callers = Callers();
  std::uint64_t requests = 0;
  for (const json::value& caller : callers) {
    requests += caller.at("requests").to_number<std::uint64_t>();
  }
  EXPECT_EQ(requests, kUsers);
  EXPECT_LE(callers.size(), CallerBook::kMaxCallers + 1);
}

// A flood of callers that nobody can find must not keep us busy with searching.
TEST_F(CallerBookTest, SearchesOnlySoManyTimesASecond) {
  CallerBook book(file_, clock_);
  const OwnConnection connection;
  const auto found = [&] {
    EXPECT_THAT(book.Save(), IsOk());
    for (const json::value& caller : Callers()) {
      if (caller.at("pid").to_number<pid_t>() == getpid()) return true;
    }
    return false;
  };
  OwnConnection hidden;
  hidden.Hide();
  for (int i = 0; i < CallerBook::kSearchesPerSecond; ++i) book.Note(hidden.peer, hidden.port);
  book.Note(connection.peer, connection.port);
  EXPECT_FALSE(found());
  clock_.Advance(std::chrono::seconds{1});
  book.Note(connection.peer, connection.port);
  EXPECT_TRUE(found());
}

TEST_F(CallerBookTest, WhatCouldNotBeWrittenIsWrittenLater) {
  const std::filesystem::path missing = folder_.path() / "missing";
  CallerBook book(CallerFile(missing), clock_);
  const OwnConnection connection;
  book.Note(connection.peer, connection.port);
  EXPECT_FALSE(book.Save().has_value());
  std::filesystem::create_directory(missing);
  EXPECT_THAT(book.Save(), IsOk());
  EXPECT_TRUE(std::filesystem::exists(CallerFile(missing)));
}

}  // namespace
}  // namespace openimds::extension
