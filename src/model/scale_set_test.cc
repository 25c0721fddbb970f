// SPDX-License-Identifier: Apache-2.0
#include "model/scale_set.h"

#include <gmock/gmock.h>

#include <memory>
#include <string_view>

#include "model/machine_profile.h"
#include "testing/sample_entities.h"

namespace openimds {
namespace {

Machine Saying(std::string_view profile) {
  Machine machine = SampleMachine();
  machine.profile = std::make_shared<const MachineProfile>(*MachineProfile::Parse(profile));
  return machine;
}

constexpr char kWebKey[] =
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/rg1/providers/"
    "microsoft.compute/virtualmachinescalesets/web";

TEST(ScaleSetTest, AMachineThatSaysNothingIsInNone) {
  EXPECT_EQ(ScaleSetKeyOf(SampleMachine()), "");
  EXPECT_EQ(PlacementGroupKeyOf(SampleMachine()), "");
  EXPECT_EQ(ScaleSetKeyOf(Saying("{}")), "");
  EXPECT_EQ(ScaleSetKeyOf(Saying(R"({"compute":{"vmScaleSetName":""}})")), "");
  EXPECT_EQ(PlacementGroupKeyOf(Saying(R"({"compute":{"placementGroupId":"p"}})")), "");
}

TEST(ScaleSetTest, AnIdGoesBeforeANameAndANameIsInTheMachinesResourceGroup) {
  EXPECT_EQ(ScaleSetKeyOf(Saying(R"({"compute":{"vmScaleSetName":"Web"}})")), kWebKey);
  EXPECT_EQ(ScaleSetKeyOf(Saying(R"({"compute":{"vmScaleSetName":"Web",
                                                "virtualMachineScaleSet":{"id":"/A/Other"}}})")),
            "/a/other");
}

TEST(ScaleSetTest, PlacementGroupsOfAScaleSetAreApart) {
  const Machine one = Saying(R"({"compute":{"vmScaleSetName":"web","placementGroupId":"A"}})");
  const Machine same = Saying(R"({"compute":{"vmScaleSetName":"WEB","placementGroupId":"a"}})");
  const Machine other = Saying(R"({"compute":{"vmScaleSetName":"web"}})");
  EXPECT_EQ(PlacementGroupKeyOf(one), PlacementGroupKeyOf(same));
  EXPECT_NE(PlacementGroupKeyOf(one), PlacementGroupKeyOf(other));
}

}  // namespace
}  // namespace openimds
