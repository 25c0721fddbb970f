// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include "base/text.h"
#include "migrate/block_extensions.h"

namespace openimds::migrate {
namespace {

// `resource "azurerm_linux_virtual_machine" "vm" ` as `azurerm_linux_virtual_machine.vm`.
std::optional<std::string> ReadAddress(std::string_view header) {
  if (!header.starts_with("resource ")) return std::nullopt;
  std::vector<std::string_view> parts = Split(header, '"');
  if (parts.size() != 5) return std::nullopt;
  return std::string(parts[1]) + "." + std::string(parts[3]);
}

Brackets::Index FindBody(const Brackets& brackets, const std::string& address) {
  for (Brackets::Index i = 0; i < brackets.size(); ++i) {
    if (ReadAddress(brackets.HeaderOf(i)) == address) return i;
  }
  return Brackets::kNone;
}

// The address in `virtual_machine_id = azurerm_linux_virtual_machine.vm.id`.
std::string MachineOf(const SourceText& source, const Brackets& brackets, Brackets::Index body) {
  for (const std::string_view key : {"virtual_machine_id", "virtual_machine_scale_set_id"}) {
    const std::size_t at = brackets.FindEntry(body, key);
    if (at == SourceText::kNone) continue;
    std::string_view value = source.Text({at + key.size(), source.LineAt(at).end});
    const std::size_t begin = value.find_first_not_of(" \t=");
    if (begin == std::string_view::npos) return {};
    value = value.substr(begin);
    const std::size_t end = value.find_first_of("[ \t#/\"");
    if (!value.substr(0, end).ends_with(".id")) return {};
    return std::string(value.substr(0, std::min(end, value.size()) - 3));
  }
  return {};
}

void TakeBlock(const SourceText& source, const Brackets& brackets, Brackets::Index body,
               BlockExtension* extension) {
  const std::string_view header = brackets.HeaderOf(body);
  Span block = brackets.at(body).span;
  block.begin = source.LineAt(block.begin).begin;
  extension->block = BlockLines(source, block);
  if (header == "extension") {
    extension->on_scale_set = true;
    extension->machine_body = brackets.at(body).parent;
    return;
  }
  const auto address = ReadAddress(header);
  if (!address) {
    extension->problem = "it stands in something that is not understood";
    return;
  }
  extension->reference = *address;
  extension->on_scale_set = address->find("scale_set") != std::string::npos;
  extension->machine = MachineOf(source, brackets, body);
  extension->machine_body = FindBody(brackets, extension->machine);
}

}  // namespace

std::vector<BlockExtension> FindTerraformExtensions(const SourceText& source,
                                                    const Brackets& brackets) {
  std::vector<BlockExtension> found;
  for (const Span& publisher : FindPublishers(source)) {
    BlockExtension extension;
    extension.place = publisher;
    extension.block = publisher;
    const Brackets::Index body = brackets.Around(publisher.begin);
    if (body == Brackets::kNone) {
      extension.problem = "it stands in something that is not understood";
    } else {
      TakeBlock(source, brackets, body, &extension);
    }
    found.push_back(std::move(extension));
  }
  return found;
}

}  // namespace openimds::migrate
