#include "domain/detect_conflicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/domain_support.h"

namespace pm {
namespace {

using std::string;
using test::Suite;
using test::tcp;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(DetectConflicts, NoneWhereNobodyIsOrEverythingIsAsItShouldBe) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.reserve(8001, 8001));
  EXPECT_THAT(detect_registry_conflicts(suite.registry(), tcp(8000)), IsEmpty());
  EXPECT_THAT(detect_registry_conflicts(suite.registry(), tcp(8001)), IsEmpty());
  EXPECT_THAT(detect_registry_conflicts(suite.registry(), tcp(9500)), IsEmpty());
}

TEST(DetectConflicts, DuplicateNamesItsServicesByAge) {
  Suite suite;
  ASSERT_TRUE(suite.assign("z", tcp(8000)));
  ASSERT_TRUE(suite.assign("a", tcp(8000), true));
  ASSERT_TRUE(suite.assign("m", tcp(8000), true));
  const auto found = detect_registry_conflicts(suite.registry(), tcp(8000));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].type, ConflictType::duplicate_assignment);
  EXPECT_EQ(found[0].key, tcp(8000));
  EXPECT_THAT(found[0].services, ElementsAre("z", "a", "m"));
  EXPECT_THAT(found[0].detail, AllOf(HasSubstr("port 8000"), HasSubstr("3 services: z, a, m")));
  EXPECT_EQ(found[0].conflict_id, 0);
}

TEST(DetectConflicts, ReservedPortIsOneForEachHolder) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.assign("b", tcp(8000), true));
  ASSERT_TRUE(suite.reserve(8000, 8000, "the printer"));
  const auto found = detect_registry_conflicts(suite.registry(), tcp(8000));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1].type, ConflictType::reserved_port);
  EXPECT_THAT(found[1].services, ElementsAre("a"));
  EXPECT_THAT(found[1].detail, AllOf(HasSubstr("port 8000 of a"), HasSubstr("(the printer)")));
  EXPECT_EQ(found[2].type, ConflictType::reserved_port);
  EXPECT_THAT(found[2].services, ElementsAre("b"));
}

TEST(DetectConflicts, OutOfRange) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8100), true));
  ASSERT_TRUE(suite.assign("b", tcp(8099)));
  const auto found = detect_registry_conflicts(suite.registry(), tcp(8100));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].type, ConflictType::out_of_range);
  EXPECT_THAT(found[0].services, ElementsAre("a"));
  EXPECT_THAT(found[0].detail, AllOf(HasSubstr("port 8100 of a"), HasSubstr("8000-8099")));
  EXPECT_THAT(detect_registry_conflicts(suite.registry(), tcp(8099)), IsEmpty());
}

TEST(DetectConflicts, WhichTypesTheRegistryAloneCanTell) {
  EXPECT_TRUE(is_registry_conflict(ConflictType::duplicate_assignment));
  EXPECT_TRUE(is_registry_conflict(ConflictType::reserved_port));
  EXPECT_TRUE(is_registry_conflict(ConflictType::out_of_range));
  EXPECT_FALSE(is_registry_conflict(ConflictType::system_conflict));
  EXPECT_FALSE(is_registry_conflict(ConflictType::drift));
  EXPECT_FALSE(is_registry_conflict(ConflictType::ephemeral_overlap));
}

}  // namespace
}  // namespace pm
