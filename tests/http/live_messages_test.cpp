#include "http/live_messages.h"

#include <gmock/gmock.h>

#include "app/strict_json.h"
#include "support/manual_clock.h"

namespace pm::test {
namespace {

using testing::ElementsAre;

const Port port_a = Port::clamped(8001);
const Port port_b = Port::clamped(8002);

/// A registry that a test puts together, and the notices of what it does to it.
class World {
 public:
  void put(const std::string& id, std::optional<Port> port, HealthStatus status) {
    Service service;
    service.service_id = id;
    registry_.apply(PutService{service});
    if (port) registry_.apply(PutAssignment{assignment(id, *port)});
    registry_.apply(PutHealth{id, port.value_or(port_a), {status, "", ManualClock::start}});
  }
  void drop(const std::string& id) {
    registry_.apply(RemoveAssignment{id});
    registry_.apply(RemoveService{id});
  }
  void move(const std::string& id, Port port) {
    registry_.apply(PutAssignment{assignment(id, port)});
  }
  void apply(Change change) { registry_.apply(std::move(change)); }
  Snapshot snapshot() const { return std::make_shared<const Registry>(registry_); }

  CommitNotice commit(std::vector<Change> changes, const std::string& action = "test") {
    for (const auto& change : changes) registry_.apply(change);
    registry_.set_revision(registry_.revision() + 1);
    auto set = std::make_shared<ChangeSet>();
    set->action = action;
    set->changes = std::move(changes);
    return {registry_.revision(), {"test", "", "", ManualClock::start}, set, snapshot()};
  }
  /// What the test did to the registry was another program's work.
  CommitNotice external() { return commit({}, "external"); }

 private:
  static Assignment assignment(const std::string& id, Port port) {
    Assignment assignment;
    assignment.service_id = id;
    assignment.key = {std::string(local_host), Protocol::tcp, port};
    return assignment;
  }

  Registry registry_{std::make_shared<const SuiteConfig>()};
};

Conflict conflict(std::int64_t id, std::vector<std::string> services) {
  Conflict conflict;
  conflict.conflict_id = id;
  conflict.key = {std::string(local_host), Protocol::tcp, port_a};
  conflict.services = std::move(services);
  conflict.detected_at = ManualClock::start;
  return conflict;
}

Conflict closed(Conflict conflict) {
  conflict.resolved_at = ManualClock::start;
  conflict.resolution = "Settled.";
  return conflict;
}

PutHealth health(const std::string& id, HealthStatus status) {
  return {id, port_a, {status, "", ManualClock::start}};
}

std::vector<Json> parsed(const std::vector<LiveMessage>& messages) {
  std::vector<Json> all;
  for (const auto& message : messages) all.push_back(Json::parse(message.text));
  return all;
}

std::vector<std::string> types(const std::vector<LiveMessage>& messages) {
  std::vector<std::string> all;
  for (const auto& message : parsed(messages)) all.push_back(message["type"]);
  return all;
}

TEST(LiveMessages, OneCommitIsToldInOrderAndEachButTheLastSaysThatMoreFollows) {
  World world;
  world.put("a", port_a, HealthStatus::unknown);
  LiveMessages messages(world.snapshot());
  const auto told = messages.of(world.commit(
      {health("a", HealthStatus::healthy), CloseConflict{closed(conflict(1, {"a", "b"}))},
       OpenConflict{conflict(2, {"a"})}, AnnouncePortChange{"a", port_a, port_b},
       OpenConflict{conflict(3, {"b"})}}));
  EXPECT_THAT(types(told), ElementsAre("port_change", "conflicts_detected", "conflict_resolved",
                                       "service_status"));
  const auto all = parsed(told);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i]["revision"], 1);
    EXPECT_EQ(all[i].contains("more"), i + 1 < all.size());
  }
  EXPECT_EQ(all[0]["old_port"], 8001);
  EXPECT_EQ(all[0]["new_port"], 8002);
  EXPECT_EQ(all[1]["count"], 2);
  EXPECT_EQ(all[1]["conflicts"][1]["id"], 3);
  EXPECT_EQ(all[2]["conflict"]["resolution"], "Settled.");
  EXPECT_EQ(all[3]["status"], "healthy");
  EXPECT_DOUBLE_EQ(all[3]["timestamp"], 1795377910.0);
  EXPECT_THAT(told[1].services, ElementsAre("a", "b"));
  for (const auto& message : told) {
    auto with_more = Json::parse(message.text);
    with_more.erase("more");
    EXPECT_EQ(Json::parse(message.text_if_last), with_more);
  }
}

