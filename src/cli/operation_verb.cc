// SPDX-License-Identifier: Apache-2.0
#include "cli/operation_verb.h"

#include <fstream>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>

#include "base/guid.h"
#include "cli/exit_codes.h"
#include "crypto/digest.h"

namespace openimds::cli {

namespace json = boost::json;

const CLI::Validator kGuid(
    [](const std::string& text) {
      return openimds::Guid::Parse(text) ? std::string() : "expected a GUID, got '" + text + "'";
    },
    "GUID");

OperationVerb::OperationVerb(CLI::App& group, Invocation& invocation, const std::string& verb,
                             const std::string& description, const char* operation,
                             std::string (*table)(const json::value&))
    : app_(group.add_subcommand(verb, description)), arguments_(std::make_shared<json::object>()) {
  app_->group(kVerbs);
  app_->callback([&invocation, operation, table, arguments = arguments_] {
    invocation.action = [&invocation, operation, table, arguments]() -> Result<int> {
      TRY(const json::value answer, invocation.Run(operation, *arguments));
      invocation.Print(answer, table);
      return kDone;
    };
  });
}

CLI::Option* OperationVerb::Text(const std::string& names, const char* argument,
                                 const std::string& description) {
  return app_
      ->add_option_function<std::string>(
          names,
          [argument, arguments = arguments_](const std::string& text) {
            (*arguments)[argument] = text;
          },
          description)
      ->type_name("TEXT");
}

CLI::Option* OperationVerb::Guid(const std::string& names, const char* argument,
                                 const std::string& description) {
  return Text(names, argument, description)->check(kGuid)->option_text("GUID");
}

CLI::Option* OperationVerb::Texts(const std::string& names, const char* argument,
                                  const std::string& description) {
  return app_->add_option_function<std::vector<std::string>>(
      names,
      [argument, arguments = arguments_](const std::vector<std::string>& texts) {
        (*arguments)[argument] = json::array(texts.begin(), texts.end());
      },
      description);
}

CLI::Option* OperationVerb::Repeated(const std::string& names, const char* argument,
                                     const std::string& description) {
  return Texts(names, argument, description)->allow_extra_args(false);
}

CLI::Option* OperationVerb::Flag(const std::string& names, const char* argument,
                                 const std::string& description) {
  return app_->add_flag_callback(
      names, [argument, arguments = arguments_] { (*arguments)[argument] = true; }, description);
}

CLI::Option* OperationVerb::FileText(const std::string& names, const char* argument,
                                     const std::string& description) {
  return File(names, description, [argument, arguments = arguments_](const std::string& text) {
    (*arguments)[argument] = text;
  });
}

CLI::Option* OperationVerb::FileBase64(const std::string& names, const char* argument,
                                       const std::string& description) {
  return File(names, description, [argument, arguments = arguments_](const std::string& bytes) {
    (*arguments)[argument] = Base64Encode(bytes);
  });
}

CLI::Option* OperationVerb::File(const std::string& names, const std::string& description,
                                 std::function<void(const std::string&)> use) {
  const auto read = [use = std::move(use)](const std::string& path) {
    constexpr std::size_t kMaxBytes = 1 << 20;
    std::string text(kMaxBytes + 1, '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.empty() || text.size() > kMaxBytes) {
      throw CLI::ValidationError("expected a readable file of 1 byte to 1 MiB, got '" + path + "'");
    }
    use(text);
  };
  return app_->add_option_function<std::string>(names, read, description)->type_name("FILE");
}

void OperationVerb::Place() {
  Text("-g,--resource-group", "resourceGroup", "Its resource group; made if it is missing");
  Guid("--subscription", "subscription", "Its subscription, if there are several");
  Text("-l,--location", "location", "Its location; else that of its resource group");
}

void OperationVerb::GivenIds(CLI::Option* needed) {
  CLI::Option* client_id =
      Guid("--client-id", "clientId", "A client id that is known already; else a new one");
  CLI::Option* object_id =
      Guid("--object-id", "objectId", "An object (principal) id that is known already");
  client_id->needs(object_id);
  object_id->needs(client_id);
  if (!needed) return;
  client_id->needs(needed);
  object_id->needs(needed);
}

CLI::App& AddGroup(CLI::App& parent, const std::string& name, const std::string& description) {
  CLI::App* group = parent.add_subcommand(name, description);
  group->require_subcommand(1);
  group->group(kVerbs);
  return *group;
}

}  // namespace openimds::cli
