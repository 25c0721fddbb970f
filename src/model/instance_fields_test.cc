// SPDX-License-Identifier: Apache-2.0
#include "model/instance_fields.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace openimds {
namespace {

TEST(InstanceFieldsTest, EveryFieldIsListedOnceAndContainersAppearWithTheirFirst) {
  std::set<std::string_view> paths;
  for (const InstanceField& field : InstanceFields()) {
    EXPECT_TRUE(paths.insert(field.path).second) << field.path;
    EXPECT_EQ(field.since.size(), 10U) << field.path;
    EXPECT_FALSE(field.source == FieldSource::kMachine && field.otherwise.empty()) << field.path;
  }
  EXPECT_EQ(InstanceRoot().since, "2017-04-02");
  EXPECT_EQ(InstanceRoot().Find("compute")->Find("tagsList")->since, "2019-06-04");
  EXPECT_EQ(InstanceRoot().Find("storage"), nullptr);
}

TEST(InstanceFieldsTest, WhatFollowsAnotherFieldNamesOneThatIsInNoArray) {
  for (const InstanceField& field : InstanceFields()) {
    if (!field.otherwise.starts_with("{compute.")) continue;
    const std::string_view path = field.otherwise.substr(1, field.otherwise.size() - 2);
    const auto fields = InstanceFields();
    EXPECT_TRUE(std::any_of(fields.begin(), fields.end(), [&](const InstanceField& other) {
      return other.path == path && !other.otherwise.starts_with("{compute.");
    })) << field.path;
  }
}

// The rows of `page` that begin with one of `beginnings`.
std::vector<std::string> RowsOf(const std::string& page,
                                const std::vector<std::string>& beginnings) {
  std::ifstream file(OPENIMDS_DOCS "/protocols/" + page);
  EXPECT_TRUE(file) << OPENIMDS_DOCS;
  std::vector<std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (std::any_of(beginnings.begin(), beginnings.end(),
                    [&](const std::string& beginning) { return line.starts_with(beginning); })) {
      rows.push_back(line);
    }
  }
  return rows;
}

std::vector<std::string> RowsFor(std::span<const InstanceField> fields) {
  std::vector<std::string> rows;
  for (const InstanceField& field : fields) {
    const std::string otherwise =
        field.otherwise.empty() ? "" : "`" + std::string(field.otherwise) + "` ";
    rows.push_back("| `" + std::string(field.path) + "` | " + std::string(Describe(field.kind)) +
                   " | " + std::string(field.since) +
                   (field.source == FieldSource::kMachine ? " | machine" : " | profile") + " | " +
                   otherwise + "|");
  }
  return rows;
}

// Each page shows each field as one row of its table, in this order, and no other row.
TEST(InstanceFieldsTest, ThePageListsEveryFieldAndNothingElse) {
  EXPECT_EQ(RowsOf("instance-metadata.md", {"| `compute.", "| `network."}),
            RowsFor(InstanceFields()));
  EXPECT_EQ(RowsOf("load-balancer.md", {"| `loadbalancer."}), RowsFor(LoadBalancerFields()));
}

}  // namespace
}  // namespace openimds
