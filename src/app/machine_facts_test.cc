// SPDX-License-Identifier: Apache-2.0
#include "app/machine_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <boost/json/serialize.hpp>

#include "model/machine_profile.h"
#include "testing/matchers.h"
#include "testing/temporary_folder.h"

namespace openimds {
namespace {

namespace json = boost::json;

class MachineFactsTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const auto file = folder_.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

  void AddDisk(const std::string& name, const std::string& device, const std::string& sectors) {
    Write("sys/block/" + name + "/dev", device + "\n");
    Write("sys/block/" + name + "/size", sectors + "\n");
    Write("sys/block/" + name + "/removable", "0\n");
    Write("sys/block/" + name + "/device/vendor", "ACME\n");
  }

  void AddCard(const std::string& name, const std::string& mac, int index, bool has_device) {
    const std::string at = "sys/class/net/" + name;
    Write(at + "/address", mac + "\n");
    Write(at + "/type", "1\n");
    Write(at + "/ifindex", std::to_string(index) + "\n");
    if (has_device) Write(at + "/device/vendor", "0x1af4\n");
  }

  json::value At(const std::string& pointer) {
    const MachineFacts facts = ReadMachineFacts(folder_.path(), "host-1", addresses_);
    EXPECT_THAT(MachineProfile::FromJson(facts.profile), IsOk());
    json::error_code missing;
    const json::value all(facts.profile);
    const json::value* found = all.find_pointer(pointer, missing);
    return found ? *found : json::value();
  }

  std::string TextAt(const std::string& pointer) {
    const json::value found = At(pointer);
    return found.is_string() ? std::string(found.get_string()) : json::serialize(found);
  }

