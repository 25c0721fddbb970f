// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "app/config_keys.h"
#include "base/reasons.h"
#include "base/text.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

// A wrong file, and what is said about it. `f` stands for the file's name.
struct WrongFile {
  const char* name;
  const char* text;
  const char* message;
};

const WrongFile kWrongFiles[] = {
    {"UnknownKey", "[server]\nio_thread = 2\n",
     "f:2:1: unknown key 'io_thread' in [server]; did you mean 'io_threads'?"},
    {"UnknownKeyThatIsLikeNone", "[server]\nzzzzzzzzzzzz = 2\n",
     "f:2:1: unknown key 'zzzzzzzzzzzz' in [server]"},
    {"UnknownTable", "[sevrer]\nio_threads = 2\n",
     "f:1:2: unknown table 'sevrer'; did you mean 'server'?"},
    {"KeyInTheWrongTable", "[server]\ntoken_lifetime = 600\n",
     "f:2:1: unknown key 'token_lifetime' in [server]; it belongs in [authority]"},
    {"KeyOutsideOfAllTables", "io_threads = 2\n",
     "f:1:1: unknown key 'io_threads'; it belongs in [server]"},
    {"TextForANumber", "[server]\nio_threads = \"four\"\n",
     "f:2:14: server.io_threads: expected a whole number from 1 to 256, got the text \"four\""},
    {"NumberTooSmall", "[server]\nio_threads = 0\n",
     "f:2:14: server.io_threads: expected a whole number from 1 to 256, got the number 0"},
    {"NumberTooLarge", "[server]\nio_threads = 257\n",
     "f:2:14: server.io_threads: expected a whole number from 1 to 256, got the number 257"},
    {"NegativeNumber", "[server]\nidle_timeout = -1\n",
     "f:2:16: server.idle_timeout: expected whole seconds from 1 to 86400, got the number -1"},
    {"PointForAWholeNumber", "[tokens]\ncache_size = 1.5\n",
     "f:2:14: tokens.cache_size: expected a whole number from 1 to 10000000, got a number with a "
     "point"},
    {"NumberForAFlag", "[server]\nallow_wildcard_bind = 1\n",
     "f:2:23: server.allow_wildcard_bind: expected true or false, got the number 1"},
    {"NumberInAListOfTexts", "[authority]\naudiences = [\"a\", 3]\n",
     "f:2:13: authority.audiences: expected an array of audiences of 1 to 2,048 visible "
     "characters, "
     "got an array"},
    {"DateForAText", "[state]\ndir = 2026-11-25\n",
     "f:2:7: state.dir: expected an absolute path, got a date or time"},
    {"TableForAKey", "[server.io_threads]\nx = 1\n",
     "f:1:1: server.io_threads: expected a whole number from 1 to 256, got a table"},
    {"RelativeStateFolder", "[state]\ndir = \"state\"\n",
     "f:2:7: state.dir: expected an absolute path, got the text \"state\""},
    {"NoGuid", "[seed]\ntenant_id = \"{0}\"\n",
     "f:2:13: seed.tenant_id: expected a GUID, got the text \"{0}\""},
    {"NoName", "[seed]\nmachine = \"a/b\"\n",
     "f:2:11: seed.machine: expected a name of 1 to 90 letters, digits or -_.(), not ending with a "
     "dot, got the text \"a/b\""},
    {"NoChoice", "[log]\nlevel = \"loud\"\n",
     "f:2:9: log.level: expected one of \"debug\", \"info\", \"warn\", \"error\", got the text "
     "\"loud\""},
    {"UrlWithASlashAtItsEnd", "[authority]\npublic_url = \"http://h/\"\n",
     "f:2:14: authority.public_url: expected an http or https URL without a slash at its end, or "
     "\"\", got the text \"http://h/\""},
    {"IssuerThatIsNoUrl", "[authority]\nissuer = \"javascript:x\"\n",
     "f:2:10: authority.issuer: expected an http or https URL, or \"\", got the text "
     "\"javascript:x\""},
    {"TokenThatLivesTooLong", "[authority]\ntoken_lifetime = 86401\n",
     "f:2:18: authority.token_lifetime: expected whole seconds from 300 to 86400, got the number "
     "86401"},
    {"HostWithAPort", "[server]\nallowed_hosts = [\"a:80\"]\n",
     "f:2:17: server.allowed_hosts: expected an array of host names without a port, got an array"},
    {"ListenerAsATable", "[listener]\nprotocol = \"imds\"\n",
     "f:1:1: expected listeners as [[listener]], got a table"},
    {"TableAsAValue", "log = 3\n", "f:1:7: expected the table [log], got the number 3"},
    {"TableAsAnArray", "[[log]]\nlevel = \"info\"\n",
     "f:1:1: expected the table [log], got an array of tables"},
    {"ListenerWithoutAnything", "[[listener]]\n",
     "f:1:1: expected 'protocol' in this [[listener]]\n"
     "f:1:1: expected 'address' in this [[listener]]"},
    {"ListenerOnAName", "[[listener]]\nprotocol = \"imds\"\naddress = \"localhost:80\"\n",
     "f:3:11: listener.address: expected an address such as \"127.0.0.1:50341\", \"[::1]:0\" or "
     "\"unix:/path\", got the text \"localhost:80\""},
    {"OneAddressTwice",
     "[[listener]]\nprotocol = \"imds\"\naddress = \"127.0.0.1:80\"\n"
     "[[listener]]\nprotocol = \"authority\"\naddress = \"127.0.0.1:80\"\n",
     "f:6:11: expected each address once, got 127.0.0.1:80 again"},
    {"AuthorityThatSpeaksForAMachine",
     "[[listener]]\nprotocol = \"authority\"\naddress = \"127.0.0.1:80\"\nmachine = \"vm\"\n",
     "f:4:11: expected no 'machine' on an authority's listener: it speaks for no machine"},
    {"MachineOfAResourceManager",
     "[[listener]]\nprotocol = \"arm\"\naddress = \"127.0.0.1:80\"\nmachine = \"vm\"\n",
     "f:4:11: expected no 'machine' on the resource manager's listener: it speaks for no machine"},
    {"FaultOfAResourceManager",
     "[[listener]]\nprotocol = \"arm\"\naddress = \"127.0.0.1:80\"\nfault = \"throttled\"\n",
     "f:4:9: expected no 'fault' on the resource manager's listener"},
    {"ResourceManagerInTheClear",
     "[[listener]]\nprotocol = \"arm\"\naddress = \"127.0.0.1:80\"\ntls = false\n",
     "f:4:7: expected HTTPS on the resource manager's listener, got tls = false"},
    // Attack row 22: what is not quite TOML is refused whole.
    {"Row22DuplicateKey", "[log]\nlevel = \"info\"\nlevel = \"debug\"\n",
     "f:3:9: key-value pair: cannot redefine existing string 'level'"},
    {"Row22DuplicateTable", "[log]\n[log]\n",
     "f:2:1: table header: cannot redefine existing table 'log'"},
    {"Row22ByteOrderMark", "\xef\xbb\xbf[log]\n",
     "f:1:1: expected UTF-8 text, got a byte order mark"},
    {"Row22CutShort", "[log]\nlevel = \"info\n",
     "f:2:14: string: unescaped control characters other than TAB (U+0009) are explicitly "
     "prohibited"},
    {"Row22TerminalEscapeIsNotEchoed", "[log]\nlevel = \"\\u001b[2J\"\n",
     "f:2:9: log.level: expected one of \"debug\", \"info\", \"warn\", \"error\", got the text "
     "\"?[2J\""},
    {"AllMistakesInOrderOfTheFile", "[tokens]\ncache_size = 0\n[log]\nlevl = \"info\"\n",
     "f:2:14: tokens.cache_size: expected a whole number from 1 to 10000000, got the number 0\n"
     "f:4:1: unknown key 'levl' in [log]; did you mean 'level'?"},
};

