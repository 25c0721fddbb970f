// SPDX-License-Identifier: Apache-2.0
// Templates and their expressions: an input that is JSON is planned as a template, any other one is
// an expression in the output of one. Whatever it is, it is planned or refused within small limits.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "arm/deployment.h"
#include "arm/expression.h"
#include "arm/lenient_json.h"

namespace {

namespace templates = openimds::templates;

void Plan(boost::json::object document) {
  templates::DeploymentRequest request;
  request.name = "fuzzed";
  request.document = std::move(document);
  templates::Surroundings place;
  place.subscription_id = "11111111-1111-1111-1111-111111111111";
  place.resource_group = "group";
  templates::Limits limits;
  limits.steps = 20'000;
  limits.bytes = 1 << 20;
  const auto plan = templates::DeploymentPlan::Make(request, place, limits);
  if (!plan && plan.error().message.empty()) std::abort();
  if (plan && (*plan)->resources().size() > limits.resources) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16'384) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = templates::ReadLenientJson(text);
  if (value && value->is_object()) {
    Plan(value->get_object());
    return 0;
  }
  const std::string expression = "[" + std::string(text) + "]";
  if (!templates::IsExpression(expression)) return 0;
  Plan({{"$schema", "s"},
        {"contentVersion", "1"},
        {"resources", boost::json::array()},
        {"variables", {{"list", {1, "a", nullptr}}, {"tree", {{"a", {{"b", 1}}}}}}},
        {"outputs", {{"o", {{"type", "string"}, {"value", expression}}}}}});
  return 0;
}
