// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "migrate/endpoint_url.h"
#include "migrate/finding.h"
#include "migrate/source_text.h"

namespace openimds::migrate {

struct Examination {
  std::vector<Finding> findings;  // by place
  bool has_more = false;          // than Findings::kMostFindings
};

// Everything that the rules say of one file. Pure; any bytes do.
Examination Examine(const SourceText& source, const ExtensionPorts& ports);

// Whether it may find anything: a quick look, which most files do not pass.
bool IsWorthExamining(std::string_view content, const ExtensionPorts& ports);

// The steps of it, each in the file of its name. An earlier one's spans are not looked at again.
void FindInArmTemplate(const SourceText& source, Findings* findings);
void FindInBlocks(const SourceText& source, Findings* findings);  // Bicep and Terraform
void FindCommands(const SourceText& source, Findings* findings);
void FindEnvironment(const SourceText& source, const ExtensionPorts& ports, Findings* findings);
void FindEndpoints(const SourceText& source, const ExtensionPorts& ports, Findings* findings);
void FindSymbols(const SourceText& source, Findings* findings);
void FindExtensionNames(const SourceText& source, Findings* findings);

}  // namespace openimds::migrate
