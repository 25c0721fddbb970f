// SPDX-License-Identifier: Apache-2.0
// The operator's side of scheduled events.
#include <string>

#include "frontends/control/control_test_fixture.h"

namespace openimds::control {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kId[] = "f020ba2e-3bc0-4c40-a10b-86575a9eabd5";

// The clock stands at 2023-11-14T22:13:20Z.
class EventOperationsTest : public ControlTest {
 protected:
  // With `more` arguments, each after a comma.
  std::string Create(const std::string& type, const std::string& more) {
    return Answer("event.create", R"({"type":")" + type + "\"" + more + "}");
  }
  std::string CreateKnown(const std::string& more = "") {
    return Create("Reboot",
                  R"(,"machines":["host-1"],"eventId":")" + std::string(kId) + "\"" + more);
  }
  std::string Do(const std::string& verb) {
    return Answer("event." + verb, R"({"event":")" + std::string(kId) + "\"}");
  }
  void CreateMachine(const std::string& name, const std::string& profile = "{}") {
    ASSERT_THAT(
        Run("machine.create", R"({"name":")" + name + R"(","profile":)" +
                                  boost::json::serialize(boost::json::value(profile)) + "}"),
        IsOk());
  }
};

constexpr char kOneMachine[] = R"(,"machines":["host-1"])";

TEST_F(EventOperationsTest, EachTypeHasItsNoticeUnlessAnotherIsSaid) {
  const struct {
    const char* type;
    const char* not_before;
  } cases[] = {{"Freeze", "22:28:20"},
               {"Reboot", "22:28:20"},
               {"redeploy", "22:23:20"},
               {"Preempt", "22:13:50"},
               {"TERMINATE", "22:18:20"}};
  for (const auto& it : cases) {
    EXPECT_THAT(Create(it.type, kOneMachine),
                HasSubstr("\"notBefore\":\"2023-11-14T" + std::string(it.not_before) + "Z\""));
  }
  const std::pair<const char*, const char*> notices[] = {
      {"30s", "2023-11-14T22:13:50Z"}, {"45", "2023-11-14T22:14:05Z"},
      {"15m", "2023-11-14T22:28:20Z"}, {"2h", "2023-11-15T00:13:20Z"},
      {"7d", "2023-11-21T22:13:20Z"},  {"365d", "2024-11-13T22:13:20Z"}};
  for (const auto& [in, expected] : notices) {
    EXPECT_THAT(Create("Freeze", std::string(kOneMachine) + R"(,"in":")" + in + "\""),
                AllOf(HasSubstr(expected), HasSubstr(R"("status":"Scheduled")")));
  }
}

TEST_F(EventOperationsTest, APartOfASecondIsNotTakenAwayFromTheNotice) {
  clock_.Set(clock_.Now() + std::chrono::milliseconds(1));
  EXPECT_THAT(Create("Preempt", kOneMachine), HasSubstr("2023-11-14T22:13:51Z"));
}

TEST_F(EventOperationsTest, WithoutNoticeItHasStartedAlready) {
  EXPECT_THAT(CreateKnown(R"(,"in":"0s")"),
              AllOf(HasSubstr(R"("status":"Started")"), HasSubstr(R"("startedBy":"operator")")));
}

TEST_F(EventOperationsTest, SaysWhatItWasToldAndWhatIsUsualForTheRest) {
  EXPECT_THAT(CreateKnown(),
              AllOf(HasSubstr(kId), HasSubstr(R"("type":"Reboot")"),
                    HasSubstr(R"("description":"Host server is undergoing maintenance.")"),
                    HasSubstr(R"("source":"Platform","durationInSeconds":-1)"),
                    HasSubstr(R"("scaleSet":null)"), HasSubstr("/virtualMachines/host-1")));
  EXPECT_THAT(Create("Reboot", std::string(kOneMachine) + R"(,"source":"User")"),
              HasSubstr("is going to be restarted as requested by authorized user."));
  EXPECT_THAT(Create("Freeze", std::string(kOneMachine) +
                                   R"(,"source":"user","description":"","duration":"9")"),
              HasSubstr(R"("description":"","source":"User","durationInSeconds":9)"));
}

TEST_F(EventOperationsTest, TheWholeOfAScaleSetIsMeantByItsNameOrId) {
  CreateMachine("a", R"({"compute":{"vmScaleSetName":"web"}})");
  CreateMachine("b", R"({"compute":{"vmScaleSetName":"WEB","placementGroupId":"2"}})");
  CreateMachine("c", R"({"compute":{"virtualMachineScaleSet":{"id":"/x/y/Web"}}})");
  EXPECT_THAT(Create("Freeze", R"(,"scaleSet":"web")"),
              AllOf(StartsWith("control.argument_invalid"), HasSubstr("several are named 'web'")));
  EXPECT_THAT(Create("Freeze", R"(,"scaleSet":"/X/y/web")"),
              AllOf(HasSubstr("/virtualMachines/c\"]"), HasSubstr(R"("scaleSet":"/x/y/web")")));
  EXPECT_THAT(Answer("machine.delete", R"({"machine":"c"})"), HasSubstr("deleted"));
  EXPECT_THAT(Create("Freeze", R"(,"scaleSet":"Web")"),
              AllOf(HasSubstr("/virtualMachines/a\",\""), HasSubstr("/virtualMachines/b\"]")));
  EXPECT_THAT(Create("Freeze", R"(,"scaleSet":"none")"), StartsWith("registry.not_found"));
}

