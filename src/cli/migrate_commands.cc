// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "cli/exit_codes.h"
#include "cli/invocation.h"
#include "cli/migrate_tables.h"
#include "cli/operation_verb.h"
#include "cli/render.h"
#include "cli/verbs.h"
#include "migrate/project.h"
#include "migrate/replace_file.h"
#include "migrate/unified_diff.h"

// Works on files alone: no configuration is read, no service is asked.
namespace openimds::cli {
namespace {

namespace json = boost::json;

struct MigrateOptions {
  std::vector<std::string> paths;
  std::vector<std::uint16_t> ports;
  migrate::ProjectOptions project;
  bool sarif = false;
  bool write = false;
};

migrate::ProjectOptions ProjectOptionsOf(const MigrateOptions& options) {
  migrate::ProjectOptions project = options.project;
  project.ports.insert(options.ports.begin(), options.ports.end());
  return project;
}

int FoundOrNot(bool found) { return found ? kRefused : kDone; }

Result<int> Scan(const Invocation& invocation, const MigrateOptions& options) {
  TRY(const migrate::ScanReport report,
      migrate::ScanProject(options.paths, ProjectOptionsOf(options)));
  if (options.sarif) {
    invocation.program.out << RenderJson(migrate::SarifDocument(report));
  } else if (invocation.json) {
    invocation.program.out << RenderJson(migrate::ReportDocument(report));
  } else {
    invocation.program.out << ScanText(report);
  }
  return FoundOrNot(report.HasBreakage());
}

// What becomes of the files that can be rewritten, and what stays for people.
struct Outcome {
  json::array files;
  std::vector<migrate::FileReport> rewritten;
  std::vector<Error> failures;
};

void TakeFile(const Invocation& invocation, const MigrateOptions& options,
              const migrate::RewrittenFile& file, Outcome* outcome) {
  const std::string diff =
      migrate::UnifiedDiff(DiffPath(file.report.path), file.before, file.after);
  if (diff.empty()) return;
  if (options.write) {
    const auto replaced = migrate::ReplaceFile(file.path, file.before, file.after);
    if (!replaced) return outcome->failures.push_back(replaced.error());
  }
  outcome->rewritten.push_back(file.report);
  if (invocation.json) {
    outcome->files.push_back(
        json::object{{"path", migrate::ToUtf8(file.report.path)}, {"diff", migrate::ToUtf8(diff)}});
  } else if (!options.write) {
    invocation.program.out << diff;
  }
}

// By hand, as `scan` would show it afterwards.
migrate::ScanReport LeftOver(const migrate::ScanReport& report) {
  migrate::ScanReport left{{}, report.skipped, report.files_read};
  for (const migrate::FileReport& file : report.files) {
    migrate::FileReport rest{file.path, {}};
    for (const migrate::LocatedFinding& finding : file.findings) {
      if (!finding.rewritable) rest.findings.push_back(finding);
    }
    if (!rest.findings.empty()) left.files.push_back(std::move(rest));
  }
  return left;
}

void PrintOutcome(const Invocation& invocation, const MigrateOptions& options,
                  const migrate::ScanReport& left, Outcome outcome) {
  if (!invocation.json) {
    if (options.write) invocation.program.out << WrittenText(outcome.rewritten);
    invocation.program.err << LeftOverText(left);
    return;
  }
  json::object document{{"written", options.write}, {"files", std::move(outcome.files)}};
  document["byHand"] = migrate::ReportDocument(left).at("findings");
  document["skipped"] = migrate::ReportDocument(left).at("skipped");
  invocation.program.out << RenderJson(document);
}

Result<int> Rewrite(const Invocation& invocation, const MigrateOptions& options) {
  Outcome outcome;
  TRY(const migrate::ScanReport report,
      migrate::RewriteProject(options.paths, ProjectOptionsOf(options),
                              [&](const migrate::RewrittenFile& file) {
                                TakeFile(invocation, options, file, &outcome);
                              }));
  const migrate::ScanReport left = LeftOver(report);
  const std::vector<Error> failures = outcome.failures;
  PrintOutcome(invocation, options, left, std::move(outcome));
  if (!failures.empty()) return tl::unexpected<Error>(failures.front());
  return FoundOrNot(left.HasBreakage() || (!options.write && report.HasBreakage()));
}

CLI::App& AddMigrateVerb(CLI::App& group, Invocation& invocation, const std::string& name,
                         const std::string& description,
                         const std::shared_ptr<MigrateOptions>& options,
                         Result<int> (*run)(const Invocation&, const MigrateOptions&)) {
  CLI::App* verb = group.add_subcommand(name, description);
  verb->group(kVerbs);
  verb->add_option("PATH", options->paths, "Files, and folders with all that is in them")
      ->required();
  verb->add_option("--port", options->ports, "Another port that the extension was given")
      ->type_name("NUMBER")
      ->allow_extra_args(false);
  verb->add_option("--exclude", options->project.walk.excluded,
                   "Pass over what this pattern fits: a name, or a path")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  verb->add_option("--largest", options->project.walk.largest_file,
                   "Skip files of more bytes than this; else 4194304")
      ->type_name("BYTES");
  verb->callback([&invocation, options, run] {
    invocation.action = [&invocation, options, run] { return run(invocation, *options); };
  });
  return *verb;
}

}  // namespace

void AddMigrate(CLI::App& app, Invocation& invocation) {
  CLI::App& group = AddGroup(app, "migrate", "From the VM extension to IMDS");
  const auto scanned = std::make_shared<MigrateOptions>();
  AddMigrateVerb(group, invocation, "scan", "Find every use of the extension in a project", scanned,
                 Scan)
      .add_flag("--sarif", scanned->sarif, "As SARIF 2.1.0, for tools that show findings in code");
  const auto rewritten = std::make_shared<MigrateOptions>();
  AddMigrateVerb(group, invocation, "rewrite", "Show, as a patch, what would do without it",
                 rewritten, Rewrite)
      .add_flag("--write", rewritten->write, "Change the files instead of showing the patch");
  AddMigrateVerify(group, invocation);
  AddMigrateWatch(group, invocation);
}

}  // namespace openimds::cli
