// SPDX-License-Identifier: Apache-2.0
#include "net/nft_table.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>

#include "base/descriptor.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxNameBytes = 32;

struct TableQuestion {
  nlmsghdr header;
  nfgenmsg generic;
  nlattr attribute;
  char name[kMaxNameBytes];
};

TableQuestion MakeTableQuestion(std::string_view name) {
  TableQuestion question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETTABLE;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.generic.nfgen_family = NFPROTO_BRIDGE;
  question.generic.version = NFNETLINK_V0;
  question.attribute.nla_type = NFTA_TABLE_NAME;
  const std::size_t size = std::min(name.size(), kMaxNameBytes - 1);
  std::copy_n(name.begin(), size, question.name);
  question.attribute.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + size + 1);
  return question;
}

}  // namespace

bool HasBridgeTable(std::string_view name) {
  const Descriptor netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  const TableQuestion question = MakeTableQuestion(name);
  if (send(netlink.get(), &question, sizeof question, 0) < 0) return true;
  alignas(nlmsghdr) char buffer[4096];
  const ssize_t size = recv(netlink.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  const auto* header = reinterpret_cast<const nlmsghdr*>(buffer);
  const bool error = size >= static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr))) &&
                     header->nlmsg_type == NLMSG_ERROR;
  return !error || static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error != -ENOENT;
}

}  // namespace openimds
