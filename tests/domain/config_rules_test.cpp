#include "domain/config_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "domain/domain_support.h"
#include "domain/random_suite.h"

namespace pm {
namespace {

using std::string;
using test::all_of;
using test::at_second;
using test::port;
using test::refused;
using test::self;
using test::Suite;
using test::tcp;
using test::udp;
using testing::ElementsAre;
using testing::IsEmpty;

Expected<void> replace(Suite& suite, const PortConfig& config,
                       HistoryAction action = HistoryAction::import) {
  return suite.commit([&](Draft& draft) { return replace_config(draft, config, action); });
}

PortConfig assigning(std::vector<std::pair<string, Port>> assignments) {
  PortConfig config;
  config.port_assignments = std::move(assignments);
  return config;
}

/// The permanent reservations, as an export lists them.
std::vector<Port> reserved_ports(const Registry& registry) {
  std::vector<Reservation> all;
  registry.reservations().for_each([&](const PortKey& key, const Reservation& each) {
    if (!each.expires_at && key.protocol == Protocol::tcp && is_local(key)) all.push_back(each);
  });
  std::sort(all.begin(), all.end(),
            [](const auto& left, const auto& right) { return left.sequence < right.sequence; });
  std::vector<Port> ports;
  for (const auto& each : all) ports.push_back(each.key.port);
  return ports;
}

TEST(ReplaceConfig, AssignmentsAreTheFiles) {
  Suite suite;
  ASSERT_TRUE(suite.assign("goes", tcp(8000)));
  ASSERT_TRUE(suite.assign("stays", tcp(8001)));
  ASSERT_TRUE(suite.assign("changes", tcp(8002)));
  ASSERT_TRUE(replace(
      suite, assigning({{"stays", port(8001)}, {"changes", port(8000)}, {"comes", port(8050)}})));
  const auto& registry = suite.registry();
  EXPECT_EQ(registry.assignment("goes"), nullptr);
  EXPECT_TRUE(registry.service("goes")) << "services stay known";
  EXPECT_EQ(registry.assignment("stays")->key, tcp(8001));
  EXPECT_EQ(registry.assignment("changes")->key, tcp(8000));
  EXPECT_FALSE(registry.assignment("changes")->contested);
  EXPECT_EQ(registry.assignment("comes")->key, tcp(8050));
  ASSERT_TRUE(registry.service("comes"));
  EXPECT_EQ(registry.service("comes")->category, "data");
  EXPECT_TRUE(registry.open_conflicts().empty());

  std::map<string, std::pair<std::optional<Port>, std::optional<Port>>> told;
  for (const auto& [event] : all_of<AppendHistory>(suite.last())) {
    EXPECT_EQ(event.action, HistoryAction::import);
    told.emplace(event.service_id, std::pair(event.old_port, event.new_port));
  }
  EXPECT_EQ(told.size(), 3U);
  EXPECT_EQ(told["goes"], std::pair(std::optional(port(8000)), std::optional<Port>()));
  EXPECT_EQ(told["changes"], std::pair(std::optional(port(8002)), std::optional(port(8000))));
  EXPECT_EQ(told["comes"], std::pair(std::optional<Port>(), std::optional(port(8050))));
}

TEST(ReplaceConfig, TheFirstOfTwoOnOnePortIsItsHolder) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(replace(suite, assigning({{"z", port(8000)}, {"a", port(8000)}, {"m", port(8000)}})));
  EXPECT_THAT(suite.registry().holders(tcp(8000)), ElementsAre("z", "a", "m"));
  EXPECT_FALSE(suite.registry().assignment("z")->contested);
  EXPECT_TRUE(suite.registry().assignment("a")->contested);
  EXPECT_TRUE(suite.registry().assignment("m")->contested);
  EXPECT_EQ(suite.registry().open_conflicts().size(), 1U);
}

TEST(ReplaceConfig, TheActionIsRecorded) {
  for (const auto action : {HistoryAction::import, HistoryAction::restore, HistoryAction::reset}) {
    Suite suite;
    ASSERT_TRUE(replace(suite, assigning({{"a", port(8000)}}), action));
    EXPECT_EQ(suite.last().action, to_string(action));
    ASSERT_EQ(all_of<AppendHistory>(suite.last()).size(), 1U);
    EXPECT_EQ(all_of<AppendHistory>(suite.last())[0].event.action, action);
  }
}

TEST(ReplaceConfig, HostAndProtocolStayWhatTheyWere) {
  Suite suite;
  ASSERT_TRUE(suite.assign("assigned", udp(8000)));
  auto registered = test::service("registered");
  registered.host = "DB.Example";
  ASSERT_TRUE(suite.register_service(registered));
  auto local = test::service("local");
  local.host = "localhost";
  ASSERT_TRUE(suite.register_service(local));
  ASSERT_TRUE(replace(suite, assigning({{"assigned", port(8001)},
                                        {"registered", port(8001)},
                                        {"local", port(8001)},
                                        {"new", port(8002)}})));
  EXPECT_EQ(suite.registry().assignment("assigned")->key, udp(8001));
  EXPECT_EQ(suite.registry().assignment("registered")->key, test::tcp_on("db.example", 8001));
  EXPECT_EQ(suite.registry().assignment("local")->key, tcp(8001));
  EXPECT_EQ(suite.registry().assignment("new")->key, tcp(8002));
  EXPECT_TRUE(suite.registry().open_conflicts().empty());
}

TEST(ReplaceConfig, WhereTheFileSaysHostAndProtocolTheyAreTheFiles) {
  Suite suite;
  ASSERT_TRUE(suite.assign("was-tcp", tcp(8000)));
  ASSERT_TRUE(suite.assign("holder", tcp(8001)));
  auto config = assigning({{"was-tcp", port(8000)}, {"dns", port(8001)}, {"holder", port(8001)}});
  config.assignment_places = {{"was-tcp", {"DB.Example", Protocol::tcp}},
                              {"dns", {string(local_host), Protocol::udp}},
                              {"nobody", {"elsewhere", Protocol::udp}}};
  ASSERT_TRUE(replace(suite, config));
  EXPECT_EQ(suite.registry().assignment("was-tcp")->key, test::tcp_on("db.example", 8000));
  EXPECT_EQ(suite.registry().assignment("dns")->key, udp(8001));
  EXPECT_FALSE(suite.registry().assignment("holder")->contested);
  const auto told = all_of<AppendHistory>(suite.last());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].event.service_id, "was-tcp");
  EXPECT_EQ(told[0].event.host, "db.example");
  const auto announced = all_of<AnnouncePortChange>(suite.last());
  ASSERT_EQ(announced.size(), 1U);
  EXPECT_EQ(announced[0].service_id, "dns");
}

