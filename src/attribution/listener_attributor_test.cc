// SPDX-License-Identifier: Apache-2.0
#include "attribution/listener_attributor.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/sample_entities.h"

namespace openimds {
namespace {

TEST(ListenerAttributorTest, SpeaksForItsMachineOnlyWhileThatExists) {
  const ListenerAttributor attributor("VM1");
  Snapshot snapshot;
  EXPECT_THAT(attributor.Attribute({}, snapshot), FailsWith(reasons::kUnknownMachine));
  const auto entry = MakeMachineEntry(SampleMachine("vm1"), {});
  snapshot.AddMachine(entry);
  snapshot.AddMachine(MakeMachineEntry(SampleMachine("vm2"), {}));
  const auto found = attributor.Attribute({}, snapshot);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(*found, entry);
}

}  // namespace
}  // namespace openimds
