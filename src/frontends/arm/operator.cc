// SPDX-License-Identifier: Apache-2.0
#include "frontends/arm/operator.h"

#include <utility>

#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "frontends/arm/perform.h"

namespace openimds::arm {

Result<boost::json::value> AskAsOperator(const Workplace& at, std::string_view method,
                                         std::string_view path, const boost::json::object& body) {
  Call call = CallOn(Call{}, method, path, "");
  if (!body.empty()) call.text = boost::json::serialize(body);
  TRY(Answer answer, Perform(at, &call));
  return std::move(answer.body);
}

}  // namespace openimds::arm
