#include "app/look.h"

#include <gmock/gmock.h>

#include "app/world.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class LookTest : public testing::Test, public World {
 protected:
  /// Port and host of everybody whom a look asks.
  std::vector<std::pair<int, std::string>> asked() {
    const auto registry = store.snapshot();
    const auto table = *probe.scan();
    std::vector<std::pair<int, std::string>> places;
    for (const auto& question : Look(*registry, *table, circumstances()).questions()) {
      places.emplace_back(question.listener->port.value(), question.host);
    }
    return places;
  }
  Look::Seen seen() {
    const auto registry = store.snapshot();
    const auto table = *probe.scan();
    const Look look(*registry, *table, circumstances());
    ListenerInterviews interviews(client, probe, {});
    interviews.ask(look.questions(), clock.steady_now(), clock.now());
    return look.judge(interviews);
  }
  Look::Circumstances circumstances() const {
    return {own_pid, probe.boot_id(), clock.now(), std::chrono::seconds(30)};
  }
  void learn(const std::vector<LearnedIdentity>& identities) {
    commit([&](Draft& draft) -> Expected<void> {
      for (const auto& identity : identities) draft.apply(PutIdentity{identity});
      return {};
    });
  }
  /// "service@pid" of each finding.
  static std::vector<std::string> who(const std::vector<KernelFindings::Finding>& findings) {
    std::vector<std::string> texts;
    texts.reserve(findings.size());
    for (const auto& each : findings) {
      texts.push_back(each.service_id + "@" + std::to_string(each.listener.pid));
    }
    return texts;
  }
  std::uint64_t listen(const std::string& name, int port, int pid, const std::string& address) {
    auto row = listener(name, port, pid);
    row.address = address;
    return probe.add(row);
  }
};

TEST_F(LookTest, AsksOnServicesPortsAndInTheRangeAndNobodyElse) {
  have("kite", 8000);
  have("far", 9500);
  listen("kite", 8000, 1, "127.0.0.1");
  listen("far", 9500, 2, "127.0.0.1");
  listen("somebody", 8050, 3, "127.0.0.1");
  listen("postgres", 5432, 4, "127.0.0.1");
  listen("portmanager", 8060, own_pid, "127.0.0.1");
  auto datagrams = listener("kite", 8001, 5);
  datagrams.protocol = Protocol::udp;
  probe.add(datagrams);
  EXPECT_THAT(asked(), ElementsAre(Pair(8000, "127.0.0.1"), Pair(8050, "127.0.0.1"),
                                   Pair(9500, "127.0.0.1")));
}

TEST_F(LookTest, ProcessesThatCannotBeSeenAreAsked) {
  const auto registry = store.snapshot();
  listen("", 8000, 0, "127.0.0.1");
  const auto table = *probe.scan();
  Look::Circumstances nobody_knows_its_own_pid;
  EXPECT_EQ(Look(*registry, *table, nobody_knows_its_own_pid).questions().size(), 1U);
}

TEST_F(LookTest, AsksALearnedProcessWhereverItIs) {
  have("kite", 8000);
  learn({{"kite", probe.boot_id(), 7, 70, 1, "/opt/kite", true, clock.now()}});
  listen("kite", 9999, 7, "127.0.0.1");
  EXPECT_THAT(asked(), ElementsAre(Pair(9999, "127.0.0.1")));
  probe.set_boot_id("the next boot");
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(LookTest, AsksWithTheServicesOwnEndpoint) {
  Service kite;
  kite.service_id = "kite";
  kite.health_endpoint = "/up";
  put_service(kite);
  have("kite", 8000);
  listen("kite", 8000, 1, "127.0.0.1");
  listen("other", 8001, 2, "127.0.0.1");
  seen();
  const auto contacted = client.contacted();
  ASSERT_EQ(contacted.size(), 2U);
  for (const auto& each : contacted) {
    EXPECT_EQ(each.health_endpoint, each.port == Port::clamped(8000) ? "/up" : "/health");
  }
}

TEST_F(LookTest, AsksEachWhereNoOtherAnswers) {
  const auto hosts = [&](const std::vector<std::string>& bound, bool v6_only = false) {
    probe.vacate(8000);
    int pid = 0;
    for (const auto& address : bound) {
      auto row = listener("x", 8000, ++pid);
      row.address = address;
      row.v6_only = v6_only;
      probe.add(row);
    }
    std::vector<std::string> found;
    for (const auto& [port, host] : asked()) found.push_back(host);
    return found;
  };
  EXPECT_THAT(hosts({"0.0.0.0"}), ElementsAre("127.0.0.1"));
  EXPECT_THAT(hosts({"0.0.0.0", "127.0.0.1"}), ElementsAre("127.0.0.2", "127.0.0.1"));
  EXPECT_THAT(hosts({"::"}), ElementsAre("127.0.0.1"));
  EXPECT_THAT(hosts({"::"}, true), ElementsAre("::1"));
  EXPECT_THAT(hosts({"::", "0.0.0.0"}), ElementsAre("::1", "127.0.0.1"));
  EXPECT_THAT(hosts({"::", "127.0.0.1"}), ElementsAre("::1", "127.0.0.1"));
  EXPECT_THAT(hosts({"10.0.0.7"}), ElementsAre("10.0.0.7"));
  EXPECT_THAT(hosts({"::1"}), ElementsAre("::1"));
}

TEST_F(LookTest, SeesWhoIsWhere) {
  have("kite", 8000);
  have("wren", 8001);
  have("swan", 8002);
  run_service("kite", 8000, 1);
  run_service("a stranger", 8001, 2);
  run_service("swan", 8050, 3);
  const auto found = seen();
  EXPECT_THAT(who(found.findings.strangers), ElementsAre("wren@2"));
  EXPECT_THAT(who(found.findings.drifted), ElementsAre("swan@3"));
  EXPECT_TRUE(found.sight.is_on("kite", tcp(8000)));
  EXPECT_TRUE(found.sight.is_on("swan", tcp(8050)));
  EXPECT_FALSE(found.sight.of_service.contains("wren"));
  ASSERT_TRUE(found.sight.unregistered.contains("a stranger"));
  EXPECT_EQ(found.sight.unregistered.at("a stranger").front()->pid, 2);
  ASSERT_EQ(found.learned.size(), 1U);
  EXPECT_EQ(found.learned[0], (LearnedIdentity{"kite", probe.boot_id(), 1, 10,
                                               found.sight.of_service.at("kite")[0]->inode,
                                               "/opt/kite", true, clock.now()}));
}

TEST_F(LookTest, OneThatIsOnItsPortHasNotDriftedWhereverElseItIs) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  run_service("kite", 8050, 2);
  const auto found = seen();
  EXPECT_THAT(found.findings.drifted, IsEmpty());
  EXPECT_FALSE(found.sight.is_on("kite", tcp(8050)));
}

