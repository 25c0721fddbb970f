// SPDX-License-Identifier: Apache-2.0
#include "model/attachment.h"

#include <algorithm>

#include "base/reasons.h"
#include "base/text.h"
#include "net/peer.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxDeviceBytes = 15;
constexpr std::size_t kMaxSocketPathBytes = 107;
constexpr std::size_t kMaxPathBytes = 4095;
constexpr std::uint64_t kFirstGuestCid = 3;             // below: the hypervisor, local, the host
constexpr std::uint64_t kLastGuestCid = 0xfffffffeULL;  // above: any
constexpr std::string_view kNamespaceFolder = "/run/netns/";

tl::unexpected<Error> Expected(std::string_view what, std::string_view got) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kArgumentInvalid,
              "expected " + std::string(what) + ", got '" + std::string(got.substr(0, 120)) + "'");
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '@';
}

bool IsPlainName(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), IsNameCharacter);
}

Result<std::string> CanonicalDevice(std::string_view text) {
  if (text == "lo") {
    return Expected("a guest's device ('lo' is every process of this host)", text);
  }
  if (IsPlainName(text, kMaxDeviceBytes)) return std::string(text);
  return Expected("a device's name of 1 to 15 letters, digits or -_.@", text);
}

bool IsCleanPath(std::string_view path) {
  if (path.empty() || path.front() != '/' || path.back() == '/') return false;
  const auto parts = Split(path.substr(1), '/');
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return !part.empty() && part != "." && part != ".." &&
           std::all_of(part.begin(), part.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  });
}

Result<std::string> CanonicalNamespace(std::string_view text) {
  if (IsPlainName(text, 255)) return std::string(kNamespaceFolder) + std::string(text);
  if (text.starts_with("/proc/")) {
    return Expected(
        "a namespace with a name (the number in a path of /proc becomes another "
        "process's; 'ip netns attach NAME PID' gives it a name)",
        text);
  }
  if (!IsCleanPath(text) || text.size() > kMaxPathBytes) {
    return Expected("a name under /run/netns or an absolute path", text);
  }
  return std::string(text.starts_with("/var/run/") ? text.substr(4) : text);
}

Result<std::string> CanonicalAddress(std::string_view text) {
  const auto address = IpAddress::Parse(text);
  if (!address) return Expected("an address such as 10.0.0.7 or fd00::7", text);
  const auto& bytes = address->bytes;
  const bool multicast = address->is_v4() ? bytes[12] >= 224 : bytes[0] == 0xff;
  if (address->is_loopback() || address->is_unspecified() || multicast) {
    return Expected("the address of one guest", text);
  }
  return address->ToString();
}

Result<std::string> CanonicalSocketPath(std::string_view text) {
  if (IsCleanPath(text) && text.size() <= kMaxSocketPathBytes) return std::string(text);
  return Expected("an absolute path of at most 107 bytes without spaces", text);
}

Result<std::string> CanonicalCid(std::string_view text) {
  const auto cid = ParseDecimal(text);
  if (cid && *cid >= kFirstGuestCid && *cid <= kLastGuestCid) return std::to_string(*cid);
  return Expected("a guest's context id from 3 to 4294967294", text);
}

}  // namespace

std::optional<AttachmentWay> ParseAttachmentWay(std::string_view text) {
  const auto found = std::find(kAttachmentWayNames.begin(), kAttachmentWayNames.end(), text);
  if (found == kAttachmentWayNames.end()) return std::nullopt;
  return static_cast<AttachmentWay>(found - kAttachmentWayNames.begin());
}

std::string ClaimOf(AttachmentWay way, std::string_view place) {
  const auto under = [place](std::string_view kind) { return std::string(kind).append(place); };
  switch (way) {
    case AttachmentWay::kInterface:
    case AttachmentWay::kBridgePort:
      return under("device:");
    case AttachmentWay::kNetns:
      return under("netns:");
    case AttachmentWay::kSourceIp:
      return under("ip:");
    case AttachmentWay::kUnixPeer:
      return under("unix:");
    case AttachmentWay::kVsock:
      break;
  }
  return under("cid:");
}

std::string Attachment::claim() const { return ClaimOf(way, place); }

Result<std::string> CanonicalPlace(AttachmentWay way, std::string_view text) {
  switch (way) {
    case AttachmentWay::kInterface:
    case AttachmentWay::kBridgePort:
      return CanonicalDevice(text);
    case AttachmentWay::kNetns:
      return CanonicalNamespace(text);
    case AttachmentWay::kSourceIp:
      return CanonicalAddress(text);
    case AttachmentWay::kUnixPeer:
      return CanonicalSocketPath(text);
    case AttachmentWay::kVsock:
      break;
  }
  return CanonicalCid(text);
}

}  // namespace openimds
