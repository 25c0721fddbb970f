// SPDX-License-Identifier: Apache-2.0
// What holds of every way of knowing a machine. A way that is added is added to kWays.
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>

#include "attribution/attached_machine.h"
#include "attribution/bridge_port_attributor.h"
#include "attribution/guest_ways.h"
#include "attribution/unix_peer_attributor.h"
#include "base/reasons.h"
#include "testing/matchers.h"
#include "testing/sample_entities.h"

namespace openimds {
namespace {

constexpr unsigned kDevice = 7;  // the index of a device, or of a bridge
constexpr std::uint32_t kMark = 0x494d0001;

// One way: where a machine is attached, a caller from there, and that caller when one of the
// kernel's words does not fit (null where there is only one).
struct Way {
  AttachmentWay way;
  const char* place;
  const char* door;  // the claim of the listener
  bool shared_door;  // with other machines
  void (*dress)(Peer* peer);
  void (*disturb)(Peer* peer);
};

const Way kWays[] = {
    {AttachmentWay::kInterface, "vnet3", "device:vnet3", false,
     [](Peer* peer) {
       peer->address = IpAddress::Parse("10.0.0.4");
       peer->link.bound_device = peer->link.arrived_on = kDevice;
     },
     [](Peer* peer) { peer->link.arrived_on = kDevice + 1; }},
    {AttachmentWay::kBridgePort, "vnet3", "bridge:br0", true,
     [](Peer* peer) {
       peer->address = IpAddress::Parse("10.0.0.4");
       peer->link.arrived_on = kDevice;
       peer->link.mark = kMark;
     },
     [](Peer* peer) { peer->link.arrived_on = kDevice + 1; }},
    {AttachmentWay::kNetns, "/run/netns/web", "netns:/run/netns/web", false,
     [](Peer* peer) {
       peer->address = IpAddress::Parse("10.0.0.4");
       peer->link.netns_cookie = 99;
     },
     [](Peer* peer) { peer->link.netns_cookie = 1; }},
    {AttachmentWay::kSourceIp, "10.0.0.4", "addresses:eth0", true,
     [](Peer* peer) {
       peer->address = IpAddress::Parse("10.0.0.4");
       peer->link.bound_device = peer->link.arrived_on = kDevice;
     },
     [](Peer* peer) { peer->link.arrived_on = 1; }},
    {AttachmentWay::kUnixPeer, "/run/web.sock", "unix:/run/web.sock", false,
     [](Peer* peer) {
       peer->unix_peer = UnixPeer{geteuid(), getegid(), 4711};
     },
     [](Peer* peer) { peer->unix_peer.reset(); }},
    {AttachmentWay::kVsock, "5", "vsock", true, [](Peer* peer) { peer->cid = 5; },
     [](Peer* peer) { peer->cid.reset(); }},
};

class AttributorContractTest : public testing::TestWithParam<Way> {
 protected:
  AttributorContractTest() : marks_(std::make_shared<const BridgeMarks>()) {
    chain_ = MakeGuestAttributor(marks_);
  }

  // Machine and attachment as they would be after `machine attach`.
  Guid Attach(const Machine& machine, Snapshot* snapshot) {
    const Attachment attachment{Guid::Random(),   machine.id, machine.vm_id, GetParam().way,
                                GetParam().place, false,      std::nullopt,  std::nullopt};
    snapshot->AddMachine(MakeMachineEntry(machine, {}));
    snapshot->attachments[attachment.claim()] = std::make_shared<const Attachment>(attachment);
    marks_.Publish(std::make_shared<const BridgeMarks>(
        BridgeMarks{{kMark, MarkedPort{attachment.claim(), attachment.id, kDevice}}}));
    return attachment.id;
  }
  Peer Caller(const Guid& attachment) const {
    ListeningPlace place;
    place.claim = GetParam().door;
    if (!GetParam().shared_door) place.attachment = attachment;
    if (place.claim.starts_with("netns:")) {
      place.netns_cookie = 99;
    } else {
      place.device = kDevice;
    }
    Peer peer;
    GetParam().dress(&peer);
    peer.place = std::make_shared<const ListeningPlace>(place);
    return peer;
  }