class WrongFileTest : public testing::TestWithParam<WrongFile> {};

TEST_P(WrongFileTest, IsRefusedWithItsPlaceAndWhatWasExpected) {
  const auto config = ParseConfig(GetParam().text, "f");
  ASSERT_THAT(config, FailsWith(reasons::kConfigInvalid));
  EXPECT_EQ(config.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Table, WrongFileTest, testing::ValuesIn(kWrongFiles),
                         [](const auto& it) { return std::string(it.param.name); });

TEST(ConfigTest, RefusesInvalidUtf8AndNul) {
  EXPECT_THAT(ParseConfig("[log]\nlevel = \"\xff\"\n", "f"), FailsWith(reasons::kConfigInvalid));
  EXPECT_THAT(ParseConfig(std::string_view("[log]\0", 6), "f"), FailsWith(reasons::kConfigInvalid));
}

TEST(ConfigTest, EmptyFileListensOnTheFourDefaults) {
  const auto config = ParseConfig("", "f");
  ASSERT_THAT(config, IsOk());
  std::vector<std::string> addresses;
  for (const auto& listener : config->listeners) {
    addresses.push_back(std::string(ToText(listener.protocol)) + " " + listener.address.ToString() +
                        (listener.may_be_missing ? "?" : ""));
  }
  EXPECT_THAT(addresses, ElementsAre("imds 127.0.0.1:50341", "vm_extension 127.0.0.1:50342",
                                     "vm_extension [::1]:50342?", "authority 127.0.0.1:50343",
                                     "arm 127.0.0.1:50344"));
}

TEST(ConfigTest, ReadsEveryKey) {
  const auto config = ParseConfig(R"(
    [state]
    dir = "/var/lib/openimds"
    [seed]
    subscription_id = "11111111-1111-1111-1111-111111111111"
    tenant_id = "22222222-2222-2222-2222-222222222222"
    resource_group = "rg"
    machine = "vm"
    identity = "id"
    location = "westeurope"
    [[listener]]
    protocol = "vm_extension"
    address = "unix:/run/x.sock"
    machine = "vm2"
    fault = "throttled"
    [server]
    io_threads = 3
    worker_threads = 5
    worker_queue = 7
    max_header_bytes = 2048
    max_uri_bytes = 1024
    max_body_bytes = 100
    max_connections = 11
    max_connections_per_peer = 9
    header_timeout = 1
    idle_timeout = 2
    write_timeout = 3
    drain_timeout = 4
    allowed_hosts = ["Imds.Example"]
    allow_wildcard_bind = true
    [authority]
    public_url = "https://issuer.example"
    issuer = "https://sts.windows.net/{tenant}/"
    audiences = ["https://storage.azure.com/"]
    token_lifetime = 300
    [tokens]
    cache_size = 12
    [limits]
    user_assigned_per_machine = 32
    [log]
    level = "debug"
    format = "json"
  )",
                                  "f");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->state_dir, "/var/lib/openimds");
  EXPECT_EQ(config->seed.subscription_id, Guid::Parse("11111111-1111-1111-1111-111111111111"));
  EXPECT_EQ(config->seed.tenant_id, Guid::Parse("22222222-2222-2222-2222-222222222222"));
  EXPECT_EQ(config->seed.resource_group, "rg");
  EXPECT_EQ(config->seed.machine, "vm");
  EXPECT_EQ(config->seed.identity, "id");
  EXPECT_EQ(config->seed.location, "westeurope");
  ASSERT_EQ(config->listeners.size(), 1u);
  EXPECT_EQ(config->listeners[0].protocol, ListenerProtocol::kVmExtension);
  EXPECT_EQ(config->listeners[0].address.path, "/run/x.sock");
  EXPECT_EQ(config->listeners[0].machine, "vm2");
  EXPECT_EQ(config->listeners[0].fault, FaultProfile::kThrottled);
  EXPECT_EQ(config->server.io_threads, 3u);
  EXPECT_EQ(config->server.worker_threads, 5u);
  EXPECT_EQ(config->server.worker_queue, 7u);
  EXPECT_EQ(config->server.max_header_bytes, 2048u);
  EXPECT_EQ(config->server.max_uri_bytes, 1024u);
  EXPECT_EQ(config->server.max_body_bytes, 100u);
  EXPECT_EQ(config->server.max_connections, 11u);
  EXPECT_EQ(config->server.max_connections_per_peer, 9u);
  EXPECT_EQ(config->server.header_timeout, std::chrono::seconds{1});
  EXPECT_EQ(config->server.idle_timeout, std::chrono::seconds{2});
  EXPECT_EQ(config->server.write_timeout, std::chrono::seconds{3});
  EXPECT_EQ(config->server.drain_timeout, std::chrono::seconds{4});
  EXPECT_THAT(config->allowed_hosts, ElementsAre("imds.example"));
  EXPECT_TRUE(config->allow_wildcard_bind);
  EXPECT_EQ(config->authority.public_url, "https://issuer.example");
  EXPECT_EQ(config->authority.issuer, "https://sts.windows.net/{tenant}/");
  EXPECT_THAT(config->authority.audiences, ElementsAre("https://storage.azure.com/"));
  EXPECT_EQ(config->authority.token_lifetime, std::chrono::minutes{5});
  EXPECT_EQ(config->tokens.max_entries, 12u);
  EXPECT_EQ(config->limits.user_assigned_per_machine, 32u);
  EXPECT_EQ(config->log_level, LogLevel::kDebug);
  EXPECT_EQ(config->log_format, LogFormat::kJson);
}