TEST(ReplaceConfig, WhoKeepsItsPortHasHadItSinceItGotIt) {
  Suite suite;
  ASSERT_TRUE(suite.assign("stays", tcp(8000)));
  ASSERT_TRUE(suite.assign("moves", tcp(8001)));
  const auto since = suite.registry().assignment("stays")->assigned_at;
  ASSERT_TRUE(replace(suite, assigning({{"moves", port(8002)}, {"stays", port(8000)}})));
  EXPECT_EQ(suite.registry().assignment("stays")->assigned_at, since);
  EXPECT_GT(suite.registry().assignment("moves")->assigned_at, since);
  EXPECT_GT(suite.registry().assignment("stays")->sequence,
            suite.registry().assignment("moves")->sequence);
}

TEST(ReplaceConfig, PortsOutsideTheRangeAreAcceptedAndReported) {
  Suite suite;
  ASSERT_TRUE(replace(suite, assigning({{"a", port(9500)}})));
  ASSERT_EQ(suite.registry().open_conflicts().size(), 1U);
  EXPECT_EQ(suite.registry().open_conflicts().find(1)->type, ConflictType::out_of_range);
}

TEST(ReplaceConfig, ReservationsAreTheFilesInItsOrder) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8010, 8010, "goes"));
  ASSERT_TRUE(suite.reserve(8012, 8012, "keeps its reason"));
  PortConfig config;
  config.reserved_ports = {port(9999), port(8012), port(8011)};
  ASSERT_TRUE(replace(suite, config));
  EXPECT_EQ(reserved_ports(suite.registry()), config.reserved_ports);
  EXPECT_EQ(suite.registry().reservation(tcp(8010)), nullptr);
  EXPECT_EQ(suite.registry().reservation(tcp(8012))->reason, "keeps its reason");
  EXPECT_EQ(suite.registry().reservation(tcp(9999))->reason, "");
}

