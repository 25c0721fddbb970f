// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/service_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/reasons.h"
#include "extension/handler/discovery_file.h"
#include "extension/handler/process.h"
#include "extension/handler/restart_plan.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds::extension {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ServiceFolderTest, IsMadeClosedAndRemovedWhole) {
  const TemporaryFolder package;
  const ServiceFolder folder(package.path());
  ASSERT_THAT(folder.Make(), IsOk());
  ASSERT_THAT(folder.Make(), IsOk()) << "it may be there";
  struct stat status {};
  ASSERT_EQ(stat(folder.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  ASSERT_THAT(folder.WriteApplied({}), IsOk());
  ASSERT_THAT(folder.Remove(), IsOk());
  EXPECT_FALSE(std::filesystem::exists(folder.path()));
  EXPECT_THAT(folder.Remove(), IsOk()) << "it may be gone";
}

TEST(ServiceFolderTest, WhatWasAppliedIsReadAsItWasWritten) {
  const TemporaryFolder package;
  const ServiceFolder folder(package.path());
  ASSERT_THAT(folder.Make(), IsOk());
  EXPECT_THAT(folder.ReadApplied(), FailsWith(reasons::kStateFailed));
  AppliedSettings applied;
  applied.sequences = {3, 7};
  applied.port = 50343;
  applied.token_target = "/oauth2/token?resource=x";
  applied.bridge = true;
  applied.waiting = true;
  applied.parts = {{"settings", StatusKind::kWarning, "left out"}};
  ASSERT_THAT(folder.WriteApplied(applied), IsOk());
  const auto read = folder.ReadApplied();
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->sequences, applied.sequences);
  EXPECT_EQ(read->port, 50343);
  EXPECT_EQ(read->token_target, applied.token_target);
  EXPECT_TRUE(read->bridge);
  EXPECT_TRUE(read->waiting);
  EXPECT_EQ(read->parts, applied.parts);
}

TEST(ServiceFolderTest, ADamagedNoteIsAnError) {
  const TemporaryFolder package;
  const ServiceFolder folder(package.path());
  ASSERT_THAT(folder.Make(), IsOk());
  for (const char* text : {"", "[]", "{}", R"({"port":"x"})"}) {
    std::ofstream(folder.applied()) << text;
    chmod(folder.applied().c_str(), 0600);
    EXPECT_THAT(folder.ReadApplied(), FailsWith(reasons::kStateFailed)) << text;
  }
}

TEST(LifeLockTest, NamesWhoHasItAndNobodyAfterwards) {
  const TemporaryFolder folder;
  const LifeLock life(folder.path() / "lock");
  EXPECT_EQ(life.Holder(), std::nullopt);
  {
    const auto lock = life.Take();
    ASSERT_THAT(lock, IsOk());
    LifeLock::Note(*lock, 4711);
    EXPECT_EQ(life.Holder(), 4711);
    EXPECT_THAT(life.Take(), FailsWith(reasons::kHandlerDaemon));
  }
  EXPECT_EQ(life.Holder(), std::nullopt) << "the number is still in the file, and means nobody";
  EXPECT_THAT(life.Take(), IsOk());
}

TEST(LifeLockTest, LivesWithAChildThatInheritedIt) {
  const TemporaryFolder folder;
  const LifeLock life(folder.path() / "lock");
  pid_t child = 0;
  {
    auto lock = life.Take();
    ASSERT_THAT(lock, IsOk());
    const auto started = StartChild({.program = "/bin/sleep",
                                     .arguments = {"60"},
                                     .output = folder.path() / "out",
                                     .inherited = lock->get()});
    ASSERT_THAT(started, IsOk());
    child = *started;
    LifeLock::Note(*lock, child);
  }
  EXPECT_EQ(life.Holder(), child);
  EXPECT_TRUE(
      EndProcess(child, seconds{10}, [&] { return waitpid(child, nullptr, WNOHANG) != 0; }));
  EXPECT_EQ(life.Holder(), std::nullopt);
}

