// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include "cli/invocation.h"

namespace openimds::cli {

inline constexpr char kVerbs[] = "Verbs";  // what --help calls them

// A verb that is one operation: its options become the operation's arguments, its answer is
// printed. Names of options are CLI11's (`-g,--resource-group`, or `NAME` for a positional).
class OperationVerb {
 public:
  OperationVerb(CLI::App& group, Invocation& invocation, const std::string& verb,
                const std::string& description, const char* operation,
                std::string (*table)(const boost::json::value&));

  CLI::Option* Text(const std::string& names, const char* argument, const std::string& description);
  CLI::Option* Guid(const std::string& names, const char* argument, const std::string& description);
  CLI::Option* Texts(const std::string& names, const char* argument,
                     const std::string& description);
  CLI::Option* Flag(const std::string& names, const char* argument, const std::string& description);

  // As Texts(), one for each time that the option stands there.
  CLI::Option* Repeated(const std::string& names, const char* argument,
                        const std::string& description);

  // The content of a file of at most 1 MiB becomes the argument; it is not for secrets.
  CLI::Option* FileText(const std::string& names, const char* argument,
                        const std::string& description);

  // The same with any bytes in it, as base64.
  CLI::Option* FileBase64(const std::string& names, const char* argument,
                          const std::string& description);

  // What creating anything takes: --resource-group, --subscription, --location.
  void Place();
  // --client-id and --object-id, which need each other (and `needed`, if it is not null).
  void GivenIds(CLI::Option* needed);

 private:
  CLI::Option* File(const std::string& names, const std::string& description,
                    std::function<void(const std::string&)> use);

  CLI::App* app_;
  std::shared_ptr<boost::json::object> arguments_;
};

// A verb that only has verbs of its own.
CLI::App& AddGroup(CLI::App& parent, const std::string& name, const std::string& description);

extern const CLI::Validator kGuid;

}  // namespace openimds::cli