TEST(ReplaceConfig, AHeldPortThatTheFileNamesStaysHeldForWhomItWas) {
  Suite suite;
  for (const auto& until : {std::optional<Timestamp>(), std::optional(at_second(3600))}) {
    const auto held = port(until ? 8011 : 8010);
    ASSERT_TRUE(suite.commit([&](Draft& draft) {
      return reserve(draft,
                     {string(local_host), Protocol::tcp, held, held, "why", until, true, "kite"});
    }));
  }
  PortConfig config;
  config.reserved_ports = {port(9999), port(8010), port(8011)};
  ASSERT_TRUE(replace(suite, config));
  for (const int each : {8010, 8011}) {
    const auto* kept = suite.registry().reservation(tcp(each));
    ASSERT_TRUE(kept);
    EXPECT_TRUE(kept->hold);
    EXPECT_EQ(kept->service_id, "kite");
    EXPECT_EQ(kept->reason, "why");
    EXPECT_FALSE(kept->expires_at);
  }
  EXPECT_EQ(suite.registry().held_reservations(), 2);
}

TEST(ReplaceConfig, WhatTheFileSaysOfAReservedPortHolds) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8010, 8010, "old"));
  ASSERT_TRUE(suite.reserve(8011, 8011, "stays"));
  PortConfig config;
  config.reserved_ports = {port(8010), port(8011)};
  config.reservation_details = {{port(8010), {"new", "kite", true}}, {port(8099), {"", "", true}}};
  ASSERT_TRUE(replace(suite, config));
  const auto* changed = suite.registry().reservation(tcp(8010));
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->reason, "new");
  EXPECT_EQ(changed->service_id, "kite");
  EXPECT_TRUE(changed->hold);
  EXPECT_EQ(suite.registry().reservation(tcp(8011))->reason, "stays");
  EXPECT_EQ(suite.registry().reservation(tcp(8099)), nullptr);
  ASSERT_TRUE(replace(suite, config));
  EXPECT_THAT(all_of<PutReservation>(suite.last()), IsEmpty());
}

TEST(ReplaceConfig, TemporaryReservationsAndThoseTheFileCannotNameStay) {
  Suite suite;
  ASSERT_TRUE(suite.reserve(8010, 8010, "for an hour", at_second(3600)));
  ASSERT_TRUE(suite.commit([](Draft& draft) {
    return reserve(draft, {string(local_host), Protocol::udp, port(8011), port(8011), "udp", {}});
  }));
  ASSERT_TRUE(suite.commit([](Draft& draft) {
    return reserve(draft, {"db.example", Protocol::tcp, port(8012), port(8012), "far", {}});
  }));
  const auto before = suite.registry().reservations().sorted();
  ASSERT_TRUE(replace(suite, {}));
  EXPECT_EQ(suite.registry().reservations().sorted(), before);
}

TEST(ReplaceConfig, HistoryListsAreTheFiles) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.assign("b", tcp(8001)));
  auto config = assigning({{"a", port(8000)}});
  config.port_history = {{"a", {port(8050), port(8075), port(8000)}}, {"unknown", {port(8033)}}};
  ASSERT_TRUE(replace(suite, config));
  EXPECT_THAT(suite.registry().held_ports("a"), ElementsAre(port(8050), port(8075), port(8000)));
  EXPECT_THAT(suite.registry().held_ports("b"), IsEmpty());
  EXPECT_THAT(suite.registry().held_ports("unknown"), ElementsAre(port(8033)));
  ASSERT_TRUE(suite.commit_move(suite.begin_move("a", 8002)->move_id));
  EXPECT_THAT(suite.registry().held_ports("a"),
              ElementsAre(port(8050), port(8075), port(8000), port(8002)));
}

TEST(ReplaceConfig, UnknownMembersAreReplaced) {
  Suite suite;
  PortConfig config;
  config.unknown_members = R"({"owner":"ops"})";
  ASSERT_TRUE(replace(suite, config));
  EXPECT_EQ(suite.registry().unknown_members(), config.unknown_members);
  ASSERT_TRUE(replace(suite, config));
  EXPECT_TRUE(suite.last().empty());
  ASSERT_TRUE(replace(suite, {}));
  EXPECT_EQ(suite.registry().unknown_members(), "");
}

TEST(ReplaceConfig, NotWhileAMoveIsUnderWay) {
  Suite suite;
  ASSERT_TRUE(suite.assign("a", tcp(8000)));
  ASSERT_TRUE(suite.begin_move("a", 8001));
  EXPECT_TRUE(refused(replace(suite, assigning({{"a", port(8000)}})), ErrorCode::move_in_progress,
                      "", {"move of a", "port 8000", "port 8001"}));
  ASSERT_TRUE(suite.roll_back_move(1));
  EXPECT_TRUE(replace(suite, assigning({{"a", port(8000)}})));
}