TEST(ProcessTest, AProgramThatIsNotThereIsAnError) {
  EXPECT_THAT(StartChild({.program = "/nowhere", .arguments = {}, .output = {}}),
              FailsWith(reasons::kHandlerDaemon));
  EXPECT_THAT(StartDetached({.program = "/nowhere", .arguments = {}, .output = {}}),
              FailsWith(reasons::kHandlerDaemon));
}

TEST(ProcessTest, ADetachedOneHasNothingOfItsStarters) {
  const TemporaryFolder folder;
  const std::string said = (folder.path() / "said").string();
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  const std::string script = "ls /proc/self/fd | wc -l > '" + said + ".new'; pwd >> '" + said +
                             ".new'; ps -o sid= -p $$ >> '" + said + ".new'; mv '" + said +
                             ".new' '" + said + "'";
  ASSERT_THAT(
      StartDetached(
          {.program = "/bin/sh", .arguments = {"-c", script}, .output = folder.path() / "out"}),
      IsOk());
  while (!std::filesystem::exists(said)) Pause(milliseconds{5});
  std::ifstream in(said);
  int open_files = 0, session = 0;
  std::string where;
  in >> open_files >> where >> session;
  EXPECT_EQ(open_files, 4) << "0 to 2, and the folder that ls reads";
  EXPECT_EQ(where, "/");
  EXPECT_NE(session, getsid(0));
  close(pipes[0]);
  close(pipes[1]);
}

TEST(ProcessTest, LogsAreKeptSmall) {
  const TemporaryFolder folder;
  const auto log = folder.path() / "new" / "handler.log";
  LogLine(log, "first");
  LogLine(log, std::string(1 << 20, 'x'));
  LogLine(log, "last");
  EXPECT_LT(std::filesystem::file_size(log), 100U);
  EXPECT_GT(std::filesystem::file_size(log.string() + ".1"), 1U << 20U);
}

TEST(RestartPlanTest, IsNeverLongerThanTwoSecondsAndShortForOneThatRanWell) {
  RestartPlan plan;
  SteadyTime now{};
  milliseconds last{0};
  for (int i = 0; i < 20; ++i) {
    const milliseconds delay = plan.DelayAfter(now, now);
    EXPECT_GE(delay, last);
    EXPECT_LT(delay, seconds{2});
    last = delay;
  }
  EXPECT_EQ(plan.DelayAfter(now, now + seconds{60}), RestartPlan::kShortest);
}

TEST(DiscoveryFileTest, IsReadAsOldProgramsReadIt) {
  const TemporaryFolder agent;
  ASSERT_THAT(WriteDiscovery(agent.path(), 50342), IsOk());
  std::ifstream in(agent.path() / "ManagedIdentity-Settings");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}),
            R"({"url":"http://localhost:50342"})");
  const auto port = ReadDiscovery(agent.path());
  ASSERT_THAT(port, IsOk());
  EXPECT_EQ(*port, 50342);
}

TEST(DiscoveryFileTest, OfAnotherPortIsLeftAlone) {
  const TemporaryFolder agent;
  ASSERT_THAT(WriteDiscovery(agent.path(), 50342), IsOk());
  RemoveDiscovery(agent.path(), 50343);
  EXPECT_THAT(ReadDiscovery(agent.path()), IsOk());
  RemoveDiscovery(agent.path(), 50342);
  EXPECT_THAT(ReadDiscovery(agent.path()), FailsWith(reasons::kStateFailed));
}

TEST(DiscoveryFileTest, NamesAPortOfThisMachine) {
  for (const char* text :
       {"", "{}", R"({"url":"http://localhost:0"})", R"({"url":"http://localhost:65536"})",
        R"({"url":"http://elsewhere:50342"})", R"({"url":"http://localhost:50342/"})",
        R"({"url":50342})"}) {
    EXPECT_THAT(ParseDiscovery(text), FailsWith(reasons::kStateFailed)) << text;
  }
}

}  // namespace
}  // namespace openimds::extension
