// SPDX-License-Identifier: Apache-2.0
#include "migrate/project.h"

#include <set>
#include <system_error>
#include <utility>

#include "migrate/apply_edits.h"
#include "migrate/examine.h"

namespace openimds::migrate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFindings = 100000;

std::string ShownPath(const fs::path& path) {
  std::error_code failure;
  const fs::path absolute = fs::absolute(path, failure).lexically_normal();
  const fs::path relative = absolute.lexically_relative(fs::current_path(failure));
  const bool is_inside = !relative.empty() && *relative.begin() != "..";
  return (is_inside ? relative : absolute).string();
}

class Search {
 public:
  Search(const ProjectOptions& options, const TakeRewritten& take)
      : options_(options), take_(take) {}

  Result<ScanReport> Run(const std::vector<std::string>& roots) {
    const VisitFile visit = [this](const std::string& path, std::string content) {
      Visit(path, std::move(content));
    };
    for (const std::string& root : roots) {
      TRY_VOID(WalkTree(root, options_.walk, visit, &report_.skipped));
    }
    for (Skipped& file : report_.skipped) file.path = ShownPath(file.path);
    return std::move(report_);
  }

 private:
  void Visit(const std::string& path, std::string content) {
    const std::string shown = ShownPath(path);
    if (!seen_.insert(shown).second) return;
    if (findings_ >= kMostFindings) {
      report_.skipped.push_back({path, "too many findings before it"});
      return;
    }
    ++report_.files_read;
    if (!IsWorthExamining(content, options_.ports)) return;
    const SourceText source(shown, std::move(content));
    Examination examination = Examine(source, options_.ports);
    if (examination.findings.empty()) return;
    if (examination.has_more) report_.skipped.push_back({path, "more than 1000 findings in it"});
    findings_ += examination.findings.size();
    const std::string after = ApplyEdits(source.text(), &examination.findings);
    FileReport file{shown, {}};
    for (const Finding& finding : examination.findings) {
      file.findings.push_back(Locate(source, finding));
    }
    if (take_) take_({path, std::string(source.text()), after, file});
    report_.files.push_back(std::move(file));
  }

  const ProjectOptions& options_;
  const TakeRewritten& take_;
  std::set<std::string> seen_;
  std::size_t findings_ = 0;
  ScanReport report_;
};

}  // namespace

Result<ScanReport> ScanProject(const std::vector<std::string>& roots,
                               const ProjectOptions& options) {
  return RewriteProject(roots, options, {});
}

Result<ScanReport> RewriteProject(const std::vector<std::string>& roots,
                                  const ProjectOptions& options, const TakeRewritten& take) {
  return Search(options, take).Run(roots);
}

}  // namespace openimds::migrate
