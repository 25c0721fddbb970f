// SPDX-License-Identifier: Apache-2.0
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/config.h"
#include "app/config_keys.h"
#include "base/reasons.h"
#include "base/text.h"

namespace openimds {
namespace {

constexpr std::size_t kMaxShownBytes = 60;

// Short, and without characters that a terminal would obey.
std::string Shown(std::string_view text) {
  std::string shown = "\"";
  for (const char c : text.substr(0, kMaxShownBytes)) {
    shown.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
  }
  return shown + (text.size() > kMaxShownBytes ? "…\"" : "\"");
}

std::string Describe(const toml::node& node) {
  if (const auto* text = node.as_string()) return "the text " + Shown(text->get());
  if (const auto* number = node.as_integer()) return "the number " + std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (node.is_floating_point()) return "a number with a point";
  if (node.is_array_of_tables()) return "an array of tables";
  if (node.is_array()) return "an array";
  if (node.is_table()) return "a table";
  return "a date or time";
}

// The value with the alternative that the type wants; nothing if it is of another type.
std::optional<ConfigValue> ReadTexts(const toml::node& node) {
  const toml::array* array = node.as_array();
  if (!array) return std::nullopt;
  std::vector<std::string> texts;
  for (const toml::node& item : *array) {
    if (!item.is_string()) return std::nullopt;
    texts.push_back(item.as_string()->get());
  }
  return texts;
}

std::optional<ConfigValue> ReadValue(ValueType type, const toml::node& node) {
  switch (type) {
    case ValueType::kText:
    case ValueType::kChoice:
      if (const auto* text = node.as_string()) return text->get();
      return std::nullopt;
    case ValueType::kTextList:
      return ReadTexts(node);
    case ValueType::kBoolean:
      if (const auto* flag = node.as_boolean()) return flag->get();
      return std::nullopt;
    case ValueType::kInteger:
    case ValueType::kSeconds:
      if (const auto* number = node.as_integer()) return number->get();
      return std::nullopt;
  }
  return std::nullopt;
}

std::vector<std::string_view> TableNames() {
  std::vector<std::string_view> names;
  for (const ConfigKey& key : ConfigKeys()) {
    if (names.empty() || names.back() != key.table) names.push_back(key.table);
  }
  names.push_back(kCredentialTable);
  return names;
}

const ConfigKey* FindKey(std::string_view table, std::string_view name) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.table == table && key.name == name) return &key;
  }
  return nullptr;
}

// What someone who wrote `name` in `table` (empty: outside of all) may have meant.
std::string Suggest(std::string_view table, std::string_view name) {
  std::vector<std::string_view> near;
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.table == table) near.push_back(key.name);
    if (key.name == name) return "; it belongs in [" + std::string(key.table) + "]";
  }
  if (table.empty()) near = TableNames();
  const auto nearest = FindNearest(name, near);
  return nearest ? "; did you mean '" + std::string(*nearest) + "'?" : "";
}

// Goes over the whole document and keeps every mistake with its place, so that a person mends a
// file in one round.
class DocumentReader {
 public:
  explicit DocumentReader(std::string_view file_name) : file_name_(file_name) {}

  Result<Config> Read(const toml::table& document) {
    for (const auto& [name, node] : document) ReadTopLevel(name, node);
    CheckListeners();
    if (config_.tls.certificate_file.empty() != config_.tls.key_file.empty()) {
      Add(document.source(), "expected tls.certificate_file and tls.key_file, got only one");
    }
    if (config_.guests.addresses.empty()) {
      Add(document.source(), "expected at least one address in guests.addresses, got none");
    }
    if (!problems_.empty()) return Refuse();
    return std::move(config_);
  }

 private:
  struct Problem {
    toml::source_position place;
    std::string_view reason;
    std::string message;
  };

  void Add(const toml::source_region& place, std::string message,
           std::string_view reason = reasons::kConfigInvalid) {
    problems_.push_back({place.begin, reason, std::move(message)});
  }

  void ReadTopLevel(const toml::key& name, const toml::node& node) {
    const auto tables = TableNames();
    if (std::find(tables.begin(), tables.end(), name.str()) == tables.end()) {
      Add(name.source(), std::string("unknown ") + (node.is_table() ? "table" : "key") + " '" +
                             std::string(name.str()) + "'" + Suggest("", name.str()));
    } else if (name.str() == kListenerTable) {
      ReadListeners(node);
    } else if (name.str() == kCredentialTable) {
      ReadCredentials(node);
    } else if (!node.is_table()) {
      Add(node.source(),
          "expected the table [" + std::string(name.str()) + "], got " + Describe(node));
    } else {
      ReadTable(name.str(), *node.as_table());
    }
  }

