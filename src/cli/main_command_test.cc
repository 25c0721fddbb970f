// SPDX-License-Identifier: Apache-2.0
#include "cli/main_command.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/state.h"
#include "base/reasons.h"
#include "cli/exit_codes.h"
#include "crypto/digest.h"
#include "testing/matchers.h"

namespace openimds::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

namespace json = boost::json;

// The command line over operations that only write down what they are asked.
class MainCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/openimds_cli_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    program_.surroundings.environment["OPENIMDS_STATE_DIR"] = State().string();
    program_.surroundings.host_name = "host-1";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path State() const { return folder_ / "state"; }

  int Run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    asked_.clear();
    return RunCommandLine(program_, std::move(arguments));
  }

  // `operation {arguments}`, as the last call was run.
  std::string asked_;
  Result<json::value> answer_ = json::value(json::object{});
  std::ostringstream out_, err_;
  std::filesystem::path folder_;
  Program program_{
      {}, out_, err_, nullptr, [this](const Config&, const StateFolder&) -> Result<RunOperation> {
        return RunOperation([this](std::string_view name, const json::object& arguments) {
          asked_ = std::string(name) + " " + json::serialize(arguments);
          return answer_;
        });
      }};
};

constexpr char kIdentityAnswer[] =
    R"({"id":"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/web","name":"web","type":"Microsoft.ManagedIdentity/userAssignedIdentities","location":"local","tenantId":"22222222-2222-2222-2222-222222222222","clientId":"33333333-3333-3333-3333-333333333333","principalId":"44444444-4444-4444-4444-444444444444"})";

constexpr char kBlockAnswer[] =
    R"({"type":"SystemAssigned","principalId":"p","clientId":"c","tenantId":"t"})";

constexpr char kEventAnswer[] =
    R"({"eventId":"33333333-3333-3333-3333-333333333333","type":"Freeze","status":"Started","machines":["/x/a","/x/b"],"scaleSet":"/x/s","notBefore":"n","description":"d","source":"User","durationInSeconds":9,"created":"c","started":"t","startedBy":"operator","ended":null})";

// A command line, what it asks for, and an answer that it can print.
struct Command {
  std::vector<std::string> arguments;
  const char* asked;
  std::string answer;
};

