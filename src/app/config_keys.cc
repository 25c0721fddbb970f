// SPDX-License-Identifier: Apache-2.0
#include "app/config_keys.h"

#include <algorithm>
#include <chrono>

#include "attribution/local_user_rule.h"
#include "base/guid.h"
#include "base/text.h"
#include "host/host_rules.h"
#include "model/resource_id.h"
#include "net/address.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxUrlBytes = 512;

const std::string& Text(const ConfigValue& value) { return std::get<std::string>(value); }
bool Flag(const ConfigValue& value) { return std::get<bool>(value); }
std::size_t Size(const ConfigValue& value) {
  return static_cast<std::size_t>(std::get<std::int64_t>(value));
}
std::chrono::seconds Seconds(const ConfigValue& value) {
  return std::chrono::seconds{std::get<std::int64_t>(value)};
}
const std::vector<std::string>& Texts(const ConfigValue& value) {
  return std::get<std::vector<std::string>>(value);
}
template <class Enumeration>
Enumeration Chosen(const ConfigValue& value, std::span<const std::string_view> names) {
  const auto place = std::find(names.begin(), names.end(), Text(value)) - names.begin();
  return static_cast<Enumeration>(place);
}

bool IsPrintable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}
bool IsPath(const std::string& text) {
  return !text.empty() && text.front() == '/' && text.find('\0') == std::string::npos;
}
bool IsGuid(const std::string& text) { return Guid::Parse(text).has_value(); }
bool IsAddress(const std::string& text) { return ListenAddress::Parse(text).has_value(); }
bool IsGuestAddress(const std::string& text) {
  const auto address = ListenAddress::Parse(text);
  return address && address->family == ListenAddress::Family::kTcp && address->port != 0 &&
         !address->ip.is_unspecified();
}
bool IsInterfacePattern(const std::string& text) {
  return CheckHostPlan({.guests = {text}}).has_value();
}
bool IsUserRule(const std::string& text) { return ParseLocalUserRule(text).has_value(); }
bool IsName(const std::string& text) {
  const std::string group(Guid{}.ToString());
  return text.find('/') == std::string::npos &&
         ResourceId::ForResourceGroup(group, text).has_value();
}
bool IsMachine(const std::string& text) {
  return IsName(text) || ResourceId::Parse(text).has_value();
}
bool IsHost(const std::string& text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}
bool IsShortHost(const std::string& text) { return IsHost(text) && text.size() <= 63; }
bool IsUrl(const std::string& text) {
  const auto scheme = text.find("://");
  const bool web = text.starts_with("http://") || text.starts_with("https://");
  return web && text.size() > scheme + 3 && text.size() <= kMaxUrlBytes && IsPrintable(text) &&
         text.find_first_of("\"\\<>?#") == std::string::npos;
}
bool IsUrlOrEmpty(const std::string& text) { return text.empty() || IsUrl(text); }
bool IsBaseUrlOrEmpty(const std::string& text) {
  return text.empty() || (IsUrl(text) && text.back() != '/');
}
bool IsAudience(const std::string& text) {
  return !text.empty() && text.size() <= 2048 && IsPrintable(text);
}

constexpr ValueRule Checked(std::string_view expected, bool (*check)(const std::string&)) {
  return {.type = ValueType::kText, .expected = expected, .check = check};
}
constexpr ValueRule ListOf(std::string_view expected, bool (*check)(const std::string&)) {
  return {.type = ValueType::kTextList, .expected = expected, .check = check};
}
constexpr ValueRule Integer(std::int64_t least, std::int64_t most) {
  return {.type = ValueType::kInteger, .least = least, .most = most};
}
constexpr ValueRule SecondsFrom(std::int64_t least, std::int64_t most) {
  return {.type = ValueType::kSeconds, .least = least, .most = most};
}
constexpr ValueRule OneOf(std::span<const std::string_view> choices) {
  return {.type = ValueType::kChoice, .choices = choices};
}
constexpr ValueRule kBoolean{.type = ValueType::kBoolean};
constexpr ValueRule kGuid = Checked("a GUID", IsGuid);
constexpr ValueRule kName =
    Checked("a name of 1 to 90 letters, digits or -_.(), not ending with a dot", IsName);

