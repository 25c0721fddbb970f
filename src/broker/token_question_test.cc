// SPDX-License-Identifier: Apache-2.0
#include "broker/token_question.h"

#include <gmock/gmock.h>

#include "base/reasons.h"
#include "testing/matchers.h"

namespace openimds {
namespace {

using ::testing::Eq;
using ::testing::Optional;

// A form with the text that it keeps views of.
class FormOf {
 public:
  explicit FormOf(std::string query) : query_(std::move(query)) {
    EXPECT_THAT(form_.Add(query_), IsOk());
  }
  operator const http::Form&() const { return form_; }

 private:
  const std::string query_;
  http::Form form_;
};

TEST(ParseResourceTest, KeepsEveryByteOfWhatIsGood) {
  for (const char* resource :
       {"https://management.azure.com/", "https://management.azure.com//",
        "https://vault.azure.net", "api://AzureADTokenExchange",
        "urn:ms-drs:enterpriseregistration.windows.net", "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
        "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"}) {
    const std::string query = "resource=" + std::string(resource);
    EXPECT_THAT(ParseResource(FormOf(query)), Optional(Eq(resource)));
  }
}

TEST(ParseResourceTest, RefusesWhatNamesNoApplication) {
  const std::string longest = "resource=https://x/" + std::string(2038, 'a');
  EXPECT_THAT(ParseResource(FormOf(longest)), IsOk());
  const std::string longer = longest + "a";
  for (const std::string& query :
       {std::string("resource=management"), std::string("resource=%20"),
        std::string("resource=https://x%0d%0aA:b"), std::string("resource=https://x%00"),
        std::string("resource=https://x%ff"), std::string("resource=:x"),
        std::string("resource=https:"), std::string("resource=1http://x"), longer}) {
    EXPECT_THAT(ParseResource(FormOf(query)), FailsWith(reasons::kResourceInvalid)) << query;
  }
  EXPECT_THAT(ParseResource(FormOf("resource=")), FailsWith(reasons::kResourceMissing));
  EXPECT_THAT(ParseResource(FormOf("Resource=https://x")), FailsWith(reasons::kResourceMissing));
}

TEST(ParseSelectorTest, FieldCaseBB03TheTwoSpellingsMeanTheSame) {
  const auto one = ParseSelector(FormOf("mi_res_id=/subscriptions/s"), EmptySelector::kRefused);
  ASSERT_THAT(one, IsOk());
  EXPECT_THAT(one->resource_id, Optional(Eq("/subscriptions/s")));
  EXPECT_THAT(ParseSelector(FormOf("mi_res_id=/a&msi_res_id=A"), EmptySelector::kRefused), IsOk());
  EXPECT_THAT(ParseSelector(FormOf("mi_res_id=/a&msi_res_id=/b"), EmptySelector::kRefused),
              FailsWith(reasons::kSelectorConflict));
}

TEST(ParseSelectorTest, FieldCaseBB05AMisspeltSelectorIsNeverIgnored) {
  for (const char* query :
       {"clientid=x", "client-id=x", "Client_ID=x", "clientId=x", "clent_id=x", "client_idd=x",
        "objectid=x", "object-id=x", "msiresid=x", "msi-res-id=x", "miresid=x", "msi_res_ids=x",
        "principal_id=x", "principalId=x", "client%5Fi=x"}) {
    EXPECT_THAT(ParseSelector(FormOf(query), EmptySelector::kAbsent),
                FailsWith(reasons::kMisspeltSelector))
        << query;
  }
}

TEST(ParseSelectorTest, OtherNamesAreIgnored) {
  const auto selector = ParseSelector(
      FormOf("resource=x&api-version=1&extended=true&authority=y&grant_type=z&xms_cc=CP1&claims=c"),
      EmptySelector::kRefused);
  ASSERT_THAT(selector, IsOk());
  EXPECT_TRUE(selector->empty());
}

TEST(ParseSelectorTest, AnEmptySelectorIsAbsentOnlyWhereOldClientsSendIt) {
  EXPECT_THAT(ParseSelector(FormOf("client_id="), EmptySelector::kRefused),
              FailsWith(reasons::kEmptySelector));
  const auto absent = ParseSelector(FormOf("client_id=&mi_res_id="), EmptySelector::kAbsent);
  ASSERT_THAT(absent, IsOk());
  EXPECT_TRUE(absent->empty());
}

}  // namespace
}  // namespace openimds
