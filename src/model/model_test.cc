// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "base/reasons.h"
#include "model/resource_id.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

constexpr char kGroup[] = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg1";

TEST(ResourceIdTest, IsComparedWithoutCaseAndPrintedAsCreated) {
  const std::string text = std::string(kGroup) + "/providers/Microsoft.Compute/virtualMachines/VM1";
  const auto id = ResourceId::Parse(text);
  ASSERT_THAT(id, IsOk());
  EXPECT_EQ(id->text(), text);
  EXPECT_EQ(*id, *ResourceId::Parse(id->key()));
  EXPECT_EQ(id->name(), "VM1");
  EXPECT_EQ(id->type(), kVirtualMachineType);
  EXPECT_EQ(id->resource_group(), "rg1");
  EXPECT_EQ(id->ResourceGroupId().text(), kGroup);
  EXPECT_EQ(*id, *ResourceId::ForMachine(id->ResourceGroupId(), "vm1"));
}

TEST(ResourceIdTest, RefusesWhatIsNoResourceId) {
  const std::string group = kGroup;
  for (const std::string& text :
       {std::string(), std::string("/"), std::string("/subscriptions/xxxxx"),
        std::string("subscriptions/11111111-1111-1111-1111-111111111111"), group + "/",
        group + "/providers", group + "/providers/Microsoft.Compute/virtualMachines",
        group + "/providers/Microsoft.Compute/virtualMachines/",
        group + "/providers/Microsoft.Compute/virtualMachines/vm 1",
        group + "/providers/Microsoft.Compute/virtualMachines/vm1.",
        group + "/providers/Microsoft.Compute/virtualMachines/vm1/extensions",
        group + "/providers/Microsoft.Compute/virtualMachines/" + std::string(91, 'a')}) {
    EXPECT_THAT(ResourceId::Parse(text), FailsWith(reasons::kResourceIdInvalid)) << text;
  }
}

}  // namespace
}  // namespace openimds
