// SPDX-License-Identifier: Apache-2.0
#include "net/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <thread>

#include "base/descriptor.h"
#include "base/reasons.h"

namespace openimds {
namespace {

constexpr int kLoopbackIndex = 1;  // of every network namespace

tl::unexpected<Error> NamespaceFailure(const std::string& what, int error) {
  return Fail(ErrorKind::kUnavailable, reasons::kListenFailed, what + ": " + std::strerror(error));
}

Result<void> SetLoopbackUp() {
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return NamespaceFailure("lo", errno);
  if (request.ifr_flags & IFF_UP) return {};
  request.ifr_flags |= IFF_UP;
  if (ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return NamespaceFailure("lo up", errno);
  return {};
}

struct AddressQuestion {
  nlmsghdr header;
  ifaddrmsg address;
  rtattr attribute;
  std::uint8_t bytes[16];
};

AddressQuestion MakeAddressQuestion(const IpAddress& address) {
  const std::size_t size = address.is_v4() ? 4 : 16;
  AddressQuestion question{};
  question.header.nlmsg_len = static_cast<__u32>(offsetof(AddressQuestion, bytes) + size);
  question.header.nlmsg_type = RTM_NEWADDR;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  question.address.ifa_family = address.is_v4() ? AF_INET : AF_INET6;
  question.address.ifa_prefixlen = static_cast<__u8>(size * 8);
  question.address.ifa_index = kLoopbackIndex;
  question.attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(size));
  question.attribute.rta_type = IFA_LOCAL;
  std::memcpy(question.bytes, address.bytes.data() + 16 - size, size);
  return question;
}

Result<void> AddToLoopback(const IpAddress& address) {
  const Descriptor netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  const AddressQuestion question = MakeAddressQuestion(address);
  const std::string what = "cannot add " + address.ToString() + " to lo";
  if (send(netlink.get(), &question, question.header.nlmsg_len, 0) < 0) {
    return NamespaceFailure(what, errno);
  }
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[512];
  } answer{};
  if (recv(netlink.get(), &answer, sizeof answer, 0) < 0) return NamespaceFailure(what, errno);
  const int error = -answer.error.error;
  if (error == 0 || error == EEXIST) return {};
  return NamespaceFailure(what, error);
}

// Whether a socket may be bound to it: on whichever device it is, it is ours then.
bool IsOwn(const IpAddress& address) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, address.bytes.data() + 12, 4);
    size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
    size = sizeof v6;
  }
  const Descriptor probe(socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return bind(probe.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0;
}

}  // namespace

Result<void> RunInNetworkNamespace(const std::string& path,
                                   const std::function<Result<void>()>& work) {
  const Descriptor there(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!there.is_open()) return NamespaceFailure("cannot open the namespace " + path, errno);
  std::optional<Result<void>> outcome;
  std::thread([&] {
    outcome = setns(there.get(), CLONE_NEWNET) == 0
                  ? work()
                  : Result<void>(NamespaceFailure("cannot enter the namespace " + path, errno));
  }).join();
  return *std::move(outcome);
}

Result<std::uint64_t> IdentifyNetworkNamespace(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) {
    return NamespaceFailure("there is no namespace " + path, errno);
  }
  return facts.st_ino;
}

Result<void> OwnAddress(const IpAddress& address) {
  TRY_VOID(SetLoopbackUp());
  if (IsOwn(address)) return {};
  return AddToLoopback(address);
}

}  // namespace openimds
