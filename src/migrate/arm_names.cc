// SPDX-License-Identifier: Apache-2.0
#include "migrate/arm_names.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "migrate/source_text.h"

namespace openimds::migrate {
namespace {

bool IsLiteral(std::string_view argument) {
  return argument.size() >= 2 && argument.front() == '\'' && argument.back() == '\'' &&
         argument.substr(1, argument.size() - 2).find('\'') == std::string_view::npos;
}

std::string_view Unquoted(std::string_view literal) {
  return literal.substr(1, literal.size() - 2);
}

// The arguments of `name(…)`; none if the expression is something else.
std::vector<std::string> ArgumentsOf(std::string_view expression, std::string_view name) {
  std::vector<std::string> arguments;
  if (!expression.starts_with(name) || !expression.ends_with(')')) return {};
  if (expression.substr(name.size(), 1) != "(") return {};
  const std::string_view inside =
      expression.substr(name.size() + 1, expression.size() - name.size() - 2);
  int depth = 0;
  bool quoted = false;
  std::string argument;
  for (const char c : inside) {
    if (c == '\'') quoted = !quoted;
    if (!quoted && (c == '(' || c == '[')) ++depth;
    if (!quoted && (c == ')' || c == ']') && --depth < 0) return {};
    if (c == ',' && !quoted && depth == 0) {
      arguments.push_back(std::move(argument));
      argument.clear();
    } else {
      argument.push_back(c);
    }
  }
  arguments.push_back(std::move(argument));
  return arguments;
}

std::string Joined(const std::vector<std::string>& arguments, std::size_t count) {
  if (count == 1) return arguments.front();
  std::string all = "concat(";
  for (std::size_t i = 0; i < count; ++i) all += (i == 0 ? "" : ",") + arguments[i];
  return all + ")";
}

ExtensionName SplitConcat(const std::vector<std::string>& arguments) {
  const std::size_t count = arguments.size();
  const std::string& last = arguments[count - 1];
  if (count >= 2 && IsLiteral(last) && last.starts_with("'/") && last.size() > 3) {
    return {Joined(arguments, count - 1), "'" + last.substr(2)};
  }
  if (count >= 3 && arguments[count - 2] == "'/'") {
    return {Joined(arguments, count - 2), last};
  }
  if (count == 2 && IsLiteral(arguments[0]) && arguments[0].ends_with("/'")) {
    return {arguments[0].substr(0, arguments[0].size() - 2) + "'", last};
  }
  return {};
}

ExtensionName SplitFormat(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 || !IsLiteral(arguments[0])) return {};
  const std::string_view pattern = Unquoted(arguments[0]);
  if (!pattern.starts_with("{0}/")) return {};
  const std::string_view own = pattern.substr(4);
  if (own == "{1}" && arguments.size() == 3) return {arguments[1], arguments[2]};
  if (own.find('{') != std::string_view::npos || arguments.size() != 2) return {};
  return {arguments[1], "'" + std::string(own) + "'"};
}

}  // namespace

std::string CanonicalName(std::string_view text) {
  if (!text.starts_with("[") || text.starts_with("[[") || !text.ends_with("]")) {
    return "'" + LowerAscii(text) + "'";
  }
  std::string expression;
  for (const char c : text.substr(1, text.size() - 2)) {
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) {
      expression.push_back(ToLowerAscii(c));
    }
  }
  return expression;
}

ExtensionName SplitExtensionName(std::string_view text) {
  const std::string name = CanonicalName(text);
  if (IsLiteral(name)) {
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) return {};
    return {name.substr(0, slash) + "'", "'" + name.substr(slash + 1)};
  }
  if (const auto arguments = ArgumentsOf(name, "concat"); !arguments.empty()) {
    return SplitConcat(arguments);
  }
  if (const auto arguments = ArgumentsOf(name, "format"); !arguments.empty()) {
    return SplitFormat(arguments);
  }
  return {};
}

bool RefersTo(std::string_view text, std::string_view own) {
  const bool is_literal = IsLiteral(own);
  const std::string_view wanted = is_literal ? Unquoted(own) : own;
  if (wanted.empty()) return false;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos;
       at = text.find(wanted, at + 1)) {
    const char before = at == 0 ? '\'' : text[at - 1];
    const std::size_t end = at + wanted.size();
    const char after = end < text.size() ? text[end] : '\'';
    const bool whole = std::string_view("/',}(").find(before) != std::string_view::npos &&
                       std::string_view("/',)").find(after) != std::string_view::npos;
    if (whole && (is_literal || text.find("extensions") != std::string_view::npos)) return true;
  }
  return false;
}

}  // namespace openimds::migrate
