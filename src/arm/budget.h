// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "base/reasons.h"
#include "base/result.h"

namespace openimds::templates {

// What evaluating one template may cost. The defaults let ARM's largest templates through (800
// resources, 4 MiB) and end the rest within a second and some 100 MB.
struct Limits {
  std::size_t steps = 1'000'000;  // expressions, elements and members looked at
  std::size_t bytes = 32 << 20;   // of values made, whether they are kept or not
  std::size_t resources = 800;    // with those of nested templates
  std::size_t copies = 800;       // of one loop
  std::size_t nested_templates = 500;
  std::size_t nesting = 8;      // of templates in templates
  std::size_t call_depth = 64;  // of variables, parameters and users' functions
};

// Counts what is left. Belongs to one thread.
class Budget {
 public:
  explicit Budget(const Limits& limits) : limits_(limits) {}

  const Limits& limits() const { return limits_; }

  // Both fail with reasons::kTemplateLimit when nothing is left.
  Result<void> Step(std::size_t count = 1) {
    if (count > limits_.steps - steps_) return Exceeded(limits_.steps, "steps of evaluation");
    steps_ += count;
    return {};
  }
  Result<void> Grow(std::size_t count) {
    if (count > limits_.bytes - bytes_) return Exceeded(limits_.bytes, "bytes of values");
    bytes_ += count;
    return {};
  }
  // Resources and nested templates are counted as they are found.
  Result<void> AddResource() {
    if (++resources_ > limits_.resources) return Exceeded(limits_.resources, "resources");
    return {};
  }
  Result<void> AddNestedTemplate() {
    if (++nested_ > limits_.nested_templates) {
      return Exceeded(limits_.nested_templates, "nested templates");
    }
    return {};
  }

 private:
  static tl::unexpected<Error> Exceeded(std::size_t limit, const char* what) {
    return Fail(ErrorKind::kInvalidRequest, reasons::kTemplateLimit,
                "expected a template of at most " + std::to_string(limit) + " " + what);
  }

  const Limits limits_;
  std::size_t steps_ = 0, bytes_ = 0, resources_ = 0, nested_ = 0;
};

}  // namespace openimds::templates
