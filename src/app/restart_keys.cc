// SPDX-License-Identifier: Apache-2.0
#include "app/restart_keys.h"

#include <string_view>
#include <tuple>
#include <utility>

namespace openimds {
namespace {

// Everything that has to stay, as values that can be compared.
auto Server(const Config& c) {
  const http::ServerSettings& s = c.server;
  return std::make_tuple(s.io_threads, s.worker_threads, s.worker_queue, s.max_header_bytes,
                         s.max_uri_bytes, s.max_headers, s.max_body_bytes, s.max_connections,
                         s.max_connections_per_peer, s.header_timeout, s.idle_timeout,
                         s.write_timeout, s.drain_timeout, c.allowed_hosts, c.allow_wildcard_bind,
                         c.restrict_system_calls);
}

auto Seed(const Config& c) {
  return std::tie(c.seed.machine, c.seed.resource_group, c.seed.identity, c.seed.location,
                  c.seed.subscription_id, c.seed.tenant_id);
}

auto Tokens(const Config& c) {
  return std::tie(c.tokens.max_entries, c.tokens.refresh_percent, c.tokens.min_remaining,
                  c.tokens.fetch_threads);
}

auto Upstreams(const Config& c) {
  return std::tie(c.upstream.ca_file, c.upstream.connect_timeout, c.upstream.timeout);
}

std::vector<std::string> Guests(const Config& c) {
  std::vector<std::string> addresses;
  for (const ListenAddress& address : c.guests.addresses) addresses.push_back(address.ToString());
  return addresses;
}

auto Throttles(const Config& c) {
  return std::tie(c.throttle.identity_per_second, c.throttle.identity_in_flight,
                  c.throttle.other_per_second);
}

auto Limits(const Config& c) {
  return std::tie(c.limits.user_assigned_per_machine, c.limits.user_assigned_with_extension);
}

auto Tls(const Config& c) { return std::tie(c.tls.certificate_file, c.tls.key_file); }

// Whether users are asked for at all belongs to the socket; which ones may call does not.
std::vector<std::tuple<ListenerProtocol, std::string, bool, bool>> Addresses(const Config& c) {
  std::vector<std::tuple<ListenerProtocol, std::string, bool, bool>> addresses;
  for (const ListenerSettings& listener : c.listeners) {
    addresses.emplace_back(listener.protocol, listener.address.ToString(), listener.tls,
                           listener.users.empty());
  }
  return addresses;
}

}  // namespace

std::vector<std::string> KeysThatNeedARestart(const Config& current, const Config& next) {
  std::vector<std::string> keys;
  const auto check = [&](std::string_view name, const auto& a, const auto& b) {
    if (!(a == b)) keys.emplace_back(name);
  };
  check("[state]", current.state_dir, next.state_dir);
  check("[seed]", Seed(current), Seed(next));
  check("listener.protocol, listener.address and listener.tls", Addresses(current),
        Addresses(next));
  check("[throttle]", Throttles(current), Throttles(next));
  check("[guests]", Guests(current), Guests(next));
  check("[server]", Server(current), Server(next));
  check("authority.public_url", current.authority.public_url, next.authority.public_url);
  check("[tokens]", Tokens(current), Tokens(next));
  check("[upstream]", Upstreams(current), Upstreams(next));
  check("[tls]", Tls(current), Tls(next));
  check("[attestation]", current.attestation_name, next.attestation_name);
  check("[limits]", Limits(current), Limits(next));
  check("[arm]", current.resource_manager.operation_time, next.resource_manager.operation_time);
  check("log.format", current.log_format, next.log_format);
  return keys;
}

}  // namespace openimds