TEST_F(LookTest, OneWithoutANameIsFoundElsewhereByItsProcess) {
  have("kite", 8000);
  learn({{"kite", probe.boot_id(), 7, 70, 1, "/opt/kite", false, clock.now()}});
  run_service("", 9999, 7).identity = std::nullopt;
  EXPECT_THAT(who(seen().findings.drifted), ElementsAre("kite@7"));
}

TEST_F(LookTest, OneThatGaveItsNameOnceHasToGiveItElsewhereToo) {
  have("kite", 8000);
  learn({{"kite", probe.boot_id(), 7, 70, 1, "/opt/kite", true, clock.now()}});
  run_service("", 9999, 7).identity = std::nullopt;
  EXPECT_THAT(seen().findings.drifted, IsEmpty());
}

TEST_F(LookTest, WhatIsKnownIsNotLearnedAgain) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  learn(seen().learned);
  EXPECT_THAT(seen().learned, IsEmpty());
  probe.set_boot_id("the next boot");
  EXPECT_EQ(seen().learned.size(), 1U);
}

TEST_F(LookTest, ANameIsMoreThanHealthAlone) {
  have("kite", 8000);
  auto& process = run_service("kite", 8000, 1);
  process.identity = std::nullopt;
  learn(seen().learned);
  ASSERT_TRUE(store.snapshot()->identity("kite"));
  EXPECT_FALSE(store.snapshot()->identity("kite")->named_itself);
  process.identity = "kite";
  const auto learned = seen().learned;
  ASSERT_EQ(learned.size(), 1U);
  EXPECT_TRUE(learned[0].named_itself);
}

TEST_F(LookTest, OneOfAGroupIsLearnedAndItStaysThatOne) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  run_service("kite", 8000, 2);
  learn(seen().learned);
  const int learned = store.snapshot()->identity("kite")->pid;
  EXPECT_THAT(learned, testing::AnyOf(1, 2));
  auto late = listener("kite", 8000, 3);
  run_service(late, "kite");
  EXPECT_THAT(seen().learned, IsEmpty());
  stop_service(learned);
  EXPECT_EQ(seen().learned.size(), 1U);
}

TEST_F(LookTest, AServiceOnItsWayIsNeitherMissedNorAStranger) {
  have("kite", 8000);
  have("wren", 8000);
  run_service("wren", 8000, 2);
  begin("wren", 8001);
  auto found = seen();
  EXPECT_THAT(found.findings.strangers, IsEmpty()) << "wren has not left the port that it shares";
  EXPECT_THAT(found.findings.drifted, IsEmpty());
  stop_service(2);
  run_service("wren", 8001, 3);
  found = seen();
  EXPECT_THAT(found.findings.drifted, IsEmpty());
  EXPECT_TRUE(found.sight.is_on("wren", tcp(8001)));
}

TEST_F(LookTest, AnotherThatSaysItIsThePortManagerIsNotIt) {
  have_self(8099);
  run_service("itechsmart-port-manager", 8050, 5);
  const auto found = seen();
  EXPECT_THAT(found.sight.of_service, IsEmpty());
  EXPECT_THAT(found.sight.unregistered, IsEmpty());
  listen("portmanager", 8099, own_pid, "127.0.0.1");
  EXPECT_TRUE(seen().sight.is_on("itechsmart-port-manager", tcp(8099)));
}

TEST_F(LookTest, TheEndOfAConflictIsToldByWhoIsInPlace) {
  have("kite", 8000);
  run_service("kite", 8000, 1);
  EXPECT_THAT(seen().findings.in_place, IsEmpty()) << "nobody disputes it";
  commit([](Draft& draft) -> Expected<void> {
    Conflict conflict;
    conflict.conflict_id = draft.registry().next_conflict_id();
    conflict.type = ConflictType::drift;
    conflict.key = tcp(8000);
    conflict.services = {"kite"};
    draft.apply(OpenConflict{conflict});
    return {};
  });
  EXPECT_THAT(who(seen().findings.in_place), ElementsAre("kite@1"));
}

}  // namespace
}  // namespace pm::test
