// SPDX-License-Identifier: Apache-2.0
#include "model/machine_profile.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/reasons.h"
#include "model/machine_document.h"
#include "testing/matchers.h"
#include "testing/sample_entities.h"

namespace openimds {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

std::string TextAt(const json::value& document, std::string_view pointer) {
  return std::string(document.at_pointer({pointer.data(), pointer.size()}).as_string());
}

json::value DocumentWith(std::string_view profile) {
  Machine machine = SampleMachine();
  machine.vm_id = *Guid::Parse("aabbccdd-eeff-0011-2233-445566778899");
  machine.profile = std::make_shared<const MachineProfile>(*MachineProfile::Parse(profile));
  return MachineDocument(machine);
}

TEST(MachineProfileTest, IsReadInTheSpellingThatGoesOut) {
  const auto profile = MachineProfile::Parse(R"({
      "compute": {"vmSize": "Standard_B2s", "osType": "windows",
                  "securityProfile": {"secureBootEnabled": true, "virtualTpmEnabled": "TRUE"},
                  "platformFaultDomain": 3, "userData": "aGk=",
                  "storageProfile": {"dataDisks": [{"lun": 0, "managedDisk": {"id": "/d"}}]}},
      "network": {"interface": [{"macAddress": "00:0d:3a:be:ef:01"}]}})");
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(json::value(profile->json()), json::parse(R"({
      "compute": {"vmSize": "Standard_B2s", "osType": "Windows",
                  "securityProfile": {"secureBootEnabled": "true", "virtualTpmEnabled": "true"},
                  "platformFaultDomain": "3", "userData": "aGk=",
                  "storageProfile": {"dataDisks": [{"lun": "0", "managedDisk": {"id": "/d"}}]}},
      "network": {"interface": [{"macAddress": "000D3ABEEF01"}]}})"));
}

struct BadProfile {
  std::string text;
  const char* message;
};

TEST(MachineProfileTest, WhatIsNotOfTheListIsRefusedByName) {
  const BadProfile profiles[] = {
      {"[]", "expected a JSON object"},
      {R"({"compute":{"zone":"1","zone":"2"}})", "a name occurs twice"},
      {R"({"compute":{"vmsize":"x"}})", "'compute.vmsize': unknown"},
      {R"({"disks":{}})", "'disks': unknown"},
      {R"({"compute":[]})", "'compute': expected an object"},
      {R"({"compute":{"vmSize":7}})", "'compute.vmSize': expected a text"},
      {R"({"compute":{"vmSize":null}})", "'compute.vmSize': expected a text"},
      {R"({"compute":{"vmSize":"a\u0000b"}})", "'compute.vmSize': expected a text"},
      {R"({"compute":{"vmId":"x"}})", "'compute.vmId': it follows from the machine"},
      {R"({"compute":{"tags":"a:b"}})", "'compute.tags': it follows from the machine"},
      {R"({"compute":{"osType":"Plan9"}})", "'compute.osType': expected Linux or Windows"},
      {R"({"compute":{"platformFaultDomain":-1}})", "expected a number"},
      {R"({"compute":{"userData":"not base64"}})", "'compute.userData': expected base64"},
      {R"({"compute":{"publicKeys":{}}})", "'compute.publicKeys': expected an array"},
      {R"({"compute":{"publicKeys":["x"]}})", "'compute.publicKeys.0': expected an object"},
      {R"({"compute":{"isHostCompatibilityLayerVm":"yes"}})", "expected true or false"},
      {R"({"network":{"interface":[{"macAddress":"00:0d:3a"}]}})",
       "'network.interface.0.macAddress': expected a MAC address"},
      {R"({"network":{"interface":[{"ipv4":{"ipAddress":[{"privateIpAddress":"10.0.0.256"}]}}]}})",
       "'network.interface.0.ipv4.ipAddress.0.privateIpAddress': expected an IPv4 address"},
      {R"({"network":{"interface":[{"ipv6":{"ipAddress":[{"privateIpAddress":"10.0.0.1"}]}}]}})",
       "expected an IPv6 address"},
  };
  for (const BadProfile& bad : profiles) {
    const auto profile = MachineProfile::Parse(bad.text);
    ASSERT_THAT(profile, FailsWith(reasons::kProfileInvalid)) << bad.text;
    EXPECT_THAT(profile.error().message, HasSubstr(bad.message));
  }
}

TEST(MachineProfileTest, HasLimits) {
  const auto user_data = [](std::size_t bytes) {
    return MachineProfile().Set("compute.userData", std::string(bytes / 3 * 4, 'A'));
  };
  EXPECT_THAT(user_data(MachineProfile::kMaxDataBytes - 1), IsOk());
  EXPECT_THAT(user_data(MachineProfile::kMaxDataBytes + 2), FailsWith(reasons::kProfileInvalid));
  MachineProfile tagged;
  for (std::size_t i = 0; i < MachineProfile::kMaxElements; ++i) {
    ASSERT_THAT(tagged.SetTag("t" + std::to_string(i), "v"), IsOk());
  }
  EXPECT_THAT(tagged.SetTag("one more", "v"), FailsWith(reasons::kProfileInvalid));
  EXPECT_THAT(tagged.SetTag("T3", "w"), IsOk());
}

