// SPDX-License-Identifier: Apache-2.0
#include "app/machine_facts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>

#include "base/text.h"
#include "model/machine_profile.h"

namespace openimds {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::uint64_t kSectorBytes = 512;  // of /sys/block/*/size, whatever the disk has

std::string ReadText(const fs::path& file) {
  constexpr std::size_t kMaxBytes = 65'536;
  std::string text(kMaxBytes, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return text;
}

std::string ReadLine(const fs::path& file) {
  const std::string text = ReadText(file);
  return std::string(TrimSpace(std::string_view(text).substr(0, text.find('\n'))));
}

// Names in `folder`, in order.
std::vector<std::string> List(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure)) {
    names.push_back(at->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool Exists(const fs::path& path) {
  std::error_code failure;
  return fs::exists(path, failure);
}

void Say(json::object& object, std::string_view name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

// What firmware says when nobody filled it in.
bool IsPlaceholder(std::string_view text) {
  constexpr std::string_view kKnown[] = {"To Be Filled By O.E.M.", "System Product Name",
                                         "Default string", "Not Specified", "None"};
  return std::any_of(std::begin(kKnown), std::end(kKnown),
                     [&](std::string_view known) { return EqualsIgnoringCase(text, known); });
}

std::optional<Guid> ReadVmId(const fs::path& root) {
  const auto id = Guid::Parse(ReadLine(root / "sys/class/dmi/id/product_uuid"));
  if (!id) return std::nullopt;
  const auto& bytes = id->bytes();
  const bool all_same =
      std::all_of(bytes.begin(), bytes.end(), [&](auto byte) { return byte == bytes[0]; });
  if (all_same) return std::nullopt;  // zeros and ones: the firmware has none
  return *id;
}

// The value of a `NAME="value"` line.
std::string OsRelease(std::string_view text, std::string_view name) {
  for (std::string_view line : Split(text, '\n')) {
    if (!line.starts_with(name) || line.substr(name.size(), 1) != "=") continue;
    line.remove_prefix(name.size() + 1);
    const bool quoted = line.size() >= 2 && (line.front() == '"' || line.front() == '\'') &&
                        line.back() == line.front();
    return std::string(quoted ? line.substr(1, line.size() - 2) : line);
  }
  return {};
}

void SayImage(const fs::path& root, json::object& compute) {
  std::string text = ReadText(root / "etc/os-release");
  if (text.empty()) text = ReadText(root / "usr/lib/os-release");
  const std::string id = OsRelease(text, "ID");
  const std::string version = OsRelease(text, "VERSION_ID");
  Say(compute, "publisher", id);
  Say(compute, "offer", id.empty() || version.empty() ? id : id + "-" + version);
  Say(compute, "sku", version);
  Say(compute, "version", OsRelease(text, "IMAGE_VERSION"));
}

void SaySecurity(const fs::path& root, json::object& compute) {
  json::object security;
  // Four bytes of attributes, then the value.
  const std::string secure_boot =
      ReadText(root / "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  if (secure_boot.size() == 5) {
    Say(security, "secureBootEnabled", secure_boot[4] == 1 ? "true" : "false");
  }
  if (Exists(root / "sys/class/tpm/tpm0")) Say(security, "virtualTpmEnabled", "true");
  if (!security.empty()) compute["securityProfile"] = std::move(security);
}

// ---- disks

std::optional<std::uint64_t> DiskBytes(const fs::path& disk) {
  const auto sectors = ParseDecimal(ReadLine(disk / "size"));
  const bool is_one =
      Exists(disk / "device") && ReadLine(disk / "removable") != "1" && sectors.value_or(0) > 0;
  if (!is_one) return std::nullopt;
  return *sectors * kSectorBytes;
}

// `8:1` of what is mounted on `/`, through device mapper down to a real partition.
std::string RootDevice(const fs::path& root) {
  std::string device;
  const std::string mounts = ReadText(root / "proc/self/mountinfo");
  for (const std::string_view line : Split(mounts, '\n')) {
    const auto fields = Split(line, ' ');
    if (fields.size() > 4 && fields[4] == "/") device = fields[2];
  }
  constexpr int kMaxLayers = 8;
  for (int layer = 0; layer < kMaxLayers; ++layer) {
    const fs::path below = root / "sys/dev/block" / device / "slaves";
    const auto names = device.empty() ? std::vector<std::string>() : List(below);
    if (names.empty()) break;
    device = ReadLine(below / names.front() / "dev");
  }
  return device;
}

bool Holds(const fs::path& disk, std::string_view device) {
  if (device.empty()) return false;
  if (ReadLine(disk / "dev") == device) return true;
  const auto parts = List(disk);
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return part.starts_with(disk.filename().string()) && ReadLine(disk / part / "dev") == device;
  });
}

std::string Gib(std::uint64_t bytes) {
  constexpr std::uint64_t kGib = 1ULL << 30;
  return std::to_string((bytes + kGib - 1) / kGib);
}

void SayDisks(const fs::path& root, json::object& compute) {
  const std::string root_device = RootDevice(root);
  json::object storage;
  json::array data;
  for (const std::string& name : List(root / "sys/block")) {
    const fs::path disk = root / "sys/block" / name;
    const auto bytes = DiskBytes(disk);
    if (!bytes) continue;
    if (Holds(disk, root_device)) {
      storage["osDisk"] = json::object{{"name", name}, {"diskSizeGB", Gib(*bytes)}};
    } else if (data.size() < MachineProfile::kMaxElements) {
      data.push_back(json::object{{"lun", std::to_string(data.size())},
                                  {"name", name},
                                  {"diskSizeGB", Gib(*bytes)},
                                  {"diskCapacityBytes", std::to_string(*bytes)}});
    }
  }
  if (!data.empty()) storage["dataDisks"] = std::move(data);
  if (!storage.empty()) compute["storageProfile"] = std::move(storage);
}

// ---- interfaces

struct Card {
  std::uint64_t index;
  std::string name;
  std::string mac;
  bool has_device;
};

std::vector<Card> ReadCards(const fs::path& root) {
  constexpr std::string_view kEthernet = "1";
  std::vector<Card> cards;
  for (const std::string& name : List(root / "sys/class/net")) {
    const fs::path at = root / "sys/class/net" / name;
    const std::string mac = ReadLine(at / "address");
    const bool made_here = Exists(at / "bridge") || Exists(at / "tun_flags");
    if (ReadLine(at / "type") != kEthernet || made_here || mac == "00:00:00:00:00:00") continue;
    cards.push_back(
        {ParseDecimal(ReadLine(at / "ifindex")).value_or(0), name, mac, Exists(at / "device")});
  }
  const bool has_real =
      std::any_of(cards.begin(), cards.end(), [](const Card& card) { return card.has_device; });
  if (has_real) std::erase_if(cards, [](const Card& card) { return !card.has_device; });
  std::sort(cards.begin(), cards.end(),
            [](const Card& a, const Card& b) { return a.index < b.index; });
  if (cards.size() > MachineProfile::kMaxElements) cards.resize(MachineProfile::kMaxElements);
  return cards;
}

std::string NetworkOf(const InterfaceAddress& of) {
  in_addr bits{};
  if (inet_pton(AF_INET, of.address.c_str(), &bits) != 1) return {};
  const std::uint32_t mask = of.prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - of.prefix);
  bits.s_addr = htonl(ntohl(bits.s_addr) & mask);
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &bits, text, sizeof text);
  return text;
}

