// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"

namespace openimds::templates {

enum class ParameterType { kString, kSecureString, kInt, kBool, kObject, kSecureObject, kArray };

std::string_view TypeName(ParameterType type);  // as ARM shows it: `SecureString`
bool IsSecure(ParameterType type);
std::optional<ParameterType> ParseParameterType(std::string_view text);  // without case

// A parameter as a template declares it. The pointers are into the template.
struct TemplateParameter {
  std::string name;
  ParameterType type = ParameterType::kString;
  const boost::json::value* default_value = nullptr;
  const boost::json::array* allowed_values = nullptr;
  std::optional<std::int64_t> min_value{}, max_value{}, min_length{}, max_length{};
  bool is_nullable = false;
};

struct UserFunction {
  std::vector<std::string> parameters;  // in lower case
  const boost::json::value* output = nullptr;
  std::string path;
};

// A resource as it stands in the template: its expressions are not evaluated.
struct ResourceDeclaration {
  const boost::json::object* body = nullptr;
  std::string path;    // `resources[0]`, `resources.vm`
  std::string symbol;  // its symbolic name; empty if the template does not use them
};

// Reads one, also for child resources. Fails with reasons::kTemplateInvalid.
Result<ResourceDeclaration> ReadResourceDeclaration(const boost::json::value& value,
                                                    std::string path, std::string symbol);

// A deployment template whose outer form is checked: sections, declarations, sizes. Immutable, so
// every thread may read it. Nothing is evaluated here; see deployment.h.
class Template {
 public:
  // Fails with reasons::kTemplateInvalid, naming the place and what was expected there.
  static Result<std::shared_ptr<const Template>> Read(boost::json::object document);

  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  const boost::json::object& document() const { return document_; }
  const std::vector<TemplateParameter>& parameters() const { return parameters_; }
  const boost::json::object& variables() const { return *variables_; }
  const boost::json::object& outputs() const { return *outputs_; }
  const std::vector<ResourceDeclaration>& resources() const { return resources_; }

  const TemplateParameter* FindParameter(std::string_view name) const;     // without case
  const UserFunction* FindUserFunction(std::string_view full_name) const;  // `contoso.name`

  // The same for the same document, as ARM's templateHash is: a number in decimal digits.
  std::string Hash() const;

 private:
  explicit Template(boost::json::object document) : document_(std::move(document)) {}

  Result<void> ReadSections();
  Result<void> ReadParameters();
  Result<void> ReadFunctions();
  Result<void> ReadResources();

  const boost::json::object document_;
  const boost::json::object* variables_ = nullptr;
  const boost::json::object* outputs_ = nullptr;
  std::vector<TemplateParameter> parameters_;
  std::map<std::string, UserFunction> functions_;  // by full name in lower case
  std::vector<ResourceDeclaration> resources_;
};

}  // namespace openimds::templates
