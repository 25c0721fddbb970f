// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "arm/evaluator.h"
#include "arm/resolver.h"
#include "arm/surroundings.h"

// What a resource of type Microsoft.Resources/deployments says of the template in it.
namespace openimds::templates {

// Its `mode` and `parameters`, evaluated, and `expressionEvaluationOptions`; the template itself is
// left out. Fails for links: a template is where it is used, there is no fetching.
Result<boost::json::value> ResolveNestedProperties(Resolver& resolver, EvaluationContext& context,
                                                   const boost::json::value& properties);

// Where it is deployed: in the group or subscription that it names, else where `outer` is.
Result<Surroundings> NestedPlace(EvaluationContext& context, const Surroundings& outer,
                                 const boost::json::object& body);

// Whether its expressions see its own parameters and variables, and not those around it.
bool HasInnerScope(const boost::json::object& properties);

}  // namespace openimds::templates