json::object DescribeCard(const Card& card, const std::vector<InterfaceAddress>& addresses) {
  json::array ipv4;
  json::array ipv6;
  json::array subnets;
  for (const InterfaceAddress& address : addresses) {
    if (address.interface != card.name) continue;
    json::array& list = address.is_ipv6 ? ipv6 : ipv4;
    list.push_back(json::object{{"privateIpAddress", address.address}});
    if (address.is_ipv6) continue;
    json::object subnet{{"address", NetworkOf(address)},
                        {"prefix", std::to_string(address.prefix)}};
    if (std::find(subnets.begin(), subnets.end(), subnet) == subnets.end()) {
      subnets.push_back(std::move(subnet));
    }
  }
  json::object described{
      {"macAddress", card.mac},
      {"ipv4", json::object{{"ipAddress", std::move(ipv4)}, {"subnet", std::move(subnets)}}}};
  if (!ipv6.empty()) described["ipv6"] = json::object{{"ipAddress", std::move(ipv6)}};
  return described;
}

}  // namespace

MachineFacts ReadMachineFacts(const fs::path& root, const std::string& host_name,
                              const std::vector<InterfaceAddress>& addresses) {
  json::object compute{{"osType", "Linux"}};
  const std::string product = ReadLine(root / "sys/class/dmi/id/product_name");
  if (!IsPlaceholder(product)) Say(compute, "vmSize", product);
  if (!host_name.empty()) compute["osProfile"] = json::object{{"computerName", host_name}};
  SayImage(root, compute);
  SaySecurity(root, compute);
  SayDisks(root, compute);
  json::array interfaces;
  for (const Card& card : ReadCards(root)) interfaces.push_back(DescribeCard(card, addresses));
  json::object profile{{"compute", std::move(compute)}};
  if (!interfaces.empty()) {
    profile["network"] = json::object{{"interface", std::move(interfaces)}};
  }
  return {ReadVmId(root), std::move(profile)};
}

}  // namespace openimds