std::vector<Command> Commands() {
  const std::string identity = kIdentityAnswer;
  const std::string machine = R"({"id":"/x","name":"vm","location":"l","vmId":"v","identity":)" +
                              std::string(kBlockAnswer) + "}";
  const std::string authority =
      R"({"publicUrl":"u","issuer":"i","audiences":["a"],"tokenLifetime":1,"keys":[{"kid":"k","active":true,"created":"c"}]})";
  const std::string guid = "33333333-3333-3333-3333-333333333333";
  return {
      {{"identity", "create", "web"}, R"(identity.create {"name":"web"})", identity},
      {{"identity", "create", "web", "-g", "rg", "--subscription", guid, "--location", "l",
        "--client-id", guid, "--object-id", guid},
       R"(identity.create {"name":"web","resourceGroup":"rg","subscription":"33333333-3333-3333-3333-333333333333","location":"l","clientId":"33333333-3333-3333-3333-333333333333","objectId":"33333333-3333-3333-3333-333333333333"})",
       identity},
      {{"identity", "list"}, "identity.list {}", "[" + identity + "]"},
      {{"identity", "show", "/sub/x"}, R"(identity.show {"identity":"/sub/x"})", identity},
      {{"identity", "delete", "web"},
       R"(identity.delete {"identity":"web"})",
       R"({"deleted":"/x"})"},
      {{"machine", "create", "vm", "--system-assigned"},
       R"(machine.create {"name":"vm","systemAssigned":true})",
       machine},
      {{"machine", "create", "vm", "--zone", "2", "--os-type", "Linux", "--image", "a:b:c:d"},
       R"(machine.create {"name":"vm","zone":"2","osType":"Linux","image":"a:b:c:d"})",
       machine},
      {{"machine", "update", "--tag", "a=1", "vm", "--tag", "b=2", "--size", "s"},
       R"(machine.update {"machine":"vm","tags":["a=1","b=2"],"size":"s"})",
       machine},
      {{"machine", "update", "vm", "--scale-set", "web"},
       R"(machine.update {"machine":"vm","scaleSet":"web"})",
       machine},
      {{"machine", "update", "vm", "--private-ip", "1.1.1.1", "--public-ip", "2.2.2.2", "--mac",
        "m"},
       R"(machine.update {"machine":"vm","privateIp":"1.1.1.1","publicIp":"2.2.2.2","mac":"m"})",
       machine},
      {{"machine", "list"}, "machine.list {}", "[" + machine + "]"},
      {{"machine", "show", "list"}, R"(machine.show {"machine":"list"})", machine},
      {{"machine", "delete", "vm"}, R"(machine.delete {"machine":"vm"})", R"({"deleted":"/x"})"},
      {{"machine", "identity", "assign", "vm", "a", "b", "--system-assigned"},
       R"(machine.identity.assign {"machine":"vm","identities":["a","b"],"systemAssigned":true})",
       kBlockAnswer},
      {{"machine", "identity", "remove", "vm", "a"},
       R"(machine.identity.remove {"machine":"vm","identities":["a"]})",
       kBlockAnswer},
      {{"machine", "identity", "show", "vm"},
       R"(machine.identity.show {"machine":"vm"})",
       kBlockAnswer},
      {{"event", "create", "--type", "Freeze", "--machine", "a", "--in", "30s", "--machine", "b",
        "--duration", "9", "--description", "d", "--source", "User", "--event-id", guid},
       R"(event.create {"type":"Freeze","machines":["a","b"],"in":"30s","duration":"9","description":"d","source":"User","eventId":"33333333-3333-3333-3333-333333333333"})",
       kEventAnswer},
      {{"event", "create", "--type", "Freeze", "--scale-set", "s", "--duration", "-1"},
       R"(event.create {"type":"Freeze","scaleSet":"s","duration":"-1"})",
       kEventAnswer},
      {{"event", "list", "--machine", "a", "--all"},
       R"(event.list {"machine":"a","all":true})",
       "[" + std::string(kEventAnswer) + "]"},
      {{"event", "list"}, "event.list {}", "[]"},
      {{"event", "show", guid},
       R"(event.show {"event":"33333333-3333-3333-3333-333333333333"})",
       kEventAnswer},
      {{"event", "start", guid},
       R"(event.start {"event":"33333333-3333-3333-3333-333333333333"})",
       kEventAnswer},
      {{"event", "complete", guid},
       R"(event.complete {"event":"33333333-3333-3333-3333-333333333333"})",
       kEventAnswer},
      {{"event", "cancel", guid},
       R"(event.cancel {"event":"33333333-3333-3333-3333-333333333333"})",
       kEventAnswer},
      {{"admin", "create", "ops", "--role", "Reader", "--scope", "/"},
       R"(admin.create {"name":"ops","role":"Reader","scope":"/"})",
       R"({"name":"ops","roles":[]})"},
      {{"admin", "rotate", "ops"},
       R"(admin.rotate {"name":"ops"})",
       R"({"name":"ops","roles":[]})"},
      {{"admin", "list"}, "admin.list {}", R"([{"name":"ops","roles":[]}])"},
      {{"admin", "delete", "ops"}, R"(admin.delete {"name":"ops"})", R"({"deleted":"ops"})"},
      {{"authority", "show"}, "authority.show {}", authority},
      {{"authority", "rotate"}, "authority.rotate {}", authority},
      {{"token", "--resource", "https://a/", "--machine", "vm", "--client-id", guid},
       R"(token.get {"resource":"https://a/","machine":"vm","clientId":"33333333-3333-3333-3333-333333333333"})",
       R"({"access_token":"x"})"},
  };
}

TEST_F(MainCommandTest, EveryVerbAsksItsOperationAndPrintsTheAnswerBothWays) {
  for (const Command& command : Commands()) {
    answer_ = json::parse(command.answer);
    EXPECT_EQ(Run(command.arguments), kDone) << command.asked << err_.str();
    EXPECT_EQ(asked_.size(), std::string(command.asked).size()) << asked_;
    EXPECT_EQ(json::parse(asked_.substr(asked_.find(' '))),
              json::parse(std::string(command.asked).substr(std::string(command.asked).find(' '))));
    EXPECT_THAT(asked_, StartsWith(std::string(command.asked).substr(0, asked_.find(' '))));
    EXPECT_NE(out_.str(), "");

    std::vector<std::string> as_json = command.arguments;
    as_json.insert(as_json.end(), {"--output", "json"});
    EXPECT_EQ(Run(as_json), kDone) << command.asked;
    EXPECT_EQ(json::parse(out_.str()), *answer_);
    EXPECT_EQ(err_.str(), "");
  }
}

TEST_F(MainCommandTest, TakesGlobalOptionsBeforeAndAfterTheVerb) {
  answer_ = json::array{};
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--output", "json", "identity", "list"},
        {"identity", "--output", "json", "list"},
        {"identity", "list", "--output=json"},
        {"identity", "list", "-o", "json"}}) {
    EXPECT_EQ(Run(arguments), kDone) << err_.str();
    EXPECT_EQ(out_.str(), "[]\n");
  }
}

