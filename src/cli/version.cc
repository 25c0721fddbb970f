// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>

#include "cli/exit_codes.h"
#include "cli/render.h"
#include "cli/verbs.h"

namespace openimds::cli {
namespace {

std::string VersionLine(const boost::json::value& version) {
  return "openimds " + MemberText(version, "version") + "\n";
}

}  // namespace

void AddVersion(CLI::App& app, Invocation& invocation) {
  app.add_subcommand("version", "Which version this is")->callback([&invocation] {
    invocation.action = [&invocation]() -> Result<int> {
      invocation.Print(boost::json::object{{"version", OPENIMDS_VERSION}}, VersionLine);
      return kDone;
    };
  });
}

}  // namespace openimds::cli
