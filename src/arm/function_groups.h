// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "arm/function.h"

// Each group is in the file of its name: string_functions.cc, and so on.
namespace openimds::templates {

std::span<const TemplateFunction> StringFunctions();
std::span<const TemplateFunction> EncodingFunctions();
std::span<const TemplateFunction> ArrayFunctions();
std::span<const TemplateFunction> ObjectFunctions();
std::span<const TemplateFunction> ContainerFunctions();
std::span<const TemplateFunction> LogicFunctions();
std::span<const TemplateFunction> NumberFunctions();
std::span<const TemplateFunction> DateFunctions();
std::span<const TemplateFunction> LambdaFunctions();
std::span<const TemplateFunction> TemplateValueFunctions();
std::span<const TemplateFunction> ScopeFunctions();
std::span<const TemplateFunction> ResourceFunctions();

}  // namespace openimds::templates