TEST_F(MainCommandTest, SendsWhatFilesHoldAsTextOrAsBase64) {
  const std::string profile = (folder_ / "machine.json").string();
  const std::string data = (folder_ / "data").string();
  std::ofstream(profile) << R"({"compute":{}})";
  std::ofstream(data) << std::string("\0\xff", 2);
  answer_ = json::parse(R"({"id":"/x","location":"l","vmId":"v","identity":{"type":"None"},
      "profile":{"compute":{"vmSize":"s","tagsList":[]},"network":{"interface":[]}}})");
  EXPECT_EQ(Run({"machine", "update", "vm", "--file", profile, "--user-data", data}), kDone)
      << err_.str();
  EXPECT_EQ(json::parse(asked_.substr(asked_.find(' '))),
            json::parse(R"({"machine":"vm","profile":"{\"compute\":{}}","userData":"AP8="})"));
  EXPECT_THAT(out_.str(), HasSubstr("vm id:     v\n\nsize:  s\n\nno identity\n"));
  EXPECT_EQ(Run({"machine", "update", "vm", "--file", data + "x"}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("expected a readable file"));
}

TEST_F(MainCommandTest, ShowsAnEventWithWhatIsKnownOfIt) {
  answer_ = json::parse(kEventAnswer);
  EXPECT_EQ(Run({"event", "show", "33333333-3333-3333-3333-333333333333"}), kDone);
  EXPECT_EQ(out_.str(),
            "event id:     33333333-3333-3333-3333-333333333333\ntype:         Freeze\n"
            "status:       Started\nmachines:     a, b\nnot before:   n\nsource:       User\n"
            "duration:     9 s\nscale set:    /x/s\ndescription:  d\nstarted:      t\n"
            "started by:   operator\n");
  EXPECT_EQ(Run({"event", "create", "--type", "Freeze", "--machine", "a", "--scale-set", "s"}),
            kUsage);
}

TEST_F(MainCommandTest, TablesFitTheirContent) {
  answer_ = json::array{json::parse(kIdentityAnswer)};
  EXPECT_EQ(Run({"identity", "list"}), kDone);
  EXPECT_EQ(out_.str(),
            "NAME  RESOURCE GROUP  LOCATION  CLIENT ID                             PRINCIPAL ID\n"
            "web   rg              local     33333333-3333-3333-3333-333333333333  "
            "44444444-4444-4444-4444-444444444444\n");
}

// A command line that is wrong, and what is said about it.
struct WrongLine {
  std::vector<std::string> arguments;
  const char* message;
};

TEST_F(MainCommandTest, ExplainsWrongUsageWithTheNearestRightWord) {
  const WrongLine lines[] = {
      {{},
       "expected a verb: serve, token, env, identity, machine, extension, scaleset, event, "
       "authority, admin, role, attestation, cache, whois, host, deployment, migrate, config, "
       "version"},
      {{"idnetity"}, "unknown verb 'idnetity'; did you mean 'identity'?"},
      {{"frobnicate"}, "unknown verb 'frobnicate'"},
      {{"identity"},
       "expected a verb: create, list, show, delete, credential, secret, certificate, "
       "federated-credential"},
      {{"identity", "lst"}, "unknown verb 'lst'; did you mean 'list'?"},
      {{"identity", "list", "all"}, "unexpected argument 'all'"},
      {{"machine", "identity", "asign", "vm"}, "unknown verb 'asign'; did you mean 'assign'?"},
      {{"identity", "create", "web", "--clientid", "x"},
       "unknown option '--clientid'; did you mean '--client-id'?"},
      {{"identity", "list", "--ouput=json"}, "unknown option '--ouput'; did you mean '--output'?"},
      {{"identity", "create"}, "NAME is required"},
      {{"identity", "create", "web", "--client-id", "x", "--object-id", "y"},
       "--client-id: expected a GUID, got 'x'"},
      {{"--output", "xml", "version"}, "--output: expected table|json, got 'xml'"},
      {{"env", "--shell", "tcsh"},
       "--shell: expected bash|fish|powershell|dotenv|compose, got 'tcsh'"},
      {{"token"}, "--resource is required"},
  };
  for (const WrongLine& line : lines) {
    EXPECT_EQ(Run(line.arguments), kUsage) << line.message;
    EXPECT_EQ(err_.str(), "openimds: " + std::string(line.message) + "\nSee: openimds --help\n");
    EXPECT_EQ(out_.str(), "");
    EXPECT_EQ(asked_, "");
  }
}

TEST_F(MainCommandTest, RefusesIdsThatMakeNoSense) {
  const std::string guid = "33333333-3333-3333-3333-333333333333";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"identity", "create", "web", "--client-id", guid},
        {"machine", "create", "vm", "--client-id", guid, "--object-id", guid},
        {"token", "--resource", "https://a/", "--client-id", guid, "--object-id", guid}}) {
    EXPECT_EQ(Run(arguments), kUsage) << err_.str();
    EXPECT_EQ(asked_, "");
  }
}

