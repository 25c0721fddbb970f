// SPDX-License-Identifier: Apache-2.0
#include "migrate/examine.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "migrate/apply_edits.h"

namespace openimds::migrate {
namespace {

std::vector<Finding> Find(const std::string& path, const std::string& text) {
  return Examine(SourceText(path, text), {kDefaultExtensionPort}).findings;
}

std::string Rewritten(const std::string& path, const std::string& text) {
  std::vector<Finding> findings = Find(path, text);
  return ApplyEdits(text, &findings);
}

constexpr std::string_view kNewQuery =
    "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01";

struct RuleCase {
  const char* rule;
  const char* path;
  const char* text;
};

// One for each rule, so that none is dead.
constexpr RuleCase kCases[] = {
    {"endpoint-url", "a.py", "x = 'http://localhost:50342/oauth2/token'"},
    {"endpoint-port", "a.cs", "const int MsiPort = 50342;"},
    {"endpoint-other-port", "a.sh", "curl http://localhost:9/oauth2/token -H Metadata:true"},
    {"endpoint-mention", "a.py", "# http://localhost:50342/oauth2/token"},
    {"env-msi-endpoint", "a.py", "os.environ['MSI_ENDPOINT']"},
    {"env-msi-vm", "a.rb", "require 'ms_rest_azure'; ENV['MSI_VM'] = 'true'"},
    {"settings-file", "a.sh", "cat /var/lib/waagent/ManagedIdentity-Settings"},
    {"extension-service", "a.sh", "systemctl stop azuremsixtn.service"},
    {"sdk-python", "a.py", "MSIAuthentication()"},
    {"sdk-node", "a.js", "require('ms-rest-azure').loginWithMSI()"},
    {"sdk-go", "a.go", "adal.GetMSIVMEndpoint()"},
    {"sdk-java", "A.java", "import com.microsoft.azure.x; new MSICredentials()"},
    {"sdk-dotnet", "a.cs", "new MSILoginInformation(MSIResourceType.VirtualMachine)"},
    {"sdk-ruby", "a.rb", "MsRestAzure::MSITokenProvider.new"},
    {"terraform-msi-endpoint", "a.tf", "msi_endpoint = \"http://localhost:50342/oauth2/token\""},
    {"template-vm-extension", "a.json",
     R"({"resources":[{"type":"Microsoft.Compute/virtualMachines/extensions","name":"a/b",
        "properties":{"publisher":"Microsoft.ManagedIdentity"}}]})"},
    {"template-scale-set-extension", "a.json",
     R"({"extensions":[{"name":"b","properties":{"publisher":"Microsoft.ManagedIdentity"}}]})"},
    {"command-extension", "a.sh", "az vm extension set -n ManagedIdentityExtensionForLinux"},
    {"extension-name", "a.py", "type = 'ManagedIdentityExtensionForLinux'"},
};

TEST(Examine, FindsSomethingByEachRule) {
  std::set<std::string_view> met;
  for (const RuleCase& it : kCases) {
    EXPECT_TRUE(IsWorthExamining(it.text, {kDefaultExtensionPort})) << it.rule;
    const auto findings = Find(it.path, it.text);
    ASSERT_EQ(findings.size(), 1u) << it.rule << ": " << it.text;
    EXPECT_EQ(findings[0].rule->id, it.rule) << it.text;
    met.insert(it.rule);
  }
  for (const Rule& rule : AllRules()) EXPECT_TRUE(met.contains(rule.id)) << rule.id;
}

TEST(Examine, HasARuleForEachSymbol) {
  for (const Symbol& symbol : AllSymbols()) {
    EXPECT_EQ(RuleOf(symbol.rule).id, symbol.rule);
    EXPECT_TRUE(IsWorthExamining(symbol.text, {})) << symbol.text;
  }
}

TEST(Examine, FindsNothingInWhatOnlyLooksSimilar) {
  for (const RuleCase& it : {
           RuleCase{"", "a.py", "x = 50342.5"},
           RuleCase{"", "a.py", "report = 50342"},
           RuleCase{"", "a.py", "import_50342 = 1"},
           RuleCase{"", "a.txt", "the port 50342"},
           RuleCase{"", "a.py", "\"\"\"MSI_ENDPOINT\"\"\""},
           RuleCase{"", "a.py", "MY_MSI_ENDPOINT"},
           RuleCase{"", "a.js", "loginWithAppServiceMSI()"},
           RuleCase{"", "a.java", "new AppServiceMSICredentials(); // com.microsoft.azure"},
           RuleCase{"", "a.json",
                    R"({"type": "Microsoft.ManagedIdentity/userAssignedIdentities"})"},
           RuleCase{"", "a.sh", "az provider register -n Microsoft.ManagedIdentity"},
           RuleCase{"", "a.sh", "az vm extension delete -n ManagedIdentityExtensionForLinux"},
           RuleCase{"", "a.json", R"({"useManagedIdentityExtension": true})"},
           RuleCase{"", "a.sh", "curl http://localhost:8080/oauth2/token"},
           RuleCase{"", "a.tf", "msi_endpoint = \"http://169.254.169.254/metadata\""},
       }) {
    EXPECT_TRUE(Find(it.path, it.text).empty()) << it.text;
  }
}

TEST(Examine, LeavesCloudShellAndAppServiceAlone) {
  for (const std::string text : {"CLOUD_SHELL = 'http://localhost:50342/oauth2/token'",
                                 "os.environ['MSI_ENDPOINT'], os.environ['MSI_SECRET']"}) {
    const auto findings = Find("a.py", text);
    ASSERT_FALSE(findings.empty()) << text;
    EXPECT_EQ(findings[0].level, Level::kNote) << text;
    EXPECT_TRUE(findings[0].edits.empty());
  }
  EXPECT_EQ(Find("a/cloud_shell.py", "x['MSI_ENDPOINT']").at(0).level, Level::kNote);
}

