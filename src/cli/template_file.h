// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace openimds::cli {

// A template from a file, with the values for its parameters.
struct TemplateFile {
  std::string path;
  std::string name;  // of the deployment that it is: the file's, without its ending
  std::string text;
  boost::json::object document;
  boost::json::object parameters;  // `{"name":{"value":…}}`
};

// `parameters` are files of them, or `NAME=VALUE`; the last one counts. Fails with
// kArgumentInvalid, and with kTemplate… where the place in the file begins the message.
Result<TemplateFile> ReadTemplateFile(const std::string& path,
                                      const std::vector<std::string>& parameters);

// What is wrong with the template, as `FILE:LINE:COLUMN: message` if the message says where.
Error AtPlace(Error error, const TemplateFile& file);

}  // namespace openimds::cli