TEST(ReplaceConfig, ThePortManagerStaysWhereItIs) {
  Suite suite;
  suite.place_self(8050);
  const string field = string("port_assignments.") + self;
  const std::vector<string> named{self, "port 8050"};
  EXPECT_TRUE(
      refused(replace(suite, assigning({{self, port(8051)}})), ErrorCode::forbidden, field, named));
  EXPECT_TRUE(
      refused(replace(suite, assigning({{"a", port(8000)}})), ErrorCode::forbidden, field, named));
  EXPECT_TRUE(replace(suite, assigning({{"a", port(8000)}, {self, port(8050)}})));
}

TEST(ReplaceConfig, APortManagerWithoutAPortIsPutWhereTheFileSays) {
  Suite suite;
  EXPECT_TRUE(replace(suite, assigning({{"a", port(8000)}})));
  EXPECT_TRUE(replace(suite, assigning({{self, port(8051)}})));
  EXPECT_EQ(suite.registry().assignment(self)->key, tcp(8051));
}

using Placement = std::map<string, std::pair<PortKey, bool>>;

Placement placement(const Registry& registry) {
  Placement all;
  registry.assignments().for_each([&](const string& service_id, const Assignment& each) {
    all.emplace(service_id, std::pair(each.key, each.contested));
  });
  return all;
}

/// What the file asks for, worked out anew.
Placement wanted(const Registry& before, const PortConfig& config) {
  Placement all;
  std::set<PortKey> taken;
  for (const auto& [service_id, to] : config.port_assignments) {
    auto key = tcp(to.value());
    if (const auto* present = before.assignment(service_id)) {
      key.host = present->key.host;
      key.protocol = present->key.protocol;
    } else if (const auto* known = before.service(service_id); known && known->host) {
      key.host = normalize_host(*known->host);
    }
    all.emplace(service_id, std::pair(key, !taken.insert(key).second));
  }
  return all;
}

TEST(ReplaceConfig, RandomFilesOverRandomRegistries) {
  int with_duplicates = 0;
  for (unsigned seed = 1; seed <= 120; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    test::RandomSuite random(seed);
    for (int round = 0; round < 30; ++round) random.step();
    random.settle();
    auto& suite = random.suite();
    for (int file = 0; file < 4; ++file) {
      const auto config = random.random_config();
      const auto before = suite.registry();
      const auto expected = wanted(before, config);
      ASSERT_TRUE(replace(suite, config));
      const auto& after = suite.registry();
      test::check_invariants(after);
      EXPECT_EQ(placement(after), expected);
      for (const auto& [id, place] : expected) with_duplicates += place.second ? 1 : 0;
      before.services().for_each([&](const string& id, const Service& known) {
        ASSERT_TRUE(after.service(id)) << id;
        EXPECT_EQ(*after.service(id), known);
      });
      EXPECT_EQ(reserved_ports(after), config.reserved_ports);
      before.reservations().for_each([&](const PortKey& key, const Reservation& each) {
        const bool named = std::find(config.reserved_ports.begin(), config.reserved_ports.end(),
                                     key.port) != config.reserved_ports.end();
        const auto holders = after.holders(key);
        const bool handed_over =
            each.hold && std::any_of(holders.begin(), holders.end(), [&](const string& id) {
              return each.service_id.empty() || each.service_id == id;
            });
        if (each.expires_at && !handed_over && !(named && key == tcp(key.port.value()))) {
          ASSERT_TRUE(after.reservation(key)) << describe(key);
          EXPECT_EQ(*after.reservation(key), each);
        }
      });
      std::map<string, std::vector<Port>> histories;
      for (const auto& [id, ports] : config.port_history) {
        if (!ports.empty()) histories.emplace(id, ports);
      }
      EXPECT_EQ(after.all_held_ports().sorted(), histories);
      EXPECT_EQ(after.unknown_members(), config.unknown_members);

      ASSERT_TRUE(replace(suite, config));
      EXPECT_EQ(placement(suite.registry()), expected);
      EXPECT_THAT(all_of<AppendHistory>(suite.last()), IsEmpty());
      EXPECT_THAT(all_of<AnnouncePortChange>(suite.last()), IsEmpty());
      EXPECT_THAT(all_of<OpenConflict>(suite.last()), IsEmpty());
      EXPECT_THAT(all_of<CloseConflict>(suite.last()), IsEmpty());
      EXPECT_THAT(all_of<PutReservation>(suite.last()), IsEmpty());
      EXPECT_THAT(all_of<PutHeldPorts>(suite.last()), IsEmpty());
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(with_duplicates, 500);
}

}  // namespace
}  // namespace pm