TEST(Examine, RewritesCurlInEveryPosition) {
  const std::string query(kNewQuery);
  struct Case {
    std::string before;
    std::string after;
  };
  for (const Case& it : {
           Case{"curl http://localhost:50342/oauth2/token -d resource=r -H Metadata:true",
                "curl --get '" + query + "' -d resource=r -H Metadata:true"},
           Case{"curl -G -d resource=r localhost:50342/oauth2/token",
                "curl -H Metadata:true -G -d resource=r '" + query + "'"},
           Case{"t=$(curl -sXGET \"http://localhost:50342/oauth2/token?resource=$r\" -H 'metadata: "
                "true')",
                "t=$(curl -sXGET \"" + query + "&resource=$r\" -H 'metadata: true')"},
           Case{"curl -X POST http://127.0.0.1:50342/oauth2/token --data-urlencode resource=r",
                "curl --get -H Metadata:true '" + query + "' --data-urlencode resource=r"},
           Case{"curl http://localhost:50342/oauth2/token?resource=$r -HMetadata:true",
                "curl \"" + query + "&resource=$r\" -HMetadata:true"},
       }) {
    EXPECT_EQ(Rewritten("a.sh", it.before), it.after);
  }
}

TEST(Examine, LeavesToPeopleWhatItCannotSee) {
  for (const RuleCase& it : {
           RuleCase{"", "a.sh", "curl -sXPOST http://localhost:50342/oauth2/token -d resource=r"},
           RuleCase{"", "a.sh", "curl -X PUT http://localhost:50342/oauth2/token"},
           RuleCase{"", "a.sh", "U=http://localhost:50342/oauth2/token"},
           RuleCase{"", "a.sh", "sh -c \"curl http://localhost:50342/oauth2/token?resource=r\""},
           RuleCase{"", "a.py", "get('http://localhost:50342/oauth2/token?resource=r')"},
           RuleCase{"", "a.py",
                    "# Metadata: true\nget('http://localhost:50342/oauth2/token?resource=r')"},
           RuleCase{"", "a.js",
                    "post('http://localhost:50342/oauth2/token?resource=r', {Metadata: 1})"},
           RuleCase{"", "a.js", "fetch('http://localhost:50342/oauth2/token', {Metadata: 1})"},
           RuleCase{"", "a.js", "fetch('http://localhost:50342/other?resource=r', {Metadata: 1})"},
       }) {
    EXPECT_EQ(Rewritten(it.path, it.text), it.text);
    EXPECT_FALSE(Find(it.path, it.text).empty()) << it.text;
  }
}

TEST(Examine, TakesAwayASettingOnlyWhereThatHurtsNothing) {
  const std::string setting = "export MSI_ENDPOINT=http://localhost:50342/oauth2/token\n";
  EXPECT_EQ(Rewritten("a.sh", "a\n" + setting + "b\n"), "a\nb\n");
  for (const std::string& text :
       {"if x; then\n  " + setting + "fi\n", setting + "echo $MSI_ENDPOINT\n",
        std::string("export MSI_ENDPOINT=\"$OTHER\"\n"),
        std::string("A=1 \\\nMSI_ENDPOINT=http://localhost:50342/oauth2/token\n")}) {
    EXPECT_EQ(Rewritten("a.sh", text), text);
  }
  const std::string only = "env:\n  MSI_ENDPOINT: http://localhost:50342/oauth2/token\n";
  EXPECT_EQ(Rewritten("a.yaml", only), only);
  EXPECT_EQ(Rewritten("a.yaml", only + "  B: 1\n"), "env:\n  B: 1\n");
}

TEST(Examine, ReadsAnyBytes) {
  std::string text = "http://localhost:50342/oauth2/token";
  for (int i = 0; i < 256; ++i) text += static_cast<char>(i);
  text += "'\"{[(`localhost:50342 curl MSI_ENDPOINT Microsoft.ManagedIdentity publisher";
  for (const char* path : {"a.py", "a.sh", "a.json", "a.tf", "a.bicep", "a.ps1", "a.md", "a.yaml",
                           "a.js", "a.go", "a.rb", "Dockerfile", "a", "a.xml", "a.bat"}) {
    for (std::size_t length = 0; length < text.size(); ++length) {
      Rewritten(path, text.substr(length));
      Rewritten(path, text.substr(0, length));
    }
  }
}

TEST(ApplyEdits, AppliesAFindingWholeOrNotAtAll) {
  std::vector<Finding> findings(2);
  findings[0].edits = {{{0, 2}, "X"}};
  findings[1].edits = {{{1, 3}, "Y"}, {{4, 5}, "Z"}};
  EXPECT_EQ(ApplyEdits("abcdef", &findings), "Xcdef");
  EXPECT_TRUE(findings[1].edits.empty());
  EXPECT_FALSE(findings[1].by_hand.empty());
}

TEST(ApplyEdits, AppliesWhatIsSharedOnce) {
  std::vector<Finding> findings(2);
  findings[0].edits = {{{1, 1}, "-"}};
  findings[1].edits = {{{1, 1}, "-"}, {{2, 3}, ""}};
  EXPECT_EQ(ApplyEdits("abc", &findings), "a-b");
}

}  // namespace
}  // namespace openimds::migrate
