// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "migrate/examine.h"

// MSI_ENDPOINT. A setting of it goes, where going leaves the file whole; a reader is for people.
namespace openimds::migrate {
namespace {

constexpr std::string_view kVariables[] = {"MSI_ENDPOINT", "ARM_MSI_ENDPOINT"};

std::string_view RuleFor(std::string_view variable) {
  return variable == "MSI_ENDPOINT" ? "env-msi-endpoint" : "terraform-msi-endpoint";
}

std::vector<std::size_t> FindUses(const SourceText& source, std::string_view name) {
  std::vector<std::size_t> uses;
  for (std::size_t at = source.text().find(name); at != SourceText::kNone;
       at = source.text().find(name, at + 1)) {
    const char before = at == 0 ? ' ' : source.text()[at - 1];
    const std::size_t end = at + name.size();
    const char after = end < source.text().size() ? source.text()[end] : ' ';
    if (!IsWordCharacter(before) && !IsWordCharacter(after) && !source.IsProse(at)) {
      uses.push_back(at);
    }
  }
  return uses;
}

// The end of a value that is the old endpoint and ends the line; nothing if it is something else.
std::optional<std::size_t> EndOfOldValue(const SourceText& source,
                                         const std::vector<EndpointUrl>& urls, std::size_t from) {
  const Span line = source.LineAt(from);
  for (const EndpointUrl& url : urls) {
    if (!line.Holds(url.span.begin) || url.span.begin < from || !url.on_known_port) continue;
    const std::string_view between = source.Text({from, url.span.begin});
    const std::string_view behind = source.Text({url.span.end, line.end});
    if (between.find_first_not_of(" \t=:\"'") != std::string_view::npos) return std::nullopt;
    if (behind.find_first_not_of(" \t\"'") != std::string_view::npos) return std::nullopt;
    return line.end;
  }
  return std::nullopt;
}

// Whether `before`, which stands before the name in its line, makes the line a setting of it.
bool BeginsSetting(std::string_view before) {
  before = TrimSpace(before);
  while (!before.empty() && (before.back() == '"' || before.back() == '\''))
    before.remove_suffix(1);
  for (const std::string_view word : {"", "-", "export", "ENV", "set", "setx", "Environment="}) {
    if (TrimSpace(before) == word) return true;
  }
  return false;
}

bool IsIndented(const SourceText& source, std::size_t offset) {
  return !source.IndentAt(offset).empty();
}

bool IsContinued(const SourceText& source, Span line) {
  const auto ends_so = [&source](Span text) {
    return text.end > text.begin && source.text()[text.end - 1] == '\\';
  };
  return ends_so(line) || (line.begin > 0 && ends_so(source.LineAt(line.begin - 1)));
}

// Whether a mapping or list of YAML keeps another entry beside the lines of `entry`.
bool HasSibling(const SourceText& source, Span entry) {
  const std::string_view indent = source.IndentAt(entry.begin);
  const bool is_item = source.text().substr(entry.begin + indent.size()).starts_with("-");
  const auto is_sibling = [&](std::size_t offset) {
    if (source.Text(source.LineAt(offset)).empty()) return false;
    const std::string_view rest = source.text().substr(source.LineAt(offset).begin);
    return source.IndentAt(offset) == indent &&
           rest.substr(indent.size()).starts_with("-") == is_item;
  };
  const bool below = entry.end < source.text().size() && is_sibling(entry.end);
  std::size_t above = entry.begin;
  while (above > 0) {
    above = source.WholeLineAt(above - 1).begin;
    const std::size_t width = source.IndentAt(above).size();
    if (width <= indent.size()) break;  // deeper lines belong to an entry further up
  }
  return below || (above < entry.begin && is_sibling(above));
}

// The lines that are the setting, if they can go without hurting what stands around them.
std::optional<Span> FindRemovableLines(const SourceText& source, std::size_t at, Span setting) {
  const Span whole{source.WholeLineAt(at).begin, source.WholeLineAt(setting.end - 1).end};
  switch (source.language()) {
    case Language::kShell:
    case Language::kBatch:
      // Inside a block it might be the only command.
      if (IsIndented(source, at) || IsContinued(source, source.LineAt(at))) return std::nullopt;
      return whole;
    case Language::kDockerfile:
    case Language::kSettings:
      if (IsContinued(source, source.LineAt(at))) return std::nullopt;
      return whole;
    case Language::kYaml:
      if (!HasSibling(source, whole)) return std::nullopt;
      return whole;
    default:
      return std::nullopt;
  }
}

// Where the setting that begins with the name at `at` ends: in its line, or, in a list of
// Kubernetes, with the `value:` of the next one.
std::optional<std::size_t> EndOfSetting(const SourceText& source,
                                        const std::vector<EndpointUrl>& urls, std::size_t at,
                                        std::size_t name_end) {
  const Span line = source.LineAt(at);
  const std::string_view before = source.Text({line.begin, at});
  if (BeginsSetting(before)) return EndOfOldValue(source, urls, name_end);
  const std::string_view key = TrimSpace(before);
  const bool is_name = key == "- name:" || key == "- name: \"" || key == "- name: '";
  const std::size_t next = source.WholeLineAt(at).end;
  if (!is_name || next >= source.text().size()) return std::nullopt;
  const std::size_t value = next + source.IndentAt(next).size();
  if (!source.text().substr(value).starts_with("value:")) return std::nullopt;
  return EndOfOldValue(source, urls, value + std::string_view("value:").size());
}

void FindVariable(const SourceText& source, std::string_view name,
                  const std::vector<EndpointUrl>& urls, Findings* findings) {
  const auto uses = FindUses(source, name);
  const bool of_app_service = source.HasWord("msi_secret");
  for (const std::size_t at : uses) {
    if (findings->is_full()) return;
    const Span word{at, at + name.size()};
    if (of_app_service) {
      findings->Note(RuleFor(name), word, "with MSI_SECRET it is App Service's and stays");
      continue;
    }
    if (IsOfCloudShell(source, at)) {
      findings->Note(RuleFor(name), word, "it is Azure Cloud Shell's own and stays");
      continue;
    }
    const auto end = EndOfSetting(source, urls, at, word.end);
    if (!end) {
      findings->Report(RuleFor(name), word, "");
      continue;
    }
    const Span setting{at, *end};
    const auto lines = FindRemovableLines(source, at, setting);
    if (uses.size() == 1 && lines) {
      findings->Rewrite(RuleFor(name), setting, {{*lines, ""}});
    } else {
      findings->Report(RuleFor(name), setting,
                       uses.size() > 1 ? "the same file reads it, too"
                                       : "taking the line away might break what is around it");
    }
  }
}

}  // namespace

void FindEnvironment(const SourceText& source, const ExtensionPorts& ports, Findings* findings) {
  if (source.text().find(kVariables[0]) == SourceText::kNone) return;  // part of the other, too
  const std::vector<EndpointUrl> urls = FindEndpointUrls(source, ports);
  for (const std::string_view name : kVariables) FindVariable(source, name, urls, findings);
}

}  // namespace openimds::migrate
