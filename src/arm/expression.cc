// SPDX-License-Identifier: Apache-2.0
#include "arm/expression.h"

#include <charconv>
#include <utility>

#include "base/reasons.h"

namespace openimds::templates {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Result<Expression> ParseWhole() {
    at_ = 1;  // the opening bracket
    TRY(Expression expression, Parse(0));
    SkipSpace();
    if (at_ != text_.size() - 1) return Expected("the closing ']'");
    return expression;
  }

 private:
  tl::unexpected<Error> FailHere(std::string_view reason, const std::string& message) const {
    return Fail(ErrorKind::kInvalidRequest, reason,
                "column " + std::to_string(at_ + 1) + ": " + message);
  }

  tl::unexpected<Error> Expected(const std::string& what) const {
    const bool end = at_ + 1 >= text_.size();
    return FailHere(reasons::kTemplateExpression,
                    "expected " + what + ", got " +
                        (end ? "the end" : "'" + std::string(text_.substr(at_, 1)) + "'"));
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  bool Take(char c) {
    SkipSpace();
    if (Peek() != c || at_ + 1 >= text_.size()) return false;  // the last bracket is not ours
    ++at_;
    return true;
  }

  Result<Expression> Parse(std::size_t depth) {
    if (depth > kMaxExpressionDepth) {
      return FailHere(reasons::kTemplateLimit, "expected at most " +
                                                   std::to_string(kMaxExpressionDepth) +
                                                   " levels of nesting in an expression");
    }
    SkipSpace();
    TRY(Expression expression, ParsePrimary(depth));
    return ParseAccesses(std::move(expression), depth);
  }

  Result<Expression> ParsePrimary(std::size_t depth) {
    if (Peek() == '\'') return ParseText();
    if (IsDigit(Peek()) || Peek() == '-') return ParseNumber();
    if (IsLetter(Peek())) return ParseCall(depth);
    return Expected("a function, a string in single quotes or a whole number");
  }

  Result<Expression> ParseText() {
    Expression literal{Expression::Kind::kText, at_ + 1, {}, 0, {}};
    for (++at_;; ++at_) {
      if (at_ + 1 >= text_.size()) return Expected("a closing quote");
      if (text_[at_] == '\'' && text_[++at_] != '\'') break;
      literal.name += text_[at_];
    }
    return literal;
  }

  Result<Expression> ParseNumber() {
    Expression literal{Expression::Kind::kNumber, at_ + 1, {}, 0, {}};
    const char* const end = text_.data() + text_.size();
    const auto read = std::from_chars(text_.data() + at_, end, literal.number);
    if (read.ec != std::errc() || *read.ptr == '.' || IsLetter(*read.ptr)) {
      return Expected("a whole number of 64 bits");
    }
    at_ = static_cast<std::size_t>(read.ptr - text_.data());
    return literal;
  }

  std::string TakeIdentifier() {
    const std::size_t begin = at_;
    while (IsLetter(Peek()) || IsDigit(Peek())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<Expression> ParseCall(std::size_t depth) {
    Expression call{Expression::Kind::kCall, at_ + 1, TakeIdentifier(), 0, {}};
    if (Peek() == '.') {
      ++at_;
      call.name += "." + TakeIdentifier();
    }
    if (!Take('(')) return Expected("'(' after '" + call.name + "'");
    if (Take(')')) return call;
    do {
      TRY(Expression argument, Parse(depth + 1));
      call.parts.push_back(std::move(argument));
    } while (Take(','));
    if (!Take(')')) return Expected("',' or ')'");
    return call;
  }

  // The `.name` and `[index]` that follow. Each is one level of the tree.
  Result<Expression> ParseAccesses(Expression target, std::size_t depth) {
    for (std::size_t count = depth;; ++count) {
      if (count > kMaxExpressionDepth) return Parse(count);  // which says so
      Expression access{Expression::Kind::kMember, at_ + 1, {}, 0, {}};
      access.parts.push_back(std::move(target));
      if (Take('.')) {
        SkipSpace();
        access.name = TakeIdentifier();
        if (access.name.empty()) return Expected("a name after '.'");
      } else if (Take('[')) {
        access.kind = Expression::Kind::kIndex;
        TRY(Expression index, Parse(depth + 1));
        access.parts.push_back(std::move(index));
        if (!Take(']')) return Expected("']' after the index");
      } else {
        return std::move(access.parts.front());
      }
      target = std::move(access);
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool IsExpression(std::string_view text) {
  return text.size() >= 2 && text.front() == '[' && text.back() == ']' && text[1] != '[';
}

std::string_view LiteralText(std::string_view text) {
  const bool escaped = text.size() >= 3 && text.substr(0, 2) == "[[" && text.back() == ']';
  return escaped ? text.substr(1) : text;
}

std::string EscapeText(std::string_view text) {
  const bool mistakable = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  return (mistakable ? "[" : "") + std::string(text);
}

Result<Expression> ParseExpression(std::string_view text) {
  if (text.size() > kMaxExpressionBytes) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateLimit,
                "expected an expression of at most " + std::to_string(kMaxExpressionBytes) +
                    " bytes, got " + std::to_string(text.size()));
  }
  return ExpressionParser(text).ParseWhole();
}

}  // namespace openimds::templates
