// SPDX-License-Identifier: Apache-2.0
#include "migrate/arm_names.h"

#include <gtest/gtest.h>

namespace openimds::migrate {
namespace {

TEST(ArmNames, AreSplitHoweverTheyAreWritten) {
  struct Case {
    const char* text;
    const char* machine;
    const char* own;
  };
  for (const Case& it : {
           Case{"vm1/msi", "'vm1'", "'msi'"},
           Case{"[concat(variables('vmName'),'/Msi')]", "variables('vmname')", "'msi'"},
           Case{"[concat(parameters('p'), '-vm', '/msi')]", "concat(parameters('p'),'-vm')",
                "'msi'"},
           Case{"[concat(variables('vm'), '/', variables('ext'))]", "variables('vm')",
                "variables('ext')"},
           Case{"[concat('vm1/', variables('ext'))]", "'vm1'", "variables('ext')"},
           Case{"[format('{0}/msi', parameters('vm'))]", "parameters('vm')", "'msi'"},
           Case{"[format('{0}/{1}', parameters('vm'), variables('e'))]", "parameters('vm')",
                "variables('e')"},
           Case{"[variables('whole')]", "", ""},
           Case{"[concat(", "", ""},
           Case{"", "", ""},
       }) {
    const ExtensionName name = SplitExtensionName(it.text);
    EXPECT_EQ(name.machine, it.machine) << it.text;
    EXPECT_EQ(name.own, it.own) << it.text;
  }
}

TEST(ArmNames, AreReferredToWhole) {
  const auto refers = [](std::string_view text) { return RefersTo(CanonicalName(text), "'msi'"); };
  EXPECT_TRUE(refers("msi"));
  EXPECT_TRUE(refers("Microsoft.Compute/virtualMachines/vm1/extensions/MSI"));
  EXPECT_TRUE(refers("[resourceId('Microsoft.Compute/virtualMachines/extensions', 'vm1', 'msi')]"));
  EXPECT_TRUE(refers("[concat(variables('vm'), '/msi')]"));
  EXPECT_FALSE(refers("msi2"));
  EXPECT_FALSE(refers("my-msi"));
  EXPECT_FALSE(refers("the msi of the machine"));
  EXPECT_FALSE(RefersTo("'x'", "''"));
}

TEST(ArmNames, ThatAreExpressionsAreMetInExtensionsOnly) {
  const std::string own = "variables('name')";
  EXPECT_TRUE(RefersTo("resourceid('a/extensions',variables('vm'),variables('name'))", own));
  EXPECT_FALSE(RefersTo("resourceid('a/disks',variables('name'))", own));
}

}  // namespace
}  // namespace openimds::migrate
