#include "probe/process_facts.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "support/eventually.h"
#include "support/forked_process.h"

namespace pm {
namespace {

namespace fs = std::filesystem;

TEST(ParseStat, FindsNameAndStart) {
  const auto stat = parse_stat(
      "4711 (nginx) S 1 4711 4711 0 -1 4194304 102 0 0 0 5 6 7 8 20 0 1 0 1374907 3133440 413");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "nginx");
  EXPECT_EQ(stat->start_ticks, 1374907);
}

TEST(ParseStat, ANameMayHaveBlanksAndParentheses) {
  const auto stat =
      parse_stat("7 (a) R 1 (b) c) S 1 7 7 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "a) R 1 (b) c");
  EXPECT_EQ(stat->start_ticks, 99);
}

TEST(ParseStat, RefusesWhatIsNoStat) {
  EXPECT_FALSE(parse_stat(""));
  EXPECT_FALSE(parse_stat("7 nginx S"));
  EXPECT_FALSE(parse_stat("7 )nginx( S"));
  EXPECT_FALSE(parse_stat("7 (nginx) S 1 7"));
}

TEST(UnitOf, IsTheInnermostServiceOrScope) {
  EXPECT_EQ(unit_of("0::/system.slice/nginx.service\n"), "nginx.service");
  EXPECT_EQ(unit_of("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope\n"),
            "app-x.scope");
  EXPECT_EQ(unit_of("0::/system.slice/demo.service/workers\n"), "demo.service");
}

TEST(UnitOf, WithoutAUnitIsTheControlGroup) {
  EXPECT_EQ(unit_of("0::/docker/4711\n"), "/docker/4711");
  EXPECT_EQ(unit_of("0::/\n"), "");
  EXPECT_EQ(unit_of(""), "");
}

TEST(UnitOf, AsksSystemdsOwnHierarchyWhereTheUnifiedOneSaysNothing) {
  EXPECT_EQ(unit_of("4:memory:/elsewhere\n1:name=systemd:/system.slice/a.service\n0::/\n"),
            "a.service");
  EXPECT_EQ(unit_of("1:name=systemd:/system.slice/a.service\n0::/system.slice/b.service\n"),
            "b.service");
  EXPECT_EQ(unit_of("4:memory:/elsewhere\n"), "");
}

TEST(ProcessReader, TellsOfThisProcess) {
  const auto facts = ProcessReader().facts(::getpid());
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->executable, fs::read_symlink("/proc/self/exe").string());
  EXPECT_GT(facts->stat.start_ticks, 0);
  ASSERT_TRUE(facts->started);
  const auto age = std::chrono::system_clock::now() - *facts->started;
  // The time of boot is known to the second.
  EXPECT_GT(age, std::chrono::seconds(-2));
  EXPECT_LT(age, std::chrono::hours(1));
}

TEST(ProcessReader, TellsANameWithParentheses) {
  test::ForkedProcess child([] {
    ::prctl(PR_SET_NAME, "odd) (name");
    return std::string("named");
  });
  ASSERT_EQ(child.answer(), "named");
  const auto stat = ProcessReader().stat(child.pid());
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "odd) (name");
  EXPECT_GE(stat->start_ticks, ProcessReader().stat(::getpid())->start_ticks);
}

TEST(ProcessReader, AZombieIsNoProcess) {
  test::ForkedProcess child([] { return std::string("runs"); });
  ASSERT_EQ(child.answer(), "runs");
  ASSERT_TRUE(ProcessReader().stat(child.pid()));
  child.kill();
  EXPECT_TRUE(test::eventually([&] { return !ProcessReader().stat(child.pid()); }));
}

TEST(ProcessReader, KnowsNothingOfAProcessThatIsGone) {
  test::ForkedProcess child([] { return std::string(); });
  const auto pid = child.pid();
  child.stop();
  EXPECT_FALSE(ProcessReader().stat(pid));
  EXPECT_FALSE(ProcessReader().facts(pid));
}

}  // namespace
}  // namespace pm
