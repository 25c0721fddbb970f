// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "base/reasons.h"
#include "frontends/control/control_test_fixture.h"

namespace openimds::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Operations beside a service that notes when it was asked to settle.
class AttachmentOperationsTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    Run("machine.create", R"({"name":"web"})").value();
    with_service_ = std::make_unique<Operations>(
        Workplace{.registry = *registry_,
                  .authority = *authority_,
                  .credentials = *credentials_,
                  .clock = clock_,
                  .tokens = nullptr,
                  .defaults = {},
                  .settle_guests =
                      [this](bool) { settled_.push_back(registry_->Read()->attachments.size()); },
                  .guest_waits_for = [this](std::string_view) { return waits_for_; }});
  }
  std::string Ask(std::string_view name, const std::string& arguments) {
    const auto answer = with_service_->Run(name, boost::json::parse(arguments).as_object(), "test");
    return answer ? boost::json::serialize(*answer)
                  : std::string(answer.error().reason) + ": " + answer.error().message;
  }

  std::unique_ptr<Operations> with_service_;
  std::vector<std::size_t> settled_;  // how many attachments there were each time
  std::string waits_for_;
};

constexpr char kVnet3[] = R"({"machine":"web","interface":"vnet3"})";

TEST_F(AttachmentOperationsTest, AttachingSettlesBeforeAndAfterTheChange) {
  EXPECT_THAT(Ask("machine.attach", kVnet3),
              HasSubstr(R"("way":"interface","place":"vnet3","allowForwarded":false,)"
                        R"("state":"listening")"));
  EXPECT_THAT(settled_, ElementsAre(0, 1));
  Ask("machine.detach", kVnet3);
  EXPECT_THAT(settled_, ElementsAre(0, 1, 0));
}

TEST_F(AttachmentOperationsTest, DeletingAMachineSettlesToo) {
  Ask("machine.attach", kVnet3);
  Ask("machine.delete", R"({"machine":"web"})");
  EXPECT_THAT(settled_, ElementsAre(0, 1, 0));
}

TEST_F(AttachmentOperationsTest, TheStateSaysWhatItWaitsForAndWithoutAServiceThatItIsStored) {
  waits_for_ = "there is no device 'vnet3' yet";
  EXPECT_THAT(Ask("machine.attach", kVnet3),
              HasSubstr(R"("state":"waiting","waitsFor":"there is no device 'vnet3' yet")"));
  EXPECT_THAT(Answer("machine.attachments"), HasSubstr(R"("state":"stored")"));
}

TEST_F(AttachmentOperationsTest, ListsAllOrThoseOfOneMachine) {
  Ask("machine.attach", kVnet3);
  Ask("machine.attach", R"({"machine":"host-1","cid":"5"})");
  EXPECT_THAT(Answer("machine.attachments", R"({"machine":"host-1"})"), HasSubstr(R"("vsock")"));
  EXPECT_EQ(boost::json::parse(Answer("machine.attachments")).as_array().size(), 2U);
}

TEST_F(AttachmentOperationsTest, WhoisTakesAPlaceAsPeopleNameIt) {
  for (const char* place : {R"("interface":"vnet3")", R"("netns":"box")", R"("ip":"10.0.0.4")",
                            R"("unix":"/run/s")", R"("cid":"5")"}) {
    Ask("machine.attach", R"({"machine":"web",)" + std::string(place) + "}");
  }
  for (const char* peer :
       {"vnet3", "box", "/run/netns/box", "10.0.0.4", "::ffff:10.0.0.4", "/run/s", "cid:5"}) {
    const std::string answer = Ask("whois", R"({"peer":")" + std::string(peer) + R"("})");
    EXPECT_THAT(answer, HasSubstr("virtualMachines/web")) << peer;
    EXPECT_THAT(answer, HasSubstr(R"("why":"whoever )")) << peer;
  }
  for (const char* peer : {"vnet4", "5", "cid:6", "10.0.0.5", "/proc/1/ns/net", ""}) {
    const std::string answer = Ask("whois", R"({"peer":")" + std::string(peer) + R"("})");
    EXPECT_THAT(answer, testing::Not(HasSubstr("virtualMachines"))) << peer;
  }
}

TEST_F(AttachmentOperationsTest, RefusesWhatDoesNotSayOnePlace) {
  const struct {
    const char* arguments;
    const char* answer;
  } cases[] = {
      {R"({"machine":"web"})", "argument 'interface': missing; expected it, or one of"},
      {R"({"machine":"web","ip":"10.0.0.4","cid":"5"})", "argument 'cid': expected one place"},
      {R"({"machine":"web","ip":"10.0.0.4","uid":"5"})", "argument 'uid': only with 'unix'"},
      {R"({"machine":"web","unix":"/run/s","gid":"x"})", "argument 'gid': expected a number"},
      {R"({"machine":"web","unix":"/run/s","uid":"4294967295"})", "argument 'uid': expected a num"},
      {R"({"machine":"web","interface":"lo"})", "argument 'interface': expected a guest's device"},
      {R"({"machine":"nobody","interface":"x"})", "no machine is named 'nobody'"},
  };
  for (const auto& it : cases) {
    EXPECT_THAT(Ask("machine.attach", it.arguments), HasSubstr(it.answer)) << it.arguments;
  }
  EXPECT_TRUE(registry_->Read()->attachments.empty());
}

}  // namespace
}  // namespace openimds::control