TEST_F(MainCommandTest, WordsErrorsAsJsonForPrograms) {
  EXPECT_EQ(Run({"idnetity", "--output", "json"}), kUsage);
  EXPECT_EQ(err_.str(), R"({"error":{"code":"control.argument_invalid","message":)"
                        R"("unknown verb 'idnetity'; did you mean 'identity'?"}})"
                        "\n");
  answer_ = Fail(ErrorKind::kNotFound, reasons::kNotFound, "no identity is named 'x'");
  EXPECT_EQ(Run({"identity", "show", "x", "--output", "json"}), kMissing);
  EXPECT_EQ(err_.str(),
            R"({"error":{"code":"registry.not_found","message":"no identity is named 'x'"}})"
            "\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(MainCommandTest, ExitsAsTheErrorDeserves) {
  const struct {
    ErrorKind kind;
    std::string_view reason;
    int code;
  } cases[] = {
      {ErrorKind::kConflict, reasons::kExists, 4},
      {ErrorKind::kConflict, reasons::kInUse, 4},
      {ErrorKind::kNotFound, reasons::kNotFound, 3},
      {ErrorKind::kInvalidRequest, reasons::kIdentityNotFound, 3},
      {ErrorKind::kInvalidRequest, reasons::kNameInvalid, 2},
      {ErrorKind::kInvalidRequest, reasons::kArgumentInvalid, 2},
      {ErrorKind::kInvalidRequest, reasons::kAudienceUnknown, 1},
      {ErrorKind::kForbidden, reasons::kStateModes, 1},
      {ErrorKind::kInternal, reasons::kStoreFailed, 1},
      {ErrorKind::kUnavailable, reasons::kNoService, 5},
      {ErrorKind::kConflict, reasons::kStateInUse, 5},
  };
  for (const auto& it : cases) {
    answer_ = Fail(it.kind, it.reason, "m");
    EXPECT_EQ(Run({"identity", "list"}), it.code) << it.reason;
    EXPECT_EQ(err_.str(), "openimds: m\n");
  }
}

TEST_F(MainCommandTest, IsNoSecondWriterBesideAServiceThatDoesNotAnswer) {
  const auto folder = StateFolder::Open(State());
  ASSERT_THAT(folder, IsOk());
  const auto lock = folder->TryLock();
  ASSERT_THAT(lock, IsOk());
  EXPECT_EQ(Run({"identity", "list"}), kNoService);
  EXPECT_EQ(asked_, "");
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("another process is using the state folder"),
                                HasSubstr("no service answers at")));
}

