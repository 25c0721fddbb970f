// SPDX-License-Identifier: Apache-2.0
#include "app/syscall_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace openimds {
namespace {

// What `call` left in errno, 0 if it went well, in a process of its own that is restricted first.
int InRestrictedProcess(const std::function<long()>& call) {
  const pid_t child = fork();
  if (child == 0) {
    if (!RestrictSystemCalls()) _exit(255);
    errno = 0;
    _exit(call() < 0 ? errno : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct Case {
  const char* name;
  std::function<long()> call;
  int error;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class SyscallFilterTest : public testing::TestWithParam<Case> {};

TEST_P(SyscallFilterTest, AnswersAsPromised) {
  EXPECT_EQ(InRestrictedProcess(GetParam().call), GetParam().error) << GetParam().name;
}

long SpawnTrue() {
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, name, nullptr, nullptr, arguments, environ);
  int status = 1;
  if (error == 0) waitpid(child, &status, 0);
  errno = error;
  return status == 0 ? 0 : -1;
}

long EnterOwnNamespace(const char* kind, int type) {
  const int there = open((std::string("/proc/self/ns/") + kind).c_str(), O_RDONLY | O_CLOEXEC);
  return setns(there, type);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, SyscallFilterTest,
    testing::Values(
        Case{"Mount", [] { return mount("none", "/proc", "tmpfs", 0, nullptr); }, ENOSYS},
        Case{"Chroot", [] { return chroot("/"); }, ENOSYS},
        Case{"NewModule", [] { return syscall(SYS_init_module, nullptr, 0, ""); }, ENOSYS},
        Case{"Bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }, ENOSYS},
        Case{"IoUring", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }, ENOSYS},
        Case{"Keyring", [] { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }, ENOSYS},
        Case{"OtherProcessesMemory",
             [] { return syscall(SYS_process_vm_readv, getppid(), nullptr, 0, nullptr, 0, 0); },
             ENOSYS},
        Case{"OtherProcessesDescriptors", [] { return syscall(SYS_pidfd_getfd, 0, 0, 0); }, ENOSYS},
        Case{"CloneByStructure", [] { return syscall(SYS_clone3, nullptr, 0); }, ENOSYS},
        Case{"NewUserNamespace", [] { return unshare(CLONE_NEWUSER); }, EPERM},
        Case{"NewMountNamespaceByClone",
             [] { return syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, nullptr, nullptr, nullptr, 0); },
             EPERM},
        Case{"AnotherPidNamespace", [] { return EnterOwnNamespace("pid", CLONE_NEWPID); }, EPERM},
        Case{"AnyNamespace", [] { return EnterOwnNamespace("net", 0); }, EPERM},
        Case{"UnknownSocketFamily", [] { return socket(4711, SOCK_RAW, 0); }, EAFNOSUPPORT},
        Case{"PacketSocket", [] { return socket(AF_PACKET, SOCK_RAW, 0); }, EAFNOSUPPORT},
        Case{"Device", [] { return mknod("/tmp/openimds-device", S_IFCHR | 0600, 0); }, ENOSYS},
        Case{"UnixSocket", [] { return socket(AF_UNIX, SOCK_STREAM, 0); }, 0},
        Case{"InternetSocket", [] { return socket(AF_INET6, SOCK_STREAM, 0); }, 0},
        Case{"Program", SpawnTrue, 0},
        Case{"Thread", [] { return std::thread([] {}).join(), 0L; }, 0}),
    [](const testing::TestParamInfo<Case>& one) { return std::string(one.param.name); });

TEST(RestrictSystemCallsTest, NoProgramGivesNewRights) {
  EXPECT_EQ(
      InRestrictedProcess([] { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0L : -1L; }),
      0);
}

TEST(RestrictSystemCallsTest, HoldsForThreadsThatRunAlready) {
  EXPECT_EQ(InRestrictedProcess([] { return 0L; }), 0);
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<bool> restricted = false;
    int error = 0;
    std::thread earlier([&] {
      while (!restricted) std::this_thread::yield();
      if (unshare(CLONE_NEWUTS) != 0) error = errno;
    });
    const bool done = RestrictSystemCalls().has_value();
    restricted = true;
    earlier.join();
    _exit(done && error == EPERM ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace openimds