TEST_F(EventOperationsTest, NamesTheArgumentThatIsWrong) {
  const struct {
    const char* type;
    std::string more;
    const char* said;
  } cases[] = {
      {"Melt", kOneMachine, "argument 'type': expected one of Freeze, Reboot, Redeploy, Preempt"},
      {"Freeze", "", "argument 'machines': expected either these or 'scaleSet'"},
      {"Freeze", R"(,"machines":["host-1"],"scaleSet":"x")", "argument 'machines'"},
      {"Freeze", R"(,"machines":["vm9"])", "registry.not_found"},
      {"Freeze", R"(,"machines":["host-1"],"in":"soon")", "argument 'in'"},
      {"Freeze", R"(,"machines":["host-1"],"in":"-5s")", "argument 'in'"},
      {"Freeze", R"(,"machines":["host-1"],"in":"")", "argument 'in'"},
      {"Freeze", R"(,"machines":["host-1"],"in":"366d")", "argument 'in'"},
      {"Freeze", R"(,"machines":["host-1"],"in":"18446744073709551615d")", "argument 'in'"},
      {"Freeze", R"(,"machines":["host-1"],"duration":"-2")", "argument 'duration'"},
      {"Freeze", R"(,"machines":["host-1"],"duration":"9s")", "argument 'duration'"},
      {"Freeze", R"(,"machines":["host-1"],"duration":"604801")", "argument 'duration'"},
      {"Freeze", R"(,"machines":["host-1"],"source":"me")", "argument 'source'"},
      {"Freeze", R"(,"machines":["host-1"],"description":"a\nb")", "description of one line"},
      {"Freeze", R"(,"machines":["host-1"],"eventId":"x")", "argument 'eventId'"},
  };
  for (const auto& it : cases) EXPECT_THAT(Create(it.type, it.more), HasSubstr(it.said));
  EXPECT_EQ(Answer("event.list"), "[]");
}

TEST_F(EventOperationsTest, AnEventGoesItsWay) {
  CreateKnown();
  EXPECT_THAT(Do("complete"), StartsWith("registry.event_status"));
  EXPECT_THAT(Do("start"), HasSubstr(R"("status":"Started")"));
  EXPECT_THAT(Do("start"), HasSubstr(R"("status":"Started")"));
  EXPECT_THAT(Do("cancel"), StartsWith("registry.event_status"));
  EXPECT_THAT(Do("complete"), HasSubstr(R"("ended":"2023-11-14T22:13:20Z")"));
  EXPECT_THAT(Do("complete"), HasSubstr(R"("status":"Completed")"));
  EXPECT_THAT(Do("start"), StartsWith("registry.event_status"));
  EXPECT_THAT(Do("show"), HasSubstr(R"("status":"Completed")"));
  EXPECT_THAT(CreateKnown(), StartsWith("registry.exists"));
}

TEST_F(EventOperationsTest, AnEventMayBeCanceledWhileItWaits) {
  CreateKnown();
  EXPECT_THAT(Do("cancel"), HasSubstr(R"("status":"Canceled")"));
  EXPECT_THAT(Do("start"), StartsWith("registry.event_status"));
  EXPECT_THAT(Answer("event.show", R"({"event":"00000000-0000-0000-0000-000000000001"})"),
              StartsWith("registry.not_found"));
}

TEST_F(EventOperationsTest, ListsWhatHasNotEndedAndWhatAMachineSees) {
  CreateKnown();
  CreateMachine("other");
  EXPECT_THAT(Answer("event.list", R"({"machine":"host-1"})"), HasSubstr(kId));
  EXPECT_EQ(Answer("event.list", R"({"machine":"other"})"), "[]");
  EXPECT_THAT(Answer("event.list", R"({"machine":"none"})"), StartsWith("registry.not_found"));
  Do("cancel");
  EXPECT_EQ(Answer("event.list"), "[]");
  EXPECT_THAT(Answer("event.list", R"({"all":true})"), HasSubstr(kId));
}

// Without a service there is no thread that starts it.
TEST_F(EventOperationsTest, WhatIsDueHasStartedForWhoeverLooks) {
  CreateKnown();
  clock_.Advance(std::chrono::minutes(15));
  EXPECT_THAT(Do("cancel"), StartsWith("registry.event_status"));
  EXPECT_THAT(Answer("event.list"),
              AllOf(HasSubstr(R"("status":"Started")"), HasSubstr(R"("startedBy":"time")")));
}

}  // namespace
}  // namespace openimds::control
