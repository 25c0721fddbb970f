// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "migrate/block_extensions.h"

namespace openimds::migrate {
namespace {

struct Declaration {
  std::string symbol;
  std::string type;  // lower case, without its version
  bool is_existing = false;
  bool in_loop = false;
};

// `resource vm 'Microsoft.Compute/virtualMachines@2018-06-01' = `, up to the brace.
std::optional<Declaration> ReadDeclaration(std::string_view header) {
  if (!header.starts_with("resource ")) return std::nullopt;
  const std::string_view rest = TrimSpace(header.substr(9));
  const std::size_t space = rest.find(' ');
  const std::size_t quote = rest.find('\'');
  const std::size_t at =
      rest.find_first_of("@'", quote == std::string_view::npos ? quote : quote + 1);
  if (space == std::string_view::npos || at == std::string_view::npos) return std::nullopt;
  Declaration declaration;
  declaration.symbol = std::string(rest.substr(0, space));
  declaration.type = LowerAscii(rest.substr(quote + 1, at - quote - 1));
  declaration.is_existing = rest.find(" existing ") != std::string_view::npos;
  declaration.in_loop = rest.find("[for ") != std::string_view::npos;
  return declaration;
}

// A property's value, to the end of its line.
std::string ValueOf(const SourceText& source, const Brackets& brackets, Brackets::Index body,
                    std::string_view key) {
  const std::size_t at = brackets.FindEntry(body, key);
  if (at == SourceText::kNone) return {};
  const std::string_view line = source.Text({at + key.size(), source.LineAt(at).end});
  const std::size_t colon = line.find(':');
  return colon == std::string_view::npos ? std::string()
                                         : std::string(TrimSpace(line.substr(colon + 1)));
}

// The symbol in `${vm.name}/…`.
std::string MachineInName(const std::string& name) {
  if (!name.starts_with("'${")) return {};
  const std::size_t end = name.find_first_of(".}", 3);
  const bool has_tail = end != std::string::npos && name.substr(end).starts_with(".name}/");
  return has_tail ? name.substr(3, end - 3) : std::string();
}

Brackets::Index FindBody(const Brackets& brackets, const std::string& symbol) {
  for (Brackets::Index i = 0; i < brackets.size(); ++i) {
    const auto declaration = ReadDeclaration(brackets.HeaderOf(i));
    if (declaration && declaration->symbol == symbol && brackets.at(i).open_character == '{') {
      return declaration->is_existing ? Brackets::kNone : i;
    }
  }
  return Brackets::kNone;
}

// The declaration around a pair, itself included.
Brackets::Index FindDeclared(const Brackets& brackets, Brackets::Index from) {
  while (from != Brackets::kNone &&
         !(brackets.at(from).open_character == '{' && ReadDeclaration(brackets.HeaderOf(from)))) {
    from = brackets.at(from).parent;
  }
  return from;
}

void TakeResource(const SourceText& source, const Brackets& brackets, Brackets::Index body,
                  BlockExtension* extension) {
  const Declaration declaration = *ReadDeclaration(brackets.HeaderOf(body));
  extension->reference = declaration.symbol;
  extension->on_scale_set = declaration.type.find("scalesets") != std::string::npos;
  const Brackets::Index parent = brackets.at(body).parent;
  Span block = brackets.at(declaration.in_loop && parent != Brackets::kNone ? parent : body).span;
  block.begin = source.LineAt(block.begin).begin;
  extension->block = BlockLines(source, block);
  extension->machine = ValueOf(source, brackets, body, "parent");
  if (extension->machine.empty()) {
    extension->machine = MachineInName(ValueOf(source, brackets, body, "name"));
  }
  const Brackets::Index around = FindDeclared(brackets, parent);
  if (extension->machine.empty() && around != Brackets::kNone) {
    extension->machine = ReadDeclaration(brackets.HeaderOf(around))->symbol;
  }
  extension->machine_body = FindBody(brackets, extension->machine);
}

void TakeItem(const SourceText& source, const Brackets& brackets, Brackets::Index item,
              BlockExtension* extension) {
  const Brackets::Index list = brackets.at(item).parent;
  const bool in_list = list != Brackets::kNone && brackets.at(list).open_character == '[' &&
                       brackets.HeaderOf(list) == "extensions:";
  const bool own_lines = brackets.HeaderOf(item).empty();
  if (!in_list || !own_lines) {
    extension->problem = "it stands in something that is not understood";
    return;
  }
  extension->on_scale_set = true;
  extension->block = BlockLines(source, brackets.at(item).span);
  extension->machine_body = FindDeclared(brackets, list);
}

}  // namespace

std::vector<BlockExtension> FindBicepExtensions(const SourceText& source,
                                                const Brackets& brackets) {
  std::vector<BlockExtension> found;
  for (const Span& publisher : FindPublishers(source)) {
    BlockExtension extension;
    extension.place = publisher;
    extension.block = publisher;
    const Brackets::Index properties = brackets.Around(publisher.begin);
    const Brackets::Index outer =
        properties == Brackets::kNone ? properties : brackets.at(properties).parent;
    if (outer == Brackets::kNone || brackets.HeaderOf(properties) != "properties:") {
      extension.problem = "it stands in something that is not understood";
    } else if (ReadDeclaration(brackets.HeaderOf(outer))) {
      TakeResource(source, brackets, outer, &extension);
    } else {
      TakeItem(source, brackets, outer, &extension);
    }
    found.push_back(std::move(extension));
  }
  return found;
}

}  // namespace openimds::migrate
