// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/host_rules.h"
#include "host/host_view.h"

namespace openimds {

// One thing that was looked at.
struct HostFinding {
  std::string subject;  // `169.254.169.254`
  bool good = false;
  std::string text;  // what is so, and if it is not good, what to do
};

// Holds the host against the plan: everything that has to be so, in the order of setting it up.
std::vector<HostFinding> CheckHost(const HostPlan& plan, const HostView& view);

// One command of a change, to be run as it stands; `input` goes to its standard input.
struct HostCommand {
  std::vector<std::string> words;
  std::string input;
};

// What is missing on the host for the plan; nothing if all is there. Fails with kHostCloud if the
// host is in a cloud, whose own metadata service it would lose, unless `even_on_a_cloud`.
Result<std::vector<HostCommand>> PlanSetup(const HostPlan& plan, const HostView& view,
                                           bool even_on_a_cloud);

// Takes away what setting up has made, and nothing else.
std::vector<HostCommand> PlanTeardown(const HostView& view);

// As a shell script for people.
std::string RenderScript(const std::vector<HostCommand>& commands);

}  // namespace openimds
