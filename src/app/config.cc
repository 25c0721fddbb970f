// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "base/reasons.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxFileBytes = 1024 * 1024;

ListenerSettings DefaultListener(ListenerProtocol protocol, std::string_view address) {
  ListenerSettings listener;
  listener.protocol = protocol;
  listener.address = *ListenAddress::Parse(address);
  return listener;
}

std::vector<ListenerSettings> DefaultListeners() {
  std::vector<ListenerSettings> listeners{
      DefaultListener(ListenerProtocol::kImds, "127.0.0.1:50341"),
      DefaultListener(ListenerProtocol::kVmExtension, "127.0.0.1:50342"),
      DefaultListener(ListenerProtocol::kVmExtension, "[::1]:50342"),
      DefaultListener(ListenerProtocol::kAuthority, "127.0.0.1:50343"),
      DefaultListener(ListenerProtocol::kArm, "127.0.0.1:50344")};
  listeners[2].may_be_missing = true;
  listeners[4].tls = true;
  return listeners;
}

tl::unexpected<Error> CannotRead(const std::filesystem::path& file, std::string_view why) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kConfigInvalid,
              "cannot read the configuration " + file.string() + ": " + std::string(why));
}

}  // namespace

Config::Config() : listeners(DefaultListeners()) { server.io_threads = 2; }

Result<Config> LoadConfig(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return CannotRead(file, std::strerror(errno));
  std::string text(kMaxFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return CannotRead(file, std::strerror(errno));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kMaxFileBytes) return CannotRead(file, "expected at most 1 MiB");
  return ParseConfig(text, file.string());
}

std::string ListenerSettings::Url() const {
  std::string url = address.Url();
  if (tls && url.starts_with("http:")) url.insert(4, "s");
  return url;
}

}  // namespace openimds