const ConfigKey kKeys[] = {
    {"state", "dir", Checked("an absolute path", IsPath), "see below",
     "The folder where everything is kept.",
     [](Config& config, const ConfigValue& value) { config.state_dir = Text(value); }},

    {"seed", "subscription_id", kGuid, "derived from the names", "The first subscription's id.",
     [](Config& config, const ConfigValue& value) {
       config.seed.subscription_id = Guid::Parse(Text(value));
     }},
    {"seed", "tenant_id", kGuid, "derived from the names", "The first tenant's id.",
     [](Config& config, const ConfigValue& value) {
       config.seed.tenant_id = Guid::Parse(Text(value));
     }},
    {"seed", "resource_group", kName, "\"openimds\"", "The first resource group.",
     [](Config& config, const ConfigValue& value) { config.seed.resource_group = Text(value); }},
    {"seed", "machine", kName, "the host's name",
     "The first machine, and the one that a listener without `machine` speaks for.",
     [](Config& config, const ConfigValue& value) { config.seed.machine = Text(value); }},
    {"seed", "identity", kName, "\"openimds-identity\"", "The first user-assigned identity.",
     [](Config& config, const ConfigValue& value) { config.seed.identity = Text(value); }},
    {"seed", "location", kName, "\"local\"", "The location of all of these.",
     [](Config& config, const ConfigValue& value) { config.seed.location = Text(value); }},

    {"listener", "protocol", OneOf(kListenerProtocolNames), "required", "What is spoken there.",
     [](Config& config, const ConfigValue& value) {
       config.listeners.back().protocol = Chosen<ListenerProtocol>(value, kListenerProtocolNames);
     }},
    {"listener", "address",
     Checked("an address such as \"127.0.0.1:50341\", \"[::1]:0\" or \"unix:/path\"", IsAddress),
     "required", "Where to listen. Port 0 lets the kernel choose; names are not looked up.",
     [](Config& config, const ConfigValue& value) {
       config.listeners.back().address = *ListenAddress::Parse(Text(value));
     }},
    {"listener", "machine", Checked("a machine's name or resource id", IsMachine),
     "the seed's machine",
     "Which machine is calling. Not for the authority and the resource manager.",
     [](Config& config, const ConfigValue& value) {
       config.listeners.back().machine = Text(value);
     }},
    {"listener", "fault", OneOf(kFaultProfileNames), "\"none\"",
     "Trouble to play to clients, for testing them. An authority plays only the last two, the "
     "resource manager none.",
     [](Config& config, const ConfigValue& value) {
       config.listeners.back().fault = Chosen<FaultProfile>(value, kFaultProfileNames);
     }},
    {"listener", "tls", kBoolean, "false",
     "HTTPS instead of HTTP. Not for UNIX sockets; the resource manager has no other.",
     [](Config& config, const ConfigValue& value) { config.listeners.back().tls = Flag(value); }},
    {"listener", "users",
     ListOf("users of this host, as \"www-data\" or \"www-data: identity, system\"", IsUserRule),
     "[]", "Who on this host may call, and for which identities; empty: everybody, for all.",
     [](Config& config, const ConfigValue& value) {
       config.listeners.back().users.clear();
       for (const std::string& rule : Texts(value))
         config.listeners.back().users.push_back(*ParseLocalUserRule(rule));
     }},

    {"server", "io_threads", Integer(1, 256), "2", "Threads that read and answer requests.",
     [](Config& config, const ConfigValue& value) { config.server.io_threads = Size(value); }},
    {"server", "worker_threads", Integer(1, 256), "4", "Threads for answers that have to wait.",
     [](Config& config, const ConfigValue& value) { config.server.worker_threads = Size(value); }},
    {"server", "worker_queue", Integer(1, 65'536), "256",
     "Answers that may wait for a worker; more get 503.",
     [](Config& config, const ConfigValue& value) { config.server.worker_queue = Size(value); }},
    {"server", "max_header_bytes", Integer(1'024, 1'048'576), "16384",
     "Request line and headers; more gets 431.",
     [](Config& config, const ConfigValue& value) {
       config.server.max_header_bytes = Size(value);
     }},
    {"server", "max_uri_bytes", Integer(256, 1'048'576), "8192", "Path and query; more gets 414.",
     [](Config& config, const ConfigValue& value) { config.server.max_uri_bytes = Size(value); }},
    {"server", "max_body_bytes", Integer(0, 16'777'216), "65536", "More gets 413.",
     [](Config& config, const ConfigValue& value) { config.server.max_body_bytes = Size(value); }},
    {"server", "max_connections", Integer(1, 1'048'576), "16384", "Over all listeners.",
     [](Config& config, const ConfigValue& value) { config.server.max_connections = Size(value); }},
    {"server", "max_connections_per_peer", Integer(1, 1'048'576), "1024", "From one address.",
     [](Config& config, const ConfigValue& value) {
       config.server.max_connections_per_peer = Size(value);
     }},
    {"server", "header_timeout", SecondsFrom(1, 3'600), "10",
     "From a request's first byte to its last.",
     [](Config& config, const ConfigValue& value) {
       config.server.header_timeout = Seconds(value);
     }},
    {"server", "idle_timeout", SecondsFrom(1, 86'400), "60", "Between two requests.",
     [](Config& config, const ConfigValue& value) { config.server.idle_timeout = Seconds(value); }},
    {"server", "write_timeout", SecondsFrom(1, 3'600), "10", "For a client that does not read.",
     [](Config& config, const ConfigValue& value) {
       config.server.write_timeout = Seconds(value);
     }},
    {"server", "drain_timeout", SecondsFrom(0, 3'600), "10",
     "For what is under way when the service stops.",
     [](Config& config, const ConfigValue& value) {
       config.server.drain_timeout = Seconds(value);
     }},
    {"server", "allowed_hosts", ListOf("host names without a port", IsHost), "[]",
     "What `Host` may say besides the listener's own address, `localhost` and 169.254.169.254.",
     [](Config& config, const ConfigValue& value) {
       config.allowed_hosts.clear();
       for (const std::string& host : Texts(value))
         config.allowed_hosts.push_back(LowerAscii(host));
     }},
    {"server", "allow_wildcard_bind", kBoolean, "false",
     "Allows `0.0.0.0` and `[::]` as addresses: whoever reaches this host then gets tokens.",
     [](Config& config, const ConfigValue& value) { config.allow_wildcard_bind = Flag(value); }},
    {"server", "restrict_system_calls", kBoolean, "true",
     "The service, and what it runs, makes no other system calls than it needs (seccomp).",
     [](Config& config, const ConfigValue& value) { config.restrict_system_calls = Flag(value); }},

    {"guests", "addresses",
     ListOf("addresses such as \"169.254.169.254:80\", none of them all interfaces",
            IsGuestAddress),
     "[\"169.254.169.254:80\"]", "Where attached machines find IMDS.",
     [](Config& config, const ConfigValue& value) {
       config.guests.addresses.clear();
       for (const std::string& address : Texts(value))
         config.guests.addresses.push_back(*ListenAddress::Parse(address));
     }},

    {"authority", "public_url",
     Checked("an http or https URL without a slash at its end, or \"\"", IsBaseUrlOrEmpty), "\"\"",
     "Where clients reach the authority; empty: its first TCP listener.",
     [](Config& config, const ConfigValue& value) { config.authority.public_url = Text(value); }},
    {"authority", "issuer", Checked("an http or https URL, or \"\"", IsUrlOrEmpty), "\"\"",
     "`iss` of every token; `{tenant}` is replaced. Empty: `<public_url>/{tenant}/`.",
     [](Config& config, const ConfigValue& value) { config.authority.issuer = Text(value); }},
    {"authority", "audiences", ListOf("audiences of 1 to 2,048 visible characters", IsAudience),
     "[]", "The audiences that exist; empty: every audience does.",
     [](Config& config, const ConfigValue& value) { config.authority.audiences = Texts(value); }},
    {"authority", "token_lifetime", SecondsFrom(300, 86'400), "86400", "How long a token lives.",
     [](Config& config, const ConfigValue& value) {
       config.authority.token_lifetime = Seconds(value);
     }},

    {"tokens", "cache_size", Integer(1, 10'000'000), "10000", "Tokens kept for reuse.",
     [](Config& config, const ConfigValue& value) { config.tokens.max_entries = Size(value); }},
    {"tokens", "refresh_percent", Integer(10, 90), "50",
     "How much of a token's life is over when it is replaced, or up to 10 more.",
     [](Config& config, const ConfigValue& value) {
       config.tokens.refresh_percent = static_cast<int>(Size(value));
     }},
    {"tokens", "min_remaining", SecondsFrom(0, 3'600), "60",
     "A token with less to live is not handed out.",
     [](Config& config, const ConfigValue& value) {
       config.tokens.min_remaining = Seconds(value);
     }},
    {"tokens", "fetch_threads", Integer(1, 256), "16",
     "Threads that ask authorities; one identity gets a fourth of them.",
     [](Config& config, const ConfigValue& value) { config.tokens.fetch_threads = Size(value); }},

    {"upstream", "ca_file", Checked("an absolute path", IsPath), "the system's store",
     "The certificates (PEM) that authorities elsewhere must go back to.",
     [](Config& config, const ConfigValue& value) { config.upstream.ca_file = Text(value); }},
    {"upstream", "connect_timeout", SecondsFrom(1, 60), "5", "For the connection to an authority.",
     [](Config& config, const ConfigValue& value) {
       config.upstream.connect_timeout = Seconds(value);
     }},
    {"upstream", "timeout", SecondsFrom(1, 120), "15", "For its whole answer.",
     [](Config& config, const ConfigValue& value) { config.upstream.timeout = Seconds(value); }},

    {"tls", "certificate_file", Checked("an absolute path", IsPath), "made in the state folder",
     "What listeners with TLS show: the chain as PEM.",
     [](Config& config, const ConfigValue& value) { config.tls.certificate_file = Text(value); }},
    {"tls", "key_file", Checked("an absolute path", IsPath), "made in the state folder",
     "Its private key as PEM, closed to others.",
     [](Config& config, const ConfigValue& value) { config.tls.key_file = Text(value); }},

    {"host", "guest_interfaces",
     ListOf("interfaces' names such as \"tap3\", or \"vnet*\" for all that begin so",
            IsInterfacePattern),
     "[]", "Which interfaces of this host lead to guests, besides those attached to a machine.",
     [](Config& config, const ConfigValue& value) { config.host.guest_interfaces = Texts(value); }},
    {"host", "wire_server", kBoolean, "false",
     "`openimds host setup` also puts 168.63.129.16 on this host, for the Linux agent.",
     [](Config& config, const ConfigValue& value) { config.host.wire_server = Flag(value); }},

    {"attestation", "name", Checked("a host name of at most 63 characters", IsShortHost),
     "\"metadata.openimds.internal\"",
     "Whom the certificate names that signs attested documents, itself and as `*.<name>`.",
     [](Config& config, const ConfigValue& value) {
       config.attestation_name = LowerAscii(Text(value));
     }},

    {"limits", "user_assigned_per_machine", Integer(1, 100'000), "1000",
     "The next assignment is refused.",
     [](Config& config, const ConfigValue& value) {
       config.limits.user_assigned_per_machine = Size(value);
     }},
    {"limits", "user_assigned_with_extension", Integer(1, 100'000), "32",
     "The same, where the managed-identity extension serves the machine.",
     [](Config& config, const ConfigValue& value) {
       config.limits.user_assigned_with_extension = Size(value);
     }},

    {"arm", "operation_time", SecondsFrom(0, 600), "0",
     "How long the resource manager takes for what a cloud takes its time for: clients are told to "
     "ask again, and do. 0: every answer is the last one, and comes at once.",
     [](Config& config, const ConfigValue& value) {
       config.resource_manager.operation_time = Seconds(value);
     }},

    {"throttle", "profile", OneOf(kThrottleProfileNames), "\"none\"",
     "Limits for each machine: none, or those that Azure documents for its own service.",
     [](Config& config, const ConfigValue& value) {
       config.throttle = Text(value) == "azure" ? kAzureThrottle : ThrottleLimits{};
     }},
    {"throttle", "identity_per_second", Integer(1, 1'000'000), "as the profile has it",
     "Requests for tokens.",
     [](Config& config, const ConfigValue& value) {
       config.throttle.identity_per_second = Size(value);
     }},
    {"throttle", "identity_in_flight", Integer(1, 1'000'000), "as the profile has it",
     "Tokens that are being fetched from an authority.",
     [](Config& config, const ConfigValue& value) {
       config.throttle.identity_in_flight = Size(value);
     }},
    {"throttle", "other_per_second", Integer(1, 1'000'000), "as the profile has it",
     "Requests for all other metadata.",
     [](Config& config, const ConfigValue& value) {
       config.throttle.other_per_second = Size(value);
     }},

    {"log", "level", OneOf(kLogLevelNames), "\"info\"", "The least that is logged.",
     [](Config& config, const ConfigValue& value) {
       config.log_level = Chosen<LogLevel>(value, kLogLevelNames);
     }},
    {"log", "format", OneOf(kLogFormatNames), "\"auto\"",
     "`auto` is text on a terminal and JSON elsewhere.",
     [](Config& config, const ConfigValue& value) {
       config.log_format = Chosen<LogFormat>(value, kLogFormatNames);
     }},
};

std::string DescribeChoices(std::span<const std::string_view> choices) {
  std::string text = "one of ";
  for (std::size_t i = 0; i < choices.size(); ++i) {
    text += (i == 0 ? "\"" : ", \"") + std::string(choices[i]) + "\"";
  }
  return text;
}

std::string DescribeRange(std::string_view what, const ValueRule& rule) {
  return std::string(what) + " from " + std::to_string(rule.least) + " to " +
         std::to_string(rule.most);
}

}  // namespace

std::span<const ConfigKey> ConfigKeys() { return kKeys; }

std::string DescribeRule(const ValueRule& rule) {
  switch (rule.type) {
    case ValueType::kText:
      return std::string(rule.expected);
    case ValueType::kTextList:
      return "an array of " + std::string(rule.expected);
    case ValueType::kBoolean:
      return "true or false";
    case ValueType::kInteger:
      return DescribeRange("a whole number", rule);
    case ValueType::kSeconds:
      return DescribeRange("whole seconds", rule);
    case ValueType::kChoice:
      return DescribeChoices(rule.choices);
  }
  return {};
}

bool Allows(const ValueRule& rule, const ConfigValue& value) {
  switch (rule.type) {
    case ValueType::kText:
      return rule.check(Text(value));
    case ValueType::kTextList:
      return std::all_of(Texts(value).begin(), Texts(value).end(), rule.check);
    case ValueType::kBoolean:
      return true;
    case ValueType::kInteger:
    case ValueType::kSeconds: {
      const auto number = std::get<std::int64_t>(value);
      return number >= rule.least && number <= rule.most;
    }
    case ValueType::kChoice:
      return std::find(rule.choices.begin(), rule.choices.end(), Text(value)) != rule.choices.end();
  }
  return false;
}

}  // namespace openimds