TEST_F(MainCommandTest, PrintsATokenRawAsImdsDoesOrDecoded) {
  const std::string token = Base64UrlEncode(R"({"typ":"JWT","alg":"RS256","kid":"k"})") + "." +
                            Base64UrlEncode(R"({"aud":"https://a/","exp":5})") + "." +
                            Base64UrlEncode("signature");
  answer_ = json::object{{"access_token", token}, {"client_id", "c"}, {"expires_in", "5"}};
  EXPECT_EQ(Run({"token", "--resource", "https://a/"}), kDone);
  EXPECT_EQ(out_.str(),
            R"({"access_token":")" + token + R"(","client_id":"c","expires_in":"5"})" + "\n");
  EXPECT_EQ(Run({"token", "--resource", "https://a/", "--format", "raw"}), kDone);
  EXPECT_EQ(out_.str(), token + "\n");
  EXPECT_EQ(Run({"token", "--resource", "https://a/", "--format", "claims"}), kDone);
  EXPECT_EQ(out_.str(), "{\n  \"aud\": \"https://a/\",\n  \"exp\": 5\n}\n");
}

TEST_F(MainCommandTest, ChecksAConfiguration) {
  const auto file = folder_ / "c.toml";
  std::ofstream(file) << "[log]\nlevel = \"loud\"\n";
  EXPECT_EQ(Run({"config", "check", file.string()}), kUsage);
  EXPECT_THAT(err_.str(), StartsWith("openimds: " + file.string() + ":2:9: log.level: expected"));
  EXPECT_EQ(Run({"--config", file.string(), "identity", "list"}), kUsage) << "no verb ignores it";
  EXPECT_EQ(asked_, "");

  std::ofstream(file) << "[[listener]]\nprotocol = \"imds\"\naddress = \"127.0.0.1:7\"\n";
  program_.surroundings.environment["OPENIMDS_CONFIG"] = file.string();
  EXPECT_EQ(Run({"config", "check"}), kDone) << err_.str();
  EXPECT_EQ(out_.str(), file.string() + ": good\nstate: " + State().string() +
                            "\n\nPROTOCOL  ADDRESS      MACHINE\n"
                            "imds      127.0.0.1:7  host-1\n");
  EXPECT_EQ(Run({"config", "check", "--keys"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("server       io_threads                    2 "));
}

TEST_F(MainCommandTest, ServesWithTheConfigurationAndSaysWhenItIsReady) {
  control::ServiceFacts facts{7, "/s", "/s/control.sock", {}};
  facts.listeners = {{"imds", "127.0.0.1:1", "http://127.0.0.1:1", "host-1"}};
  program_.serve = [&](const ServeRequest& request) -> Result<int> {
    EXPECT_EQ(request.config.seed.machine, "host-1");
    EXPECT_EQ(request.state_dir, State());
    EXPECT_THAT(request.read_config(), IsOk());
    request.ready(facts);
    return 0;
  };
  EXPECT_EQ(Run({"serve", "--output", "json"}), kDone);
  EXPECT_EQ(out_.str(), R"({"event":"ready","pid":7,"state_dir":"/s","control":"/s/control.sock",)"
                        R"("listeners":[{"protocol":"imds","address":"127.0.0.1:1",)"
                        R"("url":"http://127.0.0.1:1","machine":"host-1"}]})"
                        "\n");
  EXPECT_EQ(Run({"serve"}), kDone);
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("imds      http://127.0.0.1:1  host-1\n"),
                    HasSubstr("export AZURE_POD_IDENTITY_AUTHORITY_HOST='http://127.0.0.1:1'\n"),
                    HasSubstr("-H 'Metadata: true' 'http://127.0.0.1:1/metadata/identity/")));
}

TEST_F(MainCommandTest, PrintsTheEnvironmentByTheConfigurationIfNoServiceRuns) {
  EXPECT_EQ(Run({"env", "--shell", "fish", "--sdk", "az"}), kDone);
  EXPECT_EQ(out_.str(), "set -gx MSI_ENDPOINT 'http://localhost:50342/oauth2/token'\n");
  EXPECT_EQ(Run({"env", "--output", "json"}), kDone);
  EXPECT_EQ(out_.str(),
            "{\n  \"AZURE_POD_IDENTITY_AUTHORITY_HOST\": \"http://127.0.0.1:50341\"\n}\n");
}

TEST_F(MainCommandTest, SaysItsVersion) {
  EXPECT_EQ(Run({"version"}), kDone);
  EXPECT_EQ(out_.str(), "openimds " OPENIMDS_VERSION "\n");
}

TEST_F(MainCommandTest, HelpsAndExitsWell) {
  EXPECT_EQ(Run({"--help"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("serve"));
  EXPECT_EQ(Run({"machine", "identity", "assign", "--help"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("--system-assigned"));
}

void CollectVerbs(const CLI::App& app, const std::string& path, std::set<std::string>* verbs) {
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string name = path + (path.empty() ? "" : " ") + verb->get_name();
    if (verb->get_subcommands([](const CLI::App*) { return true; }).empty()) verbs->insert(name);
    CollectVerbs(*verb, name, verbs);
  }
}

// docs/cli.md has a heading for each verb and for nothing else, each with an example that runs it.
TEST_F(MainCommandTest, ThePageShowsEveryVerbWithAnExample) {
  Invocation invocation(program_);
  std::set<std::string> verbs;
  CollectVerbs(*MainCommand(invocation), "", &verbs);
  std::ifstream page(OPENIMDS_DOCS "/cli.md");
  ASSERT_TRUE(page);
  std::set<std::string> shown;
  std::set<std::string> examples;
  std::string current;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("### `")) shown.insert(current = line.substr(5, line.rfind('`') - 5));
    if (line.starts_with("$ openimds " + current)) examples.insert(current);
  }
  EXPECT_EQ(shown, verbs);
  EXPECT_EQ(examples, verbs);
}

}  // namespace
}  // namespace openimds::cli