// Attack row 33.
TEST(ConfigTest, RefusesWildcardsUnlessTheFlagAllowsThem) {
  for (const std::string address : {"0.0.0.0:80", "[::]:80", "0.0.0.0:0", "[::ffff:0.0.0.0]:80"}) {
    const std::string listener =
        "[[listener]]\nprotocol = \"imds\"\naddress = \"" + address + "\"\n";
    const auto refused = ParseConfig(listener, "f");
    ASSERT_THAT(refused, FailsWith(reasons::kWildcardBind)) << address;
    EXPECT_THAT(refused.error().message, HasSubstr("f:3:11: "));
    EXPECT_THAT(refused.error().message, HasSubstr("server.allow_wildcard_bind = true"));
    EXPECT_THAT(ParseConfig(listener + "[server]\nallow_wildcard_bind = true\n", "f"), IsOk())
        << address;
  }
}

// A default is shown as TOML, or in words if it is not always the same.
bool IsToml(std::string_view text) {
  return text == "false" || text == "true" || text.find_first_of("\"[0123456789") == 0;
}

// Each default that the page shows as TOML is what an empty file gives.
TEST(ConfigTest, DefaultsAreWhatThePageSays) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.table == kListenerTable || !IsToml(key.default_value)) continue;
    const auto stated = ParseConfig("[" + std::string(key.table) + "]\n" + std::string(key.name) +
                                        " = " + std::string(key.default_value) + "\n",
                                    "f");
    ASSERT_THAT(stated, IsOk()) << key.name;
    const Config silent;
    const auto values = [](const Config& c) {
      return std::make_tuple(
          std::tie(c.seed.resource_group, c.seed.identity, c.seed.location, c.server.io_threads,
                   c.server.worker_threads, c.server.worker_queue, c.server.max_header_bytes,
                   c.server.max_uri_bytes, c.server.max_body_bytes, c.server.max_connections,
                   c.server.max_connections_per_peer, c.server.header_timeout),
          std::tie(c.server.idle_timeout, c.server.write_timeout, c.server.drain_timeout,
                   c.allowed_hosts, c.allow_wildcard_bind, c.authority.public_url,
                   c.authority.issuer, c.authority.audiences, c.authority.token_lifetime,
                   c.tokens.max_entries, c.limits.user_assigned_per_machine, c.log_level,
                   c.log_format));
    };
    EXPECT_TRUE(values(*stated) == values(silent)) << key.table << "." << key.name;
  }
}