TEST(LiveMessages, ACommitWithoutNewsIsNotTold) {
  World world;
  world.put("a", port_a, HealthStatus::healthy);
  LiveMessages messages(world.snapshot());
  EXPECT_TRUE(messages.of(world.commit({health("a", HealthStatus::healthy)})).empty());
}

TEST(LiveMessages, AStatusIsToldWhenItChanges) {
  World world;
  LiveMessages messages(world.snapshot());
  using Status = HealthStatus;
  std::vector<std::string> told;
  for (const auto status :
       {Status::unknown, Status::healthy, Status::healthy, Status::unhealthy, Status::healthy}) {
    for (const auto& message : parsed(messages.of(world.commit({health("a", status)})))) {
      told.push_back(message["status"]);
    }
  }
  EXPECT_THAT(told, ElementsAre("healthy", "unhealthy", "healthy"));
}

TEST(LiveMessages, AServiceThatComesAnewBeginsAnew) {
  World world;
  world.put("a", port_a, HealthStatus::healthy);
  LiveMessages messages(world.snapshot());
  EXPECT_TRUE(messages.of(world.commit({RemoveService{"a"}})).empty());
  EXPECT_THAT(types(messages.of(world.commit({health("a", HealthStatus::healthy)}))),
              ElementsAre("service_status"));
}

TEST(LiveMessages, WhatAnotherProgramDidIsFoundByComparing) {
  World world;
  world.put("moved", port_a, HealthStatus::healthy);
  world.put("released", port_a, HealthStatus::healthy);
  world.put("same", port_b, HealthStatus::healthy);
  world.apply(OpenConflict{conflict(1, {"moved", "released"})});
  LiveMessages messages(world.snapshot());
  world.move("moved", port_b);
  world.apply(RemoveAssignment{"released"});
  world.put("new", port_a, HealthStatus::unhealthy);
  world.apply(OpenConflict{conflict(2, {"moved", "same"})});
  world.apply(CloseConflict{closed(conflict(1, {"moved", "released"}))});
  const auto notice = world.external();
  EXPECT_THAT(types(messages.of(notice)),
              ElementsAre("conflicts_detected", "conflict_resolved", "service_status"));
}

TEST(LiveMessages, AServiceThatAnotherProgramRemovedBeginsAnewToo) {
  World world;
  world.put("a", port_a, HealthStatus::healthy);
  LiveMessages messages(world.snapshot());
  world.drop("a");
  EXPECT_THAT(types(messages.of(world.external())), testing::IsEmpty());
  EXPECT_THAT(types(messages.of(world.commit({health("a", HealthStatus::healthy)}))),
              ElementsAre("service_status"));
}

TEST(LiveMessages, EventsOfThePastAreToldAsTheyWere) {
  const World world;
  const std::vector<LiveEvent> events{
      {5, ManualClock::start, AnnouncePortChange{"a", std::nullopt, port_a}},
      {5, ManualClock::start, health("a", HealthStatus::healthy)}};
  const auto told = LiveMessages::of(events, *world.snapshot());
  EXPECT_THAT(types(told), ElementsAre("port_change", "service_status"));
  EXPECT_EQ(parsed(told)[0]["revision"], 5);
  EXPECT_EQ(parsed(told)[0]["old_port"], nullptr);
  EXPECT_TRUE(LiveMessages::of({}, *world.snapshot()).empty());
}

TEST(LiveMessages, WhatIsNoUtf8IsReplacedRatherThanSpoilingTheMessage) {
  World world;
  LiveMessages messages(world.snapshot());
  const auto told =
      messages.of(world.commit({AnnouncePortChange{"caf\xc3", std::nullopt, port_a}}));
  EXPECT_EQ(parsed(told)[0]["service_id"], "caf\xef\xbf\xbd");
}

}  // namespace
}  // namespace pm::test