  void ReadTable(std::string_view table, const toml::table& values) {
    for (const auto& [name, node] : values) ReadKey(table, name, node);
  }

  void ReadKey(std::string_view table, const toml::key& name, const toml::node& node) {
    const ConfigKey* key = FindKey(table, name.str());
    if (!key) {
      Add(name.source(), "unknown key '" + std::string(name.str()) + "' in [" + std::string(table) +
                             "]" + Suggest(table, name.str()));
      return;
    }
    const auto value = ReadValue(key->rule.type, node);
    if (value && Allows(key->rule, *value)) {
      key->store(config_, *value);
    } else {
      Add(node.source(), std::string(table) + "." + std::string(key->name) + ": expected " +
                             DescribeRule(key->rule) + ", got " + Describe(node));
    }
  }

  void ReadListeners(const toml::node& node) {
    const toml::array* entries = node.as_array();
    const bool tables = entries && std::all_of(entries->begin(), entries->end(),
                                               [](const auto& entry) { return entry.is_table(); });
    if (!tables) {
      Add(node.source(), "expected listeners as [[listener]], got " + Describe(node));
      return;
    }
    if (!entries->empty()) config_.listeners.clear();
    for (const toml::node& entry : *entries) ReadListener(*entry.as_table());
  }

  void ReadListener(const toml::table& values) {
    config_.listeners.emplace_back();
    // Stands in for an address that is missing or wrong, which is reported by itself.
    config_.listeners.back().address = *ListenAddress::Parse("127.0.0.1:0");
    listener_places_.push_back(values.source());
    ReadTable(kListenerTable, values);
    for (const std::string_view required : {"protocol", "address"}) {
      if (!values.contains(required)) {
        Add(values.source(), "expected '" + std::string(required) + "' in this [[listener]]");
      }
    }
    if (const toml::node* address = values.get("address")) {
      listener_places_.back() = address->source();
    }
    const ListenerSettings& listener = config_.listeners.back();
    const bool unix_socket = listener.address.family == ListenAddress::Family::kUnix;
    if (listener.tls && unix_socket) {
      Add(values.source(), "expected no 'tls' on a UNIX socket: it leaves no host");
    }
    if (const toml::node* users = values.get("users"); users && !listener.users.empty()) {
      const bool ours =
          !unix_socket && listener.address.ip.is_loopback() && SpeaksForMachine(listener.protocol);
      if (!ours) {
        Add(users->source(),
            "expected 'users' only where a machine's own processes call: on a "
            "loopback address, not of an authority");
      }
    }
    if (SpeaksForMachine(listener.protocol)) return;
    if (const toml::node* value = values.get("machine")) {
      const bool arm = listener.protocol == ListenerProtocol::kArm;
      Add(value->source(), "expected no 'machine' on " +
                               std::string(arm ? "the resource manager's" : "an authority's") +
                               " listener: it speaks for no machine");
    }
    if (listener.protocol == ListenerProtocol::kArm) return CheckArm(values);
    const bool plays = listener.fault == FaultProfile::kNone ||
                       listener.fault == FaultProfile::kUpstreamDown ||
                       listener.fault == FaultProfile::kThrottled;
    if (plays) return;
    Add(values.get("fault")->source(),
        "expected \"none\", \"upstream_down\" or \"throttled\" as an authority's fault");
  }

  // SDKs send their tokens over HTTPS only, and so do we take them.
  void CheckArm(const toml::table& values) {
    ListenerSettings& listener = config_.listeners.back();
    if (listener.fault != FaultProfile::kNone) {
      Add(values.get("fault")->source(), "expected no 'fault' on the resource manager's listener");
    }
    if (listener.address.family == ListenAddress::Family::kUnix) {
      Add(values.source(), "expected a TCP address for the resource manager");
    }
    const toml::node* tls = values.get("tls");
    if (tls && !listener.tls) {
      Add(tls->source(), "expected HTTPS on the resource manager's listener, got tls = false");
    }
    listener.tls = true;
  }

