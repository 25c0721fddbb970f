// SPDX-License-Identifier: Apache-2.0
#include "app/bridge_mark_file.h"

#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "crypto/json_object.h"

namespace openimds {

void WriteBridgeMarks(const std::filesystem::path& file, const MarkOfAttachment& marks) {
  boost::json::object content;
  for (const auto& [attachment, mark] : marks) content[attachment.ToString()] = mark;
  std::ofstream out(file, std::ios::trunc);
  out << boost::json::serialize(content);
  out.close();
  if (out.good()) return;
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
}

MarkOfAttachment TakeBridgeMarks(const std::filesystem::path& file) {
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  const auto content = ParseJsonObject(text);
  MarkOfAttachment marks;
  if (!content) return marks;
  for (const auto& [name, value] : *content) {
    const auto attachment = Guid::Parse(name);
    const auto mark = value.is_int64() ? value.get_int64() : -1;
    if (!attachment || mark <= 0 || mark > UINT32_MAX) return {};
    marks.emplace(*attachment, static_cast<std::uint32_t>(mark));
  }
  return marks;
}

}  // namespace openimds
