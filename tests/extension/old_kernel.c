/* SPDX-License-Identifier: Apache-2.0 */
/* old_kernel PROGRAM ARGUMENTS…: runs a program as Linux 3.10 would on x86-64.
 *
 * System calls that came later than kcmp (312) and finit_module (313) do not exist, and uname() says
 * 3.10. A filter refuses the former; for the latter it asks a helper process, which writes the name
 * into the caller's memory. The program keeps this process's number. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { kLastCallOf310 = 313 };

static int install(void) {
  struct sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, kLastCallOf310, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof steps / sizeof *steps, steps};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                      &filter);
}

static int pass(int channel, int *descriptor, int send) {
  char byte = 0;
  struct iovec data = {&byte, 1};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } room = {{0}};
  struct msghdr message = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = room.bytes,
                           .msg_controllen = sizeof room.bytes};
  if (!send) {
    if (recvmsg(channel, &message, 0) != 1 || CMSG_FIRSTHDR(&message) == NULL) return -1;
    memcpy(descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof *descriptor);
    return 0;
  }
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof *descriptor);
  memcpy(CMSG_DATA(header), descriptor, sizeof *descriptor);
  return sendmsg(channel, &message, 0) == 1 ? 0 : -1;
}

/* Until the last process under the filter has ended. */
static void answer(int listener) {
  struct pollfd polled = {listener, POLLIN, 0};
  while (poll(&polled, 1, -1) > 0 && !(polled.revents & POLLHUP)) {
    struct seccomp_notif asked = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) continue;
    struct utsname name;
    uname(&name);
    strcpy(name.release, "3.10.0-229.el7.x86_64");
    struct iovec from = {&name, sizeof name};
    struct iovec to = {(void *)asked.data.args[0], sizeof name};
    const int written =
        process_vm_writev((pid_t)asked.pid, &from, 1, &to, 1, 0) == (ssize_t)sizeof name;
    struct seccomp_notif_resp response = {.id = asked.id, .error = written ? 0 : -EFAULT};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

int main(int count, char **arguments) {
  int channel[2];
  if (count < 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) return 126;
  if (fork() == 0) {
    int listener = -1;
    setsid();
    close(channel[1]);
    if (pass(channel[0], &listener, 0) == 0) answer(listener);
    return 0;
  }
  close(channel[0]);
  int listener = install();
  if (listener < 0 || pass(channel[1], &listener, 1) != 0) {
    perror("old_kernel");
    return 126;
  }
  close(listener);
  execv(arguments[1], arguments + 1);
  perror(arguments[1]);
  return 127;
}
