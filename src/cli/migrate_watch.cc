// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>
#include <string>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/invocation.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/verbs.h"
#include "migrate/callers.h"

namespace openimds::cli {
namespace {

namespace json = boost::json;

constexpr char kDefaultFile[] = "/var/lib/managed-identity-extension/callers.json";
constexpr std::chrono::seconds kLook{1};

struct WatchOptions {
  std::string file = kDefaultFile;
  int days = 7;
  bool follow = false;
};

Result<migrate::CallerReport> ReadReport(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Fail(ErrorKind::kNotFound, reasons::kFileUnreadable,
                "expected '" + path +
                    "', where a daemon that counts its callers writes them down (mode imds, or "
                    "countCallers; name it with --file, and be root to read it)");
  }
  auto report = migrate::ParseCallerReport(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!report) report.error().message = path + ": " + report.error().message;
  return report;
}

// Empty for a user that this machine does not know.
std::string UserName(std::uint32_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16 * 1024> buffer{};
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found ? found->pw_name : "";
}

json::object CallerDocument(const migrate::Caller& caller) {
  return {{"process", caller.process},
          {"executable", caller.executable},
          {"uid", caller.uid ? json::value(*caller.uid) : json::value(nullptr)},
          {"user", caller.uid ? UserName(*caller.uid) : ""},
          {"pid", caller.pid},
          {"requests", caller.requests},
          {"first", FormatIsoTime(ToUnixSeconds(caller.first))},
          {"last", FormatIsoTime(ToUnixSeconds(caller.last))}};
}

json::value WatchDocument(const migrate::CallerReport& report, const WatchOptions& options,
                          const std::optional<bool>& quiet) {
  json::array callers;
  for (const migrate::Caller& caller : report.callers) callers.push_back(CallerDocument(caller));
  return json::object{{"since", FormatIsoTime(ToUnixSeconds(report.since))},
                      {"callers", std::move(callers)},
                      {"days", options.days},
                      {"quiet", quiet ? json::value(*quiet) : json::value(nullptr)}};
}

std::string ProcessNumber(const json::value& caller) {
  const std::string number = json::serialize(caller.at("pid"));
  return number == "0" ? "?" : number;
}

std::vector<std::string> CallerRow(const json::value& caller) {
  const json::value& uid = caller.at("uid");
  const std::string name = MemberText(caller, "user");
  const std::string number = uid.is_null() ? "?" : json::serialize(uid);
  return {MemberText(caller, "process"),
          name.empty() ? number : name + " (" + number + ")",
          json::serialize(caller.at("requests")),
          MemberText(caller, "last"),
          ProcessNumber(caller),
          MemberText(caller, "executable")};
}

std::string Verdict(const json::value& answer) {
  const std::string days = json::serialize(answer.at("days"));
  if (answer.at("quiet").is_null()) {
    return "Nobody has asked since " + MemberText(answer, "since") + ", which is less than the " +
           days + " days that were asked for.\n";
  }
  return answer.at("quiet").as_bool()
             ? "Nobody has asked for " + days + " days: the extension may go.\n"
             : "The old endpoint was asked within the last " + days + " days.\n";
}

std::string WatchTable(const json::value& answer) {
  Table table{{"PROCESS", "USER", "REQUESTS", "LAST", "PID", "EXECUTABLE"}, {}};
  for (const json::value& caller : answer.at("callers").as_array()) {
    table.rows.push_back(CallerRow(caller));
  }
  return (table.rows.empty() ? "" : RenderTable(table) + "\n") + Verdict(answer);
}

// One line for each caller that has asked again, until the reader has seen enough.
Result<int> Follow(const Invocation& invocation, const WatchOptions& options,
                   migrate::CallerReport seen) {
  std::ostream& out = invocation.program.out;
  while (out.flush()) {
    std::this_thread::sleep_for(kLook);
    auto now = ReadReport(options.file);
    if (!now) continue;  // the bridge is being taken away, or just set up
    for (const migrate::Caller& caller : migrate::NewCalls(seen, *now)) {
      const json::object document = CallerDocument(caller);
      if (invocation.json) {
        out << json::serialize(document) << "\n";
      } else {
        out << RenderTable({CallerRow(document), {}});
      }
    }
    seen = *std::move(now);
  }
  return kDone;
}

Result<int> Watch(const Invocation& invocation, const WatchOptions& options) {
  TRY(migrate::CallerReport report, ReadReport(options.file));
  const auto quiet =
      report.QuietFor(std::chrono::hours{24 * options.days}, std::chrono::system_clock::now());
  const json::value document = WatchDocument(report, options, quiet);
  if (options.follow && invocation.json) {
    invocation.program.out << json::serialize(document) << "\n";
  } else {
    invocation.Print(document, WatchTable);
  }
  if (options.follow) return Follow(invocation, options, std::move(report));
  return quiet == true ? kDone : kRefused;
}

}  // namespace

void AddMigrateWatch(CLI::App& group, Invocation& invocation) {
  CLI::App* verb =
      group.add_subcommand("watch", "Show which programs still ask the old endpoint here");
  verb->group(kVerbs);
  const auto options = std::make_shared<WatchOptions>();
  verb->add_option("--file", options->file, "Else " + std::string(kDefaultFile))->type_name("PATH");
  verb->add_option("--days", options->days, "How long it must have been quiet; else 7")
      ->type_name("NUMBER")
      ->check(CLI::Range(0, 3650));
  verb->add_flag("--follow", options->follow, "Go on, with a line for each call from now on");
  verb->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return Watch(invocation, *options); };
  });
}

}  // namespace openimds::cli