  void ReadCredentials(const toml::node& node) {
    const toml::array* entries = node.as_array();
    const bool tables = entries && std::all_of(entries->begin(), entries->end(),
                                               [](const auto& entry) { return entry.is_table(); });
    if (!tables) {
      Add(node.source(), "expected credentials as [[credential]], got " + Describe(node));
      return;
    }
    for (const toml::node& entry : *entries) ReadCredential(*entry.as_table());
  }

  void ReadCredential(const toml::table& values) {
    std::string identity;
    std::string machine;
    std::string kind;
    std::map<std::string, std::string, std::less<>> options;
    for (const auto& [name, node] : values) {
      const auto text = ReadOption(node);
      if (!text) {
        Add(node.source(), "credential." + std::string(name.str()) +
                               ": expected a text, a whole number, true or false, got " +
                               Describe(node));
      } else if (name.str() == "identity") {
        identity = *text;
      } else if (name.str() == "machine") {
        machine = *text;
      } else if (name.str() == "kind") {
        kind = *text;
      } else {
        options.emplace(name.str(), *text);
      }
    }
    if (identity.empty() == machine.empty()) {
      return Add(values.source(),
                 "expected either 'identity' or 'machine' in this [[credential]]: "
                 "a user-assigned identity's or a machine's name or resource id");
    }
    auto settings = MakeCredentialSettings(kind, std::move(options));
    if (!settings) return Add(values.source(), settings.error().message);
    const std::string& name = identity.empty() ? machine : identity;
    const std::string key = name.find('/') != std::string::npos ? ResourceIdKey(name)
                            : identity.empty()                  ? ConfiguredMachineKey(name)
                                                                : ConfiguredIdentityKey(name);
    if (!config_.credentials.emplace(key, *std::move(settings)).second) {
      Add(values.source(), "expected one [[credential]] for '" + name + "', got another");
    }
  }

  static std::optional<std::string> ReadOption(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    return std::nullopt;
  }

  // What only the whole file tells: wildcards that no flag allows, one address used twice.
  void CheckListeners() {
    std::set<std::string> taken;
    for (std::size_t i = 0; i < listener_places_.size(); ++i) {
      const ListenAddress& address = config_.listeners[i].address;
      const bool tcp = address.family == ListenAddress::Family::kTcp;
      if (tcp && address.ip.is_unspecified() && !config_.allow_wildcard_bind) {
        Add(listener_places_[i],
            "expected an address of one interface, got " + address.ToString() +
                ", which is all of them; server.allow_wildcard_bind = true allows it",
            reasons::kWildcardBind);
      }
      const bool chosen_later = tcp && address.port == 0;
      if (!chosen_later && !taken.insert(address.ToString()).second) {
        Add(listener_places_[i],
            "expected each address once, got " + address.ToString() + " again");
      }
    }
  }

  Result<Config> Refuse() {
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Problem& a, const Problem& b) { return a.place < b.place; });
    std::string message;
    for (const Problem& problem : problems_) {
      if (!message.empty()) message += '\n';
      message += file_name_ + ":" + std::to_string(problem.place.line) + ":" +
                 std::to_string(problem.place.column) + ": " + problem.message;
    }
    return Fail(ErrorKind::kInvalidRequest, problems_.front().reason, std::move(message));
  }

  const std::string file_name_;
  Config config_;
  std::vector<toml::source_region> listener_places_;  // of the address, for each [[listener]]
  std::vector<Problem> problems_;
};

tl::unexpected<Error> Unreadable(std::string_view file_name, toml::source_position place,
                                 std::string_view message) {
  return Fail(ErrorKind::kInvalidRequest, reasons::kConfigInvalid,
              std::string(file_name) + ":" + std::to_string(place.line) + ":" +
                  std::to_string(place.column) + ": " + std::string(message));
}

}  // namespace

Result<Config> ParseConfig(std::string_view text, std::string_view file_name) {
  // The parser would skip it, and with it whatever tool wrote a file that is not quite TOML.
  if (text.starts_with("\xef\xbb\xbf")) {
    return Unreadable(file_name, {1, 1}, "expected UTF-8 text, got a byte order mark");
  }
  try {
    return DocumentReader(file_name).Read(toml::parse(text, file_name));
  } catch (const toml::parse_error& error) {
    std::string_view message = error.description();
    constexpr std::string_view kPreamble = "Error while parsing ";
    if (message.starts_with(kPreamble)) message.remove_prefix(kPreamble.size());
    return Unreadable(file_name, error.source().begin, message);
  }
}

}  // namespace openimds
