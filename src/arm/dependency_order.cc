// SPDX-License-Identifier: Apache-2.0
#include "arm/dependency_order.h"

#include <functional>
#include <queue>

#include "base/reasons.h"

namespace openimds::templates {
namespace {

using Edges = std::vector<std::vector<std::size_t>>;

// REQUIRES: `left` is not empty and each of its members depends on another one. Walking from
// dependency to dependency then comes back to where it has been.
std::vector<std::size_t> FindCycle(const Edges& depends_on, const std::vector<bool>& left) {
  std::size_t at = 0;
  while (!left[at]) ++at;
  std::vector<std::size_t> walked;
  std::vector<std::size_t> position(depends_on.size(), SIZE_MAX);
  while (position[at] == SIZE_MAX) {
    position[at] = walked.size();
    walked.push_back(at);
    for (const std::size_t next : depends_on[at]) {
      if (!left[next]) continue;
      at = next;
      break;
    }
  }
  walked.erase(walked.begin(), walked.begin() + static_cast<std::ptrdiff_t>(position[at]));
  walked.push_back(at);
  return walked;
}

tl::unexpected<Error> RefuseCycle(const std::vector<std::size_t>& cycle,
                                  const std::vector<std::string>& names) {
  std::string text;
  for (const std::size_t at : cycle) text += (text.empty() ? "" : " → ") + names[at];
  return Fail(
      ErrorKind::kInvalidRequest, reasons::kTemplateCycle,
      "Circular dependency detected: expected no cycle of dependsOn and reference(), got " + text);
}

}  // namespace

Result<std::vector<std::size_t>> OrderByDependencies(const Edges& depends_on,
                                                     const std::vector<std::string>& names) {
  const std::size_t count = depends_on.size();
  Edges dependents(count);
  std::vector<std::size_t> waiting_for(count);
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i) {
    waiting_for[i] = depends_on[i].size();
    for (const std::size_t needed : depends_on[i]) dependents[needed].push_back(i);
    if (depends_on[i].empty()) ready.push(i);
  }
  std::vector<std::size_t> order;
  std::vector<bool> left(count, true);
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    order.push_back(next);
    left[next] = false;
    for (const std::size_t dependent : dependents[next]) {
      if (--waiting_for[dependent] == 0) ready.push(dependent);
    }
  }
  if (order.size() < count) return RefuseCycle(FindCycle(depends_on, left), names);
  return order;
}

}  // namespace openimds::templates