  Published<BridgeMarks> marks_;
  std::shared_ptr<const Attributor> chain_;
  Snapshot snapshot_;
};

INSTANTIATE_TEST_SUITE_P(AllWays, AttributorContractTest, testing::ValuesIn(kWays),
                         [](const auto& it) { return std::string(ToText(it.param.way)); });

TEST_P(AttributorContractTest, KnowsItsMachineAndSaysHow) {
  const Peer caller = Caller(Attach(SampleMachine("vm1"), &snapshot_));
  const auto machine = chain_->Attribute(caller, snapshot_);
  ASSERT_THAT(machine, IsOk());
  EXPECT_EQ((*machine)->machine->id.name(), "vm1");
  EXPECT_EQ(chain_->Way(caller), ToText(GetParam().way));
}

TEST_P(AttributorContractTest, RefusesWhenTheWitnessesDisagree) {
  Peer caller = Caller(Attach(SampleMachine("vm1"), &snapshot_));
  GetParam().disturb(&caller);
  EXPECT_THAT(chain_->Attribute(caller, snapshot_), FailsWith(reasons::kWitnessesDisagree));
}

TEST_P(AttributorContractTest, RefusesFromTheMomentThatThePlaceIsReleased) {
  const Peer caller = Caller(Attach(SampleMachine("vm1"), &snapshot_));
  snapshot_.attachments.clear();
  EXPECT_THAT(chain_->Attribute(caller, snapshot_), FailsWith(reasons::kNotAttached));
}

TEST_P(AttributorContractTest, AMachineMadeAgainUnderItsNameIsNotTheOneThatWasAttached) {
  const Peer caller = Caller(Attach(SampleMachine("vm1"), &snapshot_));
  snapshot_.RemoveMachine(SampleMachine("vm1").id);
  EXPECT_THAT(chain_->Attribute(caller, snapshot_), FailsWith(reasons::kNotAttached));
  snapshot_.AddMachine(MakeMachineEntry(SampleMachine("vm1"), {}));
  EXPECT_THAT(chain_->Attribute(caller, snapshot_), FailsWith(reasons::kNotAttached));
}

// Shared doors have their old connections ended instead (http::Server::EndConnections).
TEST_P(AttributorContractTest, AConnectionFromBeforeThePlaceChangedHandsIsNobodys) {
  if (GetParam().shared_door) GTEST_SKIP() << "the door is not opened for one attachment";
  const Peer caller = Caller(Attach(SampleMachine("vm1"), &snapshot_));
  Attach(SampleMachine("vm2"), &snapshot_);
  EXPECT_THAT(chain_->Attribute(caller, snapshot_), FailsWith(reasons::kNotAttached));
}

TEST_P(AttributorContractTest, WhoeverComesByNoDoorOfItsIsNotItsToJudge) {
  Peer caller = Caller(Attach(SampleMachine("vm1"), &snapshot_));
  caller.place = nullptr;
  EXPECT_THAT(chain_->Attribute(caller, snapshot_), FailsWith(reasons::kNotAttached));
  EXPECT_EQ(chain_->Way(caller), "");
}

TEST(BridgePortAttributorTest, AMarkThatNobodyGaveIsNobodys) {
  Published<BridgeMarks> marks(std::make_shared<const BridgeMarks>());
  Peer caller;
  caller.link.mark = kMark;
  caller.place = std::make_shared<const ListeningPlace>(ListeningPlace{"bridge:br0", {}, 0, 0});
  EXPECT_THAT(BridgePortAttributor(marks).Attribute(caller, {}), FailsWith(reasons::kNotAttached));
}

class UnixPeerRulesTest : public testing::Test {
 protected:
  Result<std::shared_ptr<const MachineEntry>> Call(std::optional<std::uint32_t> uid,
                                                   std::optional<std::uint32_t> gid,
                                                   UnixPeer caller) {
    const Machine machine = SampleMachine("vm1");
    Snapshot snapshot;
    snapshot.AddMachine(MakeMachineEntry(machine, {}));
    const Attachment attachment{Guid::Random(), machine.id, machine.vm_id, AttachmentWay::kUnixPeer,
                                "/run/s",       false,      uid,           gid};
    snapshot.attachments[attachment.claim()] = std::make_shared<const Attachment>(attachment);
    Peer peer;
    peer.unix_peer = caller;
    peer.place = std::make_shared<const ListeningPlace>(
        ListeningPlace{attachment.claim(), attachment.id, 0, 0});
    return UnixPeerAttributor().Attribute(peer, snapshot);
  }
};

TEST_F(UnixPeerRulesTest, WithoutARuleOnlyTheServicesOwnUserMayCall) {
  EXPECT_THAT(Call({}, {}, {geteuid(), 9, 1}), IsOk());
  EXPECT_THAT(Call({}, {}, {geteuid() + 1, getegid(), 1}), FailsWith(reasons::kPeerNotAllowed));
}

TEST_F(UnixPeerRulesTest, AConnectionThatOutlivesItsProcessIsNobodys) {
  int alive[2];
  ASSERT_EQ(pipe(alive), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(alive[1]);
    char until_closed = 0;
    _exit(static_cast<int>(read(alive[0], &until_closed, 1)));
  }
  Descriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  ASSERT_TRUE(pidfd.is_open());
  const auto process = std::make_shared<const PeerProcess>(std::move(pidfd));
  EXPECT_THAT(Call({}, {}, {geteuid(), 9, child, process}), IsOk());
  close(alive[1]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_THAT(Call({}, {}, {geteuid(), 9, child, process}), FailsWith(reasons::kPeerEnded));
  close(alive[0]);
}

TEST_F(UnixPeerRulesTest, ARuleNamesAUserOrAGroupAndNobodyElse) {
  EXPECT_THAT(Call(64, {}, {64, 0, 1}), IsOk());
  EXPECT_THAT(Call(64, {}, {65, 64, 1}), FailsWith(reasons::kPeerNotAllowed));
  EXPECT_THAT(Call(64, {}, {geteuid() == 64 ? 1 : geteuid(), 0, 1}),
              FailsWith(reasons::kPeerNotAllowed));
  EXPECT_THAT(Call({}, 36, {1000, 36, 1}), IsOk());
  EXPECT_THAT(Call({}, 36, {36, 1000, 1}), FailsWith(reasons::kPeerNotAllowed));
}

}  // namespace
}  // namespace openimds
