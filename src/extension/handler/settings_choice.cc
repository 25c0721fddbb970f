// SPDX-License-Identifier: Apache-2.0
#include "extension/handler/settings_choice.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <tuple>
#include <vector>

#include "base/reasons.h"
#include "base/text.h"

namespace openimds::extension {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSettings = ".settings";
constexpr std::uint64_t kMostSequence = 1ULL << 31U;  // agents keep it in an int

struct Candidate {
  std::int64_t seconds;
  std::int64_t nanoseconds;
  std::uint64_t sequence;
  fs::path file;

  bool operator<(const Candidate& other) const {
    return std::tie(seconds, nanoseconds, sequence) <
           std::tie(other.seconds, other.nanoseconds, other.sequence);
  }
};

std::optional<std::uint64_t> ParseSequence(std::string_view text) {
  const auto number = ParseDecimal(text);
  return number && *number < kMostSequence ? number : std::nullopt;
}

std::vector<Candidate> FindNumbered(const fs::path& folder, std::string_view extension,
                                    std::error_code* failure) {
  std::vector<Candidate> found;
  fs::directory_iterator at(folder, *failure);
  for (; !*failure && at != fs::directory_iterator(); at.increment(*failure)) {
    const fs::path& file = at->path();
    if (file.extension() != extension) continue;
    const auto sequence = ParseSequence(file.stem().native());
    struct stat status {};
    if (!sequence || stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    found.push_back({status.st_mtim.tv_sec, status.st_mtim.tv_nsec, *sequence, file});
  }
  return found;
}

Result<SettingsChoice> TakeNamed(const std::vector<Candidate>& candidates, std::uint64_t wanted) {
  for (const Candidate& candidate : candidates) {
    if (candidate.sequence == wanted) return SettingsChoice{wanted, candidate.file, true};
  }
  if (candidates.empty()) return SettingsChoice{wanted, {}, true};
  return Fail(ErrorKind::kNotFound, reasons::kHandlerSettings,
              "the agent said that the settings have number " + std::to_string(wanted) +
                  ", and there are only others");
}

}  // namespace

Result<SettingsChoice> ChooseSettings(const fs::path& config_folder,
                                      std::optional<std::string_view> config_sequence_number) {
  std::error_code failure;
  const std::vector<Candidate> candidates = FindNumbered(config_folder, kSettings, &failure);
  if (failure) {
    return Fail(ErrorKind::kUnavailable, reasons::kStateFailed,
                "cannot list '" + config_folder.string() + "': " + failure.message());
  }
  const auto said = ParseSequence(TrimSpace(config_sequence_number.value_or("")));
  if (said) return TakeNamed(candidates, *said);
  if (candidates.empty()) return SettingsChoice{};
  const Candidate& last = *std::max_element(candidates.begin(), candidates.end());
  return SettingsChoice{last.sequence, last.file, false};
}

std::optional<std::uint64_t> HighestNumber(const fs::path& folder, std::string_view extension) {
  std::error_code ignored;
  std::optional<std::uint64_t> highest;
  for (const Candidate& candidate : FindNumbered(folder, extension, &ignored)) {
    highest = std::max(highest.value_or(0), candidate.sequence);
  }
  return highest;
}

}  // namespace openimds::extension
