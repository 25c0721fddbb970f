// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/reasons.h"
#include "frontends/control/control_test_fixture.h"

namespace openimds::control {
namespace {

using testing::HasSubstr;
using testing::Not;

class ProfileOperationsTest : public ControlTest {
 protected:
  std::string Profile() {
    const auto machine = Run("machine.show", R"({"machine":"host-1"})");
    if (!machine || !machine->as_object().contains("profile")) return "none";
    return boost::json::serialize(machine->at("profile"));
  }
};

TEST_F(ProfileOperationsTest, AMachineSaysNothingUntilItIsTold) {
  EXPECT_EQ(Profile(), "none");
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","size":"Standard_B2s","zone":"2",
                                        "osType":"linux","privateIp":"10.1.0.7",
                                        "publicIp":"20.0.0.1","mac":"00:0d:3a:be:ef:01",
                                        "userData":"aGk="})"),
              IsOk());
  EXPECT_EQ(Profile(),
            R"({"compute":{"vmSize":"Standard_B2s","zone":"2","osType":"Linux","userData":"aGk="},)"
            R"("network":{"interface":[{"ipv4":{"ipAddress":[{"privateIpAddress":"10.1.0.7",)"
            R"("publicIpAddress":"20.0.0.1"}]},"macAddress":"000D3ABEEF01"}]}})");
}

TEST_F(ProfileOperationsTest, AnImageHasFourParts) {
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","image":"Debian:debian-12:12:latest"})"),
              IsOk());
  EXPECT_EQ(Profile(), R"({"compute":{"publisher":"Debian","offer":"debian-12","sku":"12",)"
                       R"("version":"latest"}})");
  for (const char* image : {"", "a:b:c", "a:b:c:d:e", "a::c:d"}) {
    EXPECT_THAT(
        Run("machine.update", R"({"machine":"host-1","image":")" + std::string(image) + "\"}"),
        FailsWith(reasons::kArgumentInvalid))
        << image;
  }
}

TEST_F(ProfileOperationsTest, TagsAreAddedOrChangedInTheirOrder) {
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","tags":["b=1","a=x=y"]})"), IsOk());
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","tags":["B=2","c="]})"), IsOk());
  EXPECT_EQ(Profile(), R"({"compute":{"tagsList":[{"name":"B","value":"2"},)"
                       R"({"name":"a","value":"x=y"},{"name":"c","value":""}]}})");
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","tags":["novalue"]})"),
              FailsWith(reasons::kArgumentInvalid));
}

TEST_F(ProfileOperationsTest, APatchChangesWhatItNamesAndNothingElse) {
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","size":"a","zone":"1","tags":["t=1"]})"),
              IsOk());
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","patch":
                    "{\"compute\":{\"zone\":null,\"vmSize\":\"b\",\"plan\":{\"name\":\"p\"}}}"})"),
              IsOk());
  EXPECT_EQ(Profile(), R"({"compute":{"vmSize":"b","tagsList":[{"name":"t","value":"1"}],)"
                       R"("plan":{"name":"p"}}})");
  for (const char* patch : {"[]", "1", R"({\"compute\":{\"noSuch\":1}})",
                            R"({\"compute\":{\"vmId\":\"x\"}})", R"({\"compute\":3})"}) {
    EXPECT_THAT(
        Run("machine.update", R"({"machine":"host-1","patch":")" + std::string(patch) + "\"}"),
        FailsWith(reasons::kProfileInvalid))
        << patch;
  }
  EXPECT_THAT(Profile(), HasSubstr(R"("vmSize":"b")"));
}

TEST_F(ProfileOperationsTest, AWholeProfileTakesThePlaceOfTheOldOneAndValuesGoOnTop) {
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","zone":"2"})"), IsOk());
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","size":"b",
                                        "profile":"{\"compute\":{\"vmSize\":\"a\"}}"})"),
              IsOk());
  EXPECT_EQ(Profile(), R"({"compute":{"vmSize":"b"}})");
}

TEST_F(ProfileOperationsTest, ARefusalLeavesAllAsItWas) {
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","zone":"2"})"), IsOk());
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1","zone":"3","mac":"x"})"),
              FailsWith(reasons::kProfileInvalid));
  EXPECT_THAT(Run("machine.update", R"({"machine":"host-1"})"),
              FailsWith(reasons::kArgumentInvalid));
  EXPECT_THAT(Run("machine.update", R"({"machine":"nobody","zone":"3"})"),
              FailsWith(reasons::kNotFound));
  EXPECT_EQ(Profile(), R"({"compute":{"zone":"2"}})");
  EXPECT_THAT(Run("machine.create", R"({"name":"vm2","osType":"BeOS"})"),
              FailsWith(reasons::kProfileInvalid));
  EXPECT_THAT(Answer("machine.list"), Not(HasSubstr("vm2")));
}

TEST_F(ProfileOperationsTest, IsGivenAtOnceWithAMachineAndOutlivesAnAssignment) {
  EXPECT_THAT(Run("machine.create", R"({"name":"vm2","systemAssigned":true,"zone":"3"})"), IsOk());
  EXPECT_THAT(
      Run("machine.identity.assign", R"({"machine":"vm2","identities":["openimds-identity"]})"),
      IsOk());
  EXPECT_THAT(Answer("machine.show", R"({"machine":"vm2"})"),
              HasSubstr(R"("profile":{"compute":{"zone":"3"}})"));
}

}  // namespace
}  // namespace openimds::control
