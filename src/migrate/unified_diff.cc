// SPDX-License-Identifier: Apache-2.0
#include "migrate/unified_diff.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace openimds::migrate {
namespace {

constexpr std::size_t kContext = 3;
constexpr std::size_t kMostCells = std::size_t{4} * 1024 * 1024;  // of the table, 4 bytes each

using Lines = std::vector<std::string_view>;

Lines SplitLines(std::string_view text) {
  Lines lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

struct Step {
  char kind;  // ' ', '-' or '+', as in the diff
  std::string_view line;
};

// A longest common subsequence by the table that everybody learns, between equal ends.
class LineComparison {
 public:
  LineComparison(const Lines& before, const Lines& after) : before_(before), after_(after) {}

  std::vector<Step> Run() {
    std::size_t head = 0;
    const std::size_t shorter = std::min(before_.size(), after_.size());
    while (head < shorter && before_[head] == after_[head]) ++head;
    std::size_t tail = 0;
    while (tail < shorter - head &&
           before_[before_.size() - 1 - tail] == after_[after_.size() - 1 - tail]) {
      ++tail;
    }
    Take(' ', before_, 0, head);
    Middle(head, before_.size() - tail, after_.size() - tail);
    Take(' ', before_, before_.size() - tail, before_.size());
    return std::move(steps_);
  }

 private:
  void Take(char kind, const Lines& lines, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) steps_.push_back({kind, lines[i]});
  }

  void Middle(std::size_t head, std::size_t before_end, std::size_t after_end) {
    const std::size_t rows = before_end - head;
    const std::size_t columns = after_end - head;
    if ((rows + 1) * (columns + 1) > kMostCells) {
      Take('-', before_, head, before_end);
      Take('+', after_, head, after_end);
      return;
    }
    std::vector<std::uint32_t> common((rows + 1) * (columns + 1), 0);
    const auto at = [&](std::size_t row, std::size_t column) -> std::uint32_t& {
      return common[row * (columns + 1) + column];
    };
    for (std::size_t row = rows; row-- > 0;) {
      for (std::size_t column = columns; column-- > 0;) {
        at(row, column) = before_[head + row] == after_[head + column]
                              ? at(row + 1, column + 1) + 1
                              : std::max(at(row + 1, column), at(row, column + 1));
      }
    }
    std::size_t row = 0;
    std::size_t column = 0;
    while (row < rows || column < columns) {
      const bool same =
          row < rows && column < columns && before_[head + row] == after_[head + column];
      if (same) {
        steps_.push_back({' ', before_[head + row++]});
        ++column;
      } else if (row < rows && (column == columns || at(row + 1, column) >= at(row, column + 1))) {
        steps_.push_back({'-', before_[head + row++]});
      } else {
        steps_.push_back({'+', after_[head + column++]});
      }
    }
  }

  const Lines& before_;
  const Lines& after_;
  std::vector<Step> steps_;
};

void AppendStep(const Step& step, std::string* out) {
  out->push_back(step.kind);
  out->append(step.line);
  if (!step.line.ends_with('\n')) out->append("\n\\ No newline at end of file\n");
}

// `12,5`; an empty side names the line before it.
std::string Range(std::size_t lines_before, std::size_t count) {
  const std::size_t start = count == 0 ? lines_before : lines_before + 1;
  return std::to_string(start) + (count == 1 ? "" : "," + std::to_string(count));
}

class HunkWriter {
 public:
  explicit HunkWriter(const std::vector<Step>& steps) : steps_(steps) {}

  std::string Write() {
    for (std::size_t i = 0; i < steps_.size();) {
      if (steps_[i].kind == ' ') {
        Count(i++);
        continue;
      }
      i = Hunk(i);
    }
    return std::move(out_);
  }

 private:
  void Count(std::size_t i) {
    if (steps_[i].kind != '+') ++before_;
    if (steps_[i].kind != '-') ++after_;
  }

  // From the first change at `first` to where more than twice the context is unchanged.
  std::size_t Hunk(std::size_t first) {
    const std::size_t begin = first - std::min(first, kContext);
    std::size_t last = first;
    for (std::size_t i = first; i < steps_.size() && i <= last + 2 * kContext + 1; ++i) {
      if (steps_[i].kind != ' ') last = i;
    }
    const std::size_t end = std::min(last + 1 + kContext, steps_.size());
    const std::size_t before = before_ - (first - begin);
    const std::size_t after = after_ - (first - begin);
    for (std::size_t i = first; i < end; ++i) Count(i);
    out_ +=
        "@@ -" + Range(before, before_ - before) + " +" + Range(after, after_ - after) + " @@\n";
    for (std::size_t i = begin; i < end; ++i) AppendStep(steps_[i], &out_);
    return end;
  }

  const std::vector<Step>& steps_;
  std::size_t before_ = 0;  // lines that were passed
  std::size_t after_ = 0;
  std::string out_;
};

std::string QuotePath(const std::string& path) {
  const auto is_plain = [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F &&
           c != '"' && c != '\\';
  };
  if (std::all_of(path.begin(), path.end(), is_plain)) return path;
  std::string quoted = "\"";
  for (const char c : path) {
    if (is_plain(c)) {
      quoted.push_back(c);
    } else if (c == '"' || c == '\\') {
      quoted.append({'\\', c});
    } else {
      const auto byte = static_cast<unsigned char>(c);
      const auto digit = [](unsigned value) { return static_cast<char>('0' + value); };
      quoted.append({'\\', digit(byte >> 6U), digit((byte >> 3U) & 7U), digit(byte & 7U)});
    }
  }
  return quoted + "\"";
}

// Behind a name with a space in it, a tab says where it ends.
std::string Header(std::string_view mark, const std::string& name) {
  const bool has_space = name.find(' ') != std::string::npos;
  return std::string(mark) + QuotePath(name) + (has_space ? "\t\n" : "\n");
}

}  // namespace

std::string UnifiedDiff(std::string_view path, std::string_view before, std::string_view after) {
  if (before == after) return {};
  const Lines old_lines = SplitLines(before);
  const Lines new_lines = SplitLines(after);
  const std::vector<Step> steps = LineComparison(old_lines, new_lines).Run();
  return Header("--- ", "a/" + std::string(path)) + Header("+++ ", "b/" + std::string(path)) +
         HunkWriter(steps).Write();
}

}  // namespace openimds::migrate