  TemporaryFolder folder_;
  std::vector<InterfaceAddress> addresses_;
};

TEST_F(MachineFactsTest, AnEmptyMachineShowsItsNameAndNothingThatNobodyKnows) {
  const MachineFacts facts = ReadMachineFacts(folder_.path(), "host-1", {});
  EXPECT_FALSE(facts.vm_id);
  EXPECT_EQ(json::serialize(facts.profile),
            R"({"compute":{"osType":"Linux","osProfile":{"computerName":"host-1"}}})");
}

TEST_F(MachineFactsTest, TheFirmwareSaysIdAndModel) {
  Write("sys/class/dmi/id/product_uuid", "4C4C4544-0051-3510-8052-B4C04F4A3132\n");
  Write("sys/class/dmi/id/product_name", "PowerEdge R640\n");
  const MachineFacts facts = ReadMachineFacts(folder_.path(), "host-1", {});
  ASSERT_TRUE(facts.vm_id);
  EXPECT_EQ(facts.vm_id->ToString(), "4c4c4544-0051-3510-8052-b4c04f4a3132");
  EXPECT_EQ(TextAt("/compute/vmSize"), "PowerEdge R640");
}

TEST_F(MachineFactsTest, WhatFirmwareSaysWhenNobodyFilledItInIsNothing) {
  for (const char* id : {"00000000-0000-0000-0000-000000000000",
                         "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "Not Settable", ""}) {
    Write("sys/class/dmi/id/product_uuid", id);
    EXPECT_FALSE(ReadMachineFacts(folder_.path(), "host-1", {}).vm_id) << id;
  }
  Write("sys/class/dmi/id/product_name", "To Be Filled By O.E.M.\n");
  EXPECT_EQ(At("/compute/vmSize"), nullptr);
}

TEST_F(MachineFactsTest, OsReleaseSaysTheImage) {
  Write("etc/os-release",
        "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n");
  EXPECT_EQ(TextAt("/compute/publisher"), "debian");
  EXPECT_EQ(TextAt("/compute/offer"), "debian-12");
  EXPECT_EQ(TextAt("/compute/sku"), "12");
  EXPECT_EQ(At("/compute/version"), nullptr);
}

TEST_F(MachineFactsTest, TheDiskThatHoldsTheRootIsTheOsDisk) {
  AddDisk("sda", "8:0", "209715200");
  AddDisk("sdb", "8:16", "2097153");
  Write("sys/block/sdb/sdb1/dev", "8:17\n");
  AddDisk("sdc", "8:32", "0");  // an empty card reader
  Write("sys/block/loop0/size", "8\n");
  Write("proc/self/mountinfo",
        "22 27 0:21 / /proc rw - proc proc rw\n27 1 8:17 / / rw - ext4 /dev/sdb1 rw\n");
  EXPECT_EQ(json::serialize(At("/compute/storageProfile")),
            R"({"osDisk":{"name":"sdb","diskSizeGB":"2"},"dataDisks":[{"lun":"0","name":"sda",)"
            R"("diskSizeGB":"100","diskCapacityBytes":"107374182400"}]})");
}

TEST_F(MachineFactsTest, ARootOnALogicalVolumeLeadsToTheDiskBelow) {
  AddDisk("nvme0n1", "259:0", "4194304");
  Write("sys/block/nvme0n1/nvme0n1p2/dev", "259:2\n");
  Write("sys/dev/block/254:1/slaves/dm-0/dev", "254:0\n");
  Write("sys/dev/block/254:0/slaves/nvme0n1p2/dev", "259:2\n");
  Write("proc/self/mountinfo", "27 1 254:1 / / rw - ext4 /dev/mapper/root rw\n");
  EXPECT_EQ(TextAt("/compute/storageProfile/osDisk/name"), "nvme0n1");
}

TEST_F(MachineFactsTest, InterfacesComeInTheKernelsOrderWithTheirAddressesAndSubnets) {
  AddCard("eth1", "00:0d:3a:00:00:02", 3, true);
  AddCard("eth0", "00:0d:3a:00:00:01", 2, true);
  AddCard("veth7", "00:0d:3a:00:00:09", 1, false);
  Write("sys/class/net/lo/type", "772\n");
  addresses_ = {{"eth0", false, "10.0.1.77", 26},
                {"eth0", false, "10.0.1.78", 26},
                {"eth0", true, "2001:db8::7", 64},
                {"veth7", false, "10.9.9.9", 24}};
  EXPECT_EQ(json::serialize(At("/network/interface")),
            R"([{"macAddress":"00:0d:3a:00:00:01","ipv4":{"ipAddress":[)"
            R"({"privateIpAddress":"10.0.1.77"},{"privateIpAddress":"10.0.1.78"}],)"
            R"("subnet":[{"address":"10.0.1.64","prefix":"26"}]},)"
            R"("ipv6":{"ipAddress":[{"privateIpAddress":"2001:db8::7"}]}},)"
            R"({"macAddress":"00:0d:3a:00:00:02","ipv4":{"ipAddress":[],"subnet":[]}}])");
}

TEST_F(MachineFactsTest, AContainerHasCardsWithoutDevices) {
  AddCard("eth0", "02:42:ac:11:00:02", 4, false);
  AddCard("docker0", "02:42:ac:11:00:01", 5, false);
  Write("sys/class/net/docker0/bridge/stp_state", "0\n");
  EXPECT_EQ(At("/network/interface").as_array().size(), 1U);
  EXPECT_EQ(TextAt("/network/interface/0/macAddress"), "02:42:ac:11:00:02");
}

TEST_F(MachineFactsTest, SecureBootAndTpmAreShownWhereTheyAre) {
  const std::string variable =
      "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
  Write(variable, std::string("\x06\0\0\0\x01", 5));
  Write("sys/class/tpm/tpm0/tpm_version_major", "2\n");
  EXPECT_EQ(TextAt("/compute/securityProfile/secureBootEnabled"), "true");
  EXPECT_EQ(TextAt("/compute/securityProfile/virtualTpmEnabled"), "true");
  Write(variable, std::string("\x06\0\0\0\0", 5));
  EXPECT_EQ(TextAt("/compute/securityProfile/secureBootEnabled"), "false");
}

}  // namespace
}  // namespace openimds