TEST(ConfigTest, LoadsAFileAndNamesItWhenItCannot) {
  const std::filesystem::path folder = testing::TempDir();
  const auto file = folder / "openimds_config_test.toml";
  std::ofstream(file) << "[log]\nlevel = \"error\"\n";
  const auto config = LoadConfig(file);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->log_level, LogLevel::kError);

  std::ofstream(file) << std::string(1024 * 1024 + 1, '#');
  EXPECT_THAT(LoadConfig(file), FailsWith(reasons::kConfigInvalid));
  std::filesystem::remove(file);
  const auto missing = LoadConfig(file);
  ASSERT_THAT(missing, FailsWith(reasons::kConfigInvalid));
  EXPECT_THAT(missing.error().message, HasSubstr(file.string() + ": No such file"));
  EXPECT_THAT(LoadConfig(folder), FailsWith(reasons::kConfigInvalid));
}

// docs/configuration.md shows each key of the table as one row under its table's heading, and no
// other row.
TEST(ConfigPageTest, ListsEveryKeyAndNothingElse) {
  std::ifstream page(OPENIMDS_DOCS "/configuration.md");
  ASSERT_TRUE(page) << OPENIMDS_DOCS;
  std::vector<std::string> rows;
  std::string table;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## `[")) table = line.substr(0, line.rfind('`') + 1);
    if (line.starts_with("| `")) rows.push_back(table + " " + line);
  }
  std::vector<std::string> expected;
  for (const ConfigKey& key : ConfigKeys()) {
    const bool list = key.table == kListenerTable;
    const std::string heading = "## `" + std::string(list ? "[[" : "[") + std::string(key.table) +
                                (list ? "]]" : "]") + "`";
    const std::string quote = IsToml(key.default_value) ? "`" : "";
    expected.push_back(heading + " | `" + std::string(key.name) + "` | " + DescribeRule(key.rule) +
                       " | " + quote + std::string(key.default_value) + quote + " | " +
                       std::string(key.meaning) + " |");
  }
  EXPECT_EQ(rows, expected);
}

}  // namespace
}  // namespace openimds