TEST(MachineProfileTest, SaysOneValueAfterTheOther) {
  MachineProfile profile;
  EXPECT_THAT(profile.Set("compute.vmSize", "a"), IsOk());
  EXPECT_THAT(profile.Set("compute.vmSize", "b"), IsOk());
  EXPECT_THAT(profile.Set("network.interface.0.macAddress", "00-0d-3a-be-ef-01"), IsOk());
  EXPECT_THAT(profile.Set("network.interface.2.macAddress", "000D3ABEEF02"),
              FailsWith(reasons::kProfileInvalid));
  EXPECT_THAT(profile.Set("compute.osType", "x"), FailsWith(reasons::kProfileInvalid));
  EXPECT_EQ(
      json::serialize(profile.json()),
      R"({"compute":{"vmSize":"b"},"network":{"interface":[{"macAddress":"000D3ABEEF01"}]}})");
}

TEST(MachineDocumentTest, ShowsWhatTheMachineIs) {
  const json::value document = DocumentWith("{}");
  EXPECT_EQ(TextAt(document, "/compute/name"), "vm1");
  EXPECT_EQ(TextAt(document, "/compute/osProfile/computerName"), "vm1");
  EXPECT_EQ(TextAt(document, "/compute/location"), "local");
  EXPECT_EQ(TextAt(document, "/compute/resourceGroupName"), "rg1");
  EXPECT_EQ(TextAt(document, "/compute/subscriptionId"), "11111111-1111-1111-1111-111111111111");
  EXPECT_EQ(TextAt(document, "/compute/resourceId"), SampleMachine().id.text());
  EXPECT_EQ(TextAt(document, "/compute/vmId"), "aabbccdd-eeff-0011-2233-445566778899");
  EXPECT_EQ(TextAt(document, "/compute/vmSize"), "");
  EXPECT_EQ(TextAt(document, "/network/interface/0/macAddress"), "02AABBCCDDEE");
  EXPECT_EQ(TextAt(document, "/network/interface/0/ipv4/ipAddress/0/privateIpAddress"), "10.0.0.4");
  EXPECT_EQ(TextAt(document, "/network/interface/0/ipv4/subnet/0/address"), "10.0.0.0");
}

TEST(MachineDocumentTest, AFieldFollowsAnotherUntilItIsSaidItself) {
  const json::value document = DocumentWith(
      R"({"compute":{"offer":"debian-12","osType":"Windows",
          "storageProfile":{"imageReference":{"sku":"own"}}, "sku":"12"}})");
  EXPECT_EQ(TextAt(document, "/compute/storageProfile/imageReference/offer"), "debian-12");
  EXPECT_EQ(TextAt(document, "/compute/storageProfile/imageReference/sku"), "own");
  EXPECT_EQ(TextAt(document, "/compute/storageProfile/osDisk/osType"), "Windows");
}

TEST(MachineDocumentTest, TagsAreOneLineAndAListInTheirOrder) {
  const json::value document =
      DocumentWith(R"({"compute":{"tagsList":[{"name":"b","value":"1;2"},{"name":"a"}]}})");
  EXPECT_EQ(TextAt(document, "/compute/tags"), "b:1;2;a:");
  EXPECT_EQ(TextAt(document, "/compute/tagsList/1/value"), "");
}

TEST(MachineDocumentTest, InterfacesAreCompletedOneByOne) {
  const json::value document = DocumentWith(R"({"network":{"interface":[
      {"ipv4":{"ipAddress":[{"privateIpAddress":"192.168.7.5","publicIpAddress":"1.2.3.4"},
                            {"privateIpAddress":"192.168.7.6"}]}},
      {"ipv6":{"ipAddress":[{"privateIpAddress":"fd00::5"}]}}]}})");
  const json::value& interfaces = document.at("network").at("interface");
  EXPECT_EQ(TextAt(interfaces, "/0/ipv4/subnet/0/address"), "192.168.7.0");
  EXPECT_EQ(TextAt(interfaces, "/0/ipv4/ipAddress/1/publicIpAddress"), "");
  EXPECT_EQ(TextAt(interfaces, "/0/macAddress"), "02AABBCCDDEE");
  EXPECT_EQ(TextAt(interfaces, "/1/macAddress"), "02AABBCCDDEF");
  EXPECT_EQ(TextAt(interfaces, "/1/ipv6/ipAddress/0/privateIpAddress"), "fd00::5");
  EXPECT_TRUE(interfaces.at(1).at("ipv4").at("ipAddress").as_array().empty());
}

TEST(MachineDocumentTest, AFirstInterfaceMayBeWithoutIpv4IfItIsSaid) {
  const json::value document =
      DocumentWith(R"({"network":{"interface":[{"ipv4":{"ipAddress":[]}}]}})");
  EXPECT_TRUE(document.at_pointer("/network/interface/0/ipv4/ipAddress").as_array().empty());
  EXPECT_TRUE(document.at_pointer("/network/interface/0/ipv4/subnet").as_array().empty());
}

}  // namespace
}  // namespace openimds
