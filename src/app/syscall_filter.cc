// SPDX-License-Identifier: Apache-2.0
#include "app/syscall_filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>

#include "base/reasons.h"

namespace openimds {
namespace {

// By what they are for. A name that an architecture does not have is passed over.
constexpr const char* kAllowed[] = {
    // Files and folders: the state, certificates, devices of this host.
    "access", "chdir", "chmod", "chown", "close", "close_range", "copy_file_range", "creat", "dup",
    "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod",
    "fchmodat", "fchmodat2", "fchown", "fchownat", "fcntl", "fcntl64", "fdatasync", "fgetxattr",
    "flistxattr", "flock", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync",
    "ftruncate", "ftruncate64", "getcwd", "getdents", "getdents64", "getxattr", "ioctl", "lchown",
    "lgetxattr", "link", "linkat", "listxattr", "llistxattr", "lseek", "_llseek", "lstat",
    "lstat64", "memfd_create", "mkdir", "mkdirat", "newfstatat", "open", "openat", "openat2",
    "pipe", "pipe2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read",
    "readahead", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir",
    "sendfile", "sendfile64", "stat", "stat64", "statfs", "statfs64", "statx", "symlink",
    "symlinkat", "sync_file_range", "truncate", "truncate64", "umask", "unlink", "unlinkat",
    "utime", "utimensat", "utimes", "write", "writev",
    // Waiting, and the network. socket() and setns() have rules of their own.
    "accept", "accept4", "bind", "connect", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2",
    "getpeername", "getsockname", "getsockopt", "inotify_add_watch", "inotify_init",
    "inotify_init1", "inotify_rm_watch", "listen", "poll", "ppoll", "pselect6", "recv", "recvfrom",
    "recvmmsg", "recvmsg", "select", "send", "sendmmsg", "sendmsg", "sendto", "setsockopt",
    "shutdown", "socketpair", "timerfd_create", "timerfd_gettime", "timerfd_settime",
    // Memory and threads.
    "arch_prctl", "brk", "futex", "futex_waitv", "get_mempolicy", "get_robust_list",
    "get_thread_area", "getcpu", "madvise", "membarrier", "mincore", "mlock", "mlock2", "mmap",
    "mmap2", "mprotect", "mremap", "msync", "munlock", "munmap", "rseq", "sched_get_priority_max",
    "sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
    "sched_getscheduler", "sched_setaffinity", "sched_setscheduler", "sched_yield",
    "set_robust_list", "set_thread_area", "set_tid_address",
    // Time, signals, chance, and what a process may know and say of itself.
    "alarm", "capget", "capset", "clock_getres", "clock_gettime", "clock_gettime64",
    "clock_nanosleep", "getegid", "geteuid", "getgid", "getgroups", "getitimer", "getpgid",
    "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresuid",
    "getrlimit", "getrusage", "getsid", "gettid", "gettimeofday", "getuid", "nanosleep", "pause",
    "prctl", "prlimit64", "restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
    "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo",
    "seccomp", "setitimer", "setpgid", "setpriority", "setrlimit", "setsid", "sigaltstack",
    "sigreturn", "sysinfo", "tgkill", "time", "timer_create", "timer_delete", "timer_getoverrun",
    "timer_gettime", "timer_settime", "times", "tkill", "ugetrlimit", "uname",
    // Programs that it runs: nft, and those that credentials name.
    "execve", "execveat", "exit", "exit_group", "fork", "kill", "pidfd_open", "pidfd_send_signal",
    "setgid", "setgroups", "setregid", "setresgid", "setresuid", "setreuid", "setuid", "vfork",
    "wait4", "waitid", "waitpid",
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    "personality", "ptrace",  // the sanitizers' own
#endif
};

constexpr std::uint64_t kFamilies[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_VSOCK};

constexpr std::uint64_t kNamespaces[] = {CLONE_NEWCGROUP, CLONE_NEWIPC,  CLONE_NEWNET, CLONE_NEWNS,
                                         CLONE_NEWPID,    CLONE_NEWUSER, CLONE_NEWUTS};

constexpr std::uint32_t kNoSuchCall = SCMP_ACT_ERRNO(ENOSYS);

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

template <typename... Conditions>
bool Allow(void* filter, const char* name, Conditions... conditions) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return true;  // newer than the library
  return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, sizeof...(conditions), conditions...) ==
         0;
}

bool Refuse(void* filter, int error, const char* name, scmp_arg_cmp condition) {
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)),
                          seccomp_syscall_resolve_name(name), 1, condition) == 0;
}

bool AddSocketRules(void* filter) {
  for (std::uint64_t family = 0; family < AF_MAX; ++family) {
    const auto is_it = SCMP_A0_64(SCMP_CMP_EQ, family);
    const bool served =
        std::find(std::begin(kFamilies), std::end(kFamilies), family) != std::end(kFamilies);
    const bool added =
        served ? Allow(filter, "socket", is_it) : Refuse(filter, EAFNOSUPPORT, "socket", is_it);
    if (!added) return false;
  }
  return Refuse(filter, EAFNOSUPPORT, "socket", SCMP_A0_64(SCMP_CMP_GE, AF_MAX));
}

// clone3() is not served at all, for its flags lie in memory: libraries fall back to clone().
bool AddNamespaceRules(void* filter) {
  std::uint64_t any = 0;
  for (const std::uint64_t flag : kNamespaces) {
    any |= flag;
    if (!Refuse(filter, EPERM, "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, flag, flag))) return false;
  }
  return Allow(filter, "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, any, 0)) &&
         Allow(filter, "setns", SCMP_A1_64(SCMP_CMP_EQ, CLONE_NEWNET)) &&
         Refuse(filter, EPERM, "setns", SCMP_A1_64(SCMP_CMP_NE, CLONE_NEWNET)) &&
         seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0) == 0;
}

bool AddRules(void* filter) {
  for (const char* name : kAllowed) {
    if (!Allow(filter, name)) return false;
  }
  // Files that must not be there yet; no devices.
  return Allow(filter, "mknodat", SCMP_A2_64(SCMP_CMP_MASKED_EQ, S_IFMT, S_IFREG)) &&
         AddSocketRules(filter) && AddNamespaceRules(filter);
}

}  // namespace

Result<void> RestrictSystemCalls() {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const Filter filter(seccomp_init(kNoSuchCall));
  if (!filter || !AddRules(filter.get()) ||
      seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) != 0) {
    return Fail(ErrorKind::kInternal, reasons::kSandboxUnavailable,
                "the filter of system calls cannot be made");
  }
  const int failure = seccomp_load(filter.get());
  if (failure == 0) return {};
  return Fail(
      ErrorKind::kUnavailable, reasons::kSandboxUnavailable,
      std::string("the kernel takes no filter of system calls: ") + std::strerror(-failure));
}

}  // namespace openimds
