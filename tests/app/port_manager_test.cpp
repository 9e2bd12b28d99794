#include "app/port_manager.h"

#include <gmock/gmock.h>

#include <mutex>
#include <set>
#include <thread>

#include "app/world.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PortManager::AssignCommand command(const std::string& service_id, int port = 0) {
  PortManager::AssignCommand wanted;
  wanted.service_id = service_id;
  if (port != 0) wanted.port = Port::clamped(port);
  return wanted;
}

class PortManagerTest : public testing::Test, public World {
 protected:
  Expected<PortManager::Assigned> assign(const PortManager::AssignCommand& wanted) {
    return ports.assign(context, wanted);
  }
  /// The code of a refusal that changed nothing.
  ErrorCode refusal(const PortManager::AssignCommand& wanted) {
    const auto revision = store.snapshot()->revision();
    const auto assigned = assign(wanted);
    EXPECT_FALSE(assigned) << wanted.service_id;
    EXPECT_EQ(store.snapshot()->revision(), revision);
    return assigned ? ErrorCode::internal : assigned.error().code;
  }
  int given(const PortManager::AssignCommand& wanted) {
    const auto assigned = assign(wanted);
    EXPECT_TRUE(assigned) << assigned.error().message;
    return assigned ? assigned->assignment.key.port.value() : 0;
  }
};

TEST_F(PortManagerTest, GivesThePortThatIsAskedFor) {
  const auto assigned = assign(command("kite", 8042));
  ASSERT_TRUE(assigned);
  EXPECT_EQ(assigned->assignment.key, tcp(8042));
  EXPECT_FALSE(assigned->assignment.contested);
  EXPECT_TRUE(assigned->changed);
  EXPECT_EQ(assigned->revision, 1);
  EXPECT_EQ(port_of("kite"), 8042);
  EXPECT_THAT(probe.asked(), ElementsAre(tcp(8042)));
}

TEST_F(PortManagerTest, AskingAgainChangesNothing) {
  have("kite", 8042);
  for (const auto& wanted : {command("kite", 8042), command("kite")}) {
    const auto assigned = assign(wanted);
    ASSERT_TRUE(assigned);
    EXPECT_EQ(assigned->assignment.key.port.value(), 8042);
    EXPECT_FALSE(assigned->changed);
    EXPECT_EQ(assigned->revision, 1);
  }
  EXPECT_EQ(store.snapshot()->revision(), 1);
  EXPECT_THAT(probe.asked(), IsEmpty());
}

TEST_F(PortManagerTest, RefusesWhatTheRegistryRefuses) {
  have("kite", 8000);
  reserve(8001);
  EXPECT_EQ(refusal(command("wren", 8000)), ErrorCode::port_taken);
  EXPECT_EQ(refusal(command("wren", 8001)), ErrorCode::port_reserved);
  EXPECT_EQ(refusal(command("wren", 9500)), ErrorCode::out_of_bounds);
  EXPECT_EQ(refusal(command("kite", 8002)), ErrorCode::already_assigned);
  EXPECT_EQ(refusal(command("no/slash", 8003)), ErrorCode::invalid_name);
  EXPECT_EQ(refusal(command("", 8003)), ErrorCode::invalid_name);
  EXPECT_THAT(probe.asked(), IsEmpty());
}

TEST_F(PortManagerTest, TheKernelsVetoNamesTheListener) {
  probe.occupy(8000, "postgres", 99);
  const auto assigned = assign(command("kite", 8000));
  ASSERT_FALSE(assigned);
  EXPECT_EQ(assigned.error().code, ErrorCode::port_in_use);
  EXPECT_EQ(assigned.error().field, "port");
  EXPECT_THAT(assigned.error().message, HasSubstr("postgres (pid 99) on 127.0.0.1"));
  EXPECT_EQ(port_of("kite"), 0);
}

TEST_F(PortManagerTest, TheKernelsVetoNamesTheConnection) {
  probe.connect(8000, {"127.0.0.1:8000", "10.0.0.7:443", "ESTAB", 99, "curl"});
  const auto assigned = assign(command("kite", 8000));
  ASSERT_FALSE(assigned);
  EXPECT_EQ(assigned.error().code, ErrorCode::port_in_use);
  EXPECT_THAT(assigned.error().message,
              HasSubstr("by a connection of curl (pid 99) from 127.0.0.1:8000 to 10.0.0.7:443 "
                        "(ESTAB)"));
}

TEST_F(PortManagerTest, ItsOwnListenerIsNoVeto) {
  probe.occupy(8000);
  client.run("kite", 8000);
  EXPECT_EQ(given(command("kite", 8000)), 8000);
}

TEST_F(PortManagerTest, SomebodyElsesListenerIs) {
  probe.occupy(8000);
  client.run("wren", 8000);
  EXPECT_EQ(refusal(command("kite", 8000)), ErrorCode::port_in_use);
  probe.occupy(8001);
  client.run("", 8001).identity = std::nullopt;
  EXPECT_EQ(refusal(command("kite", 8001)), ErrorCode::port_in_use);
}

TEST_F(PortManagerTest, OfOneThatRunsAlreadyTheKernelIsNotAsked) {
  probe.occupy(8000);
  auto wanted = command("kite", 8000);
  wanted.running = true;
  EXPECT_EQ(given(wanted), 8000);
  EXPECT_THAT(probe.asked(), IsEmpty());
}

TEST_F(PortManagerTest, ForcePassesOverHolderReservationRangeAndKernel) {
  have("kite", 8000);
  reserve(8001);
  probe.occupy(8002);
  int service = 0;
  for (const int port : {8000, 8001, 8002, 9500}) {
    auto wanted = command("forced-" + std::to_string(service++), port);
    wanted.force = true;
    EXPECT_EQ(given(wanted), port);
  }
  EXPECT_TRUE(store.snapshot()->assignment("forced-0")->contested);
  EXPECT_FALSE(store.snapshot()->assignment("forced-1")->contested);
  EXPECT_EQ(store.snapshot()->open_conflicts().size(), 3U);
}

TEST_F(PortManagerTest, ForceDoesNotPassOverAMoveOrThePortManagerItself) {
  have_self(8050);
  have("kite", 8000);
  begin("kite", 8001);
  for (const int port : {8000, 8001}) {
    auto wanted = command("wren", port);
    wanted.force = true;
    EXPECT_EQ(refusal(wanted), ErrorCode::move_in_progress) << port;
  }
  auto wanted = command("wren", 8050);
  wanted.force = true;
  EXPECT_EQ(refusal(wanted), ErrorCode::forbidden);
}

TEST_F(PortManagerTest, AServiceThatMovesIsNotToldAPort) {
  have("kite", 8000);
  begin("kite", 8001);
  EXPECT_EQ(refusal(command("kite")), ErrorCode::move_in_progress);
  EXPECT_EQ(refusal(command("kite", 8000)), ErrorCode::move_in_progress);
}

TEST_F(PortManagerTest, ChoosesTheLowestFreePort) {
  have("kite", 8000);
  reserve(8001);
  probe.occupy(8002);
  EXPECT_EQ(given(command("wren")), 8003);
  EXPECT_EQ(given(command("swan")), 8004);
}

TEST_F(PortManagerTest, ChoosesInTheServicesCategoryFirst) {
  Service service;
  service.service_id = "kite";
  service.category = "foundation";
  put_service(service);
  EXPECT_EQ(given(command("kite")), 8010);
}

TEST_F(PortManagerTest, ChoosesInTheRangeThatIsNamed) {
  auto wanted = command("kite");
  wanted.range = PortRange{"", Port::clamped(8040), Port::clamped(8041)};
  EXPECT_EQ(given(wanted), 8040);
  wanted.service_id = "wren";
  EXPECT_EQ(given(wanted), 8041);
  wanted.service_id = "swan";
  EXPECT_EQ(refusal(wanted), ErrorCode::range_full);
}

TEST_F(PortManagerTest, ARangeOutsideTheSuiteIsRefused) {
  for (const auto& [lo, hi] :
       {std::pair(7999, 8001), std::pair(8098, 8100), std::pair(9500, 9501)}) {
    auto wanted = command("kite");
    wanted.range = PortRange{"", Port::clamped(lo), Port::clamped(hi)};
    EXPECT_EQ(refusal(wanted), ErrorCode::out_of_bounds) << lo;
  }
}

TEST_F(PortManagerTest, APortThatSomebodyTakesMeanwhileIsPassedOver) {
  probe.watch([this](const PortKey& key) {
    if (key == tcp(8000)) have("quick", 8000);
  });
  EXPECT_EQ(given(command("kite")), 8001);
}

TEST_F(PortManagerTest, APortThatAMoveClaimsMeanwhileIsPassedOver) {
  have("wren", 8050);
  probe.watch([this](const PortKey& key) {
    if (key == tcp(8000)) begin("wren", 8000);
  });
  EXPECT_EQ(given(command("kite")), 8001);
}

TEST_F(PortManagerTest, AFailingStoreEndsTheSearch) {
  store.fail_commit(1);
  EXPECT_EQ(refusal(command("kite")), ErrorCode::storage_full);
  EXPECT_EQ(given(command("kite")), 8000);
}

TEST_F(PortManagerTest, APreferenceGivesWay) {
  have("kite", 8000);
  reserve(8001);
  probe.occupy(8002);
  int service = 0;
  for (const int preferred : {8000, 8001, 8002, 9500}) {
    auto wanted = command("picky-" + std::to_string(service), preferred);
    wanted.preference = true;
    EXPECT_EQ(given(wanted), 8003 + service);
    ++service;
  }
  have("wren", 8042);
  auto above = command("picky-above", 8042);
  above.preference = true;
  EXPECT_EQ(given(above), 8043);
  auto wanted = command("picky", 8050);
  wanted.preference = true;
  EXPECT_EQ(given(wanted), 8050);
}

TEST_F(PortManagerTest, WhenNothingAboveAPreferenceIsFreeALowerPortIsGiven) {
  have("kite", 8099);
  auto wanted = command("wren", 8099);
  wanted.preference = true;
  EXPECT_EQ(given(wanted), 8000);
}

TEST_F(PortManagerTest, APreferenceOfOneThatHasAPortIsThatPort) {
  have("kite", 8000);
  auto wanted = command("kite", 8042);
  wanted.preference = true;
  EXPECT_EQ(given(wanted), 8000);
}

TEST_F(PortManagerTest, ThreadsThatAskForAnyPortGetOneEach) {
  std::set<int> given_ports;
  std::mutex mutex;
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < 20; ++i) {
          const auto port = given(command(std::to_string(caller) + "-" + std::to_string(i)));
          const std::lock_guard lock(mutex);
          EXPECT_TRUE(given_ports.insert(port).second) << port;
        }
      });
    }
  }
  EXPECT_EQ(given_ports.size(), 80U);
}

TEST_F(PortManagerTest, ReleasesAndGivesAgain) {
  have("kite", 8000);
  const auto released = ports.release(context, "kite");
  ASSERT_TRUE(released);
  EXPECT_EQ(released->assignment.key, tcp(8000));
  EXPECT_EQ(released->revision, 2);
  EXPECT_EQ(port_of("kite"), 0);
  EXPECT_EQ(given(command("wren")), 8001) << "8000 rests";
  EXPECT_EQ(given(command("swan", 8000)), 8000) << "it was asked for";
  EXPECT_EQ(ports.release(context, "kite").error().code, ErrorCode::unknown_port);
  EXPECT_EQ(ports.release(context, "nobody").error().code, ErrorCode::unknown_service);
}

TEST_F(PortManagerTest, OnlyTheHolderReleasesAPort) {
  have("kite", 8000);
  have("wren", 8001);
  const auto code = [this](const std::string& service_id, int port) {
    return ports.release_port(context, service_id, tcp(port)).error().code;
  };
  EXPECT_EQ(code("nobody", 8000), ErrorCode::unknown_service);
  EXPECT_EQ(code("kite", 8001), ErrorCode::port_taken);
  EXPECT_EQ(code("kite", 8002), ErrorCode::unknown_port);
  EXPECT_EQ(store.snapshot()->revision(), 2);
  const auto refused = ports.release_port(context, "kite", tcp(8001));
  EXPECT_THAT(refused.error().message, HasSubstr("The holder of port 8001 is wren, not kite."));

  const auto released = ports.release_port(context, "kite", tcp(8000));
  ASSERT_TRUE(released);
  EXPECT_EQ(released->assignment.service_id, "kite");
  EXPECT_EQ(port_of("kite"), 0);
  EXPECT_EQ(port_of("wren"), 8001);
}

TEST_F(PortManagerTest, TheSecondHolderReleasesItsOwnShare) {
  have("kite", 8000);
  have("wren", 8000);
  ASSERT_TRUE(ports.release_port(context, "wren", tcp(8000)));
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(port_of("wren"), 0);
  EXPECT_TRUE(store.snapshot()->open_conflicts().empty());
}

TEST_F(PortManagerTest, ReservesRangesAndTakesThemBackOneByOne) {
  PortManager::ReserveCommand wanted;
  wanted.lo = Port::clamped(8020);
  wanted.hi = Port::clamped(8022);
  wanted.reason = "the auditors";
  ASSERT_TRUE(ports.reserve(context, wanted));
  EXPECT_EQ(store.snapshot()->reservations().size(), 3U);
  EXPECT_EQ(store.snapshot()->reservation(tcp(8021))->reason, "the auditors");
  EXPECT_FALSE(store.snapshot()->reservation(tcp(8021))->expires_at);
  ASSERT_TRUE(ports.unreserve(context, tcp(8021)));
  EXPECT_EQ(store.snapshot()->reservations().size(), 2U);
  EXPECT_EQ(ports.unreserve(context, tcp(8021)).error().code, ErrorCode::unknown_port);
}

TEST_F(PortManagerTest, ReservationsExpireAtTheirTimeAndNotBefore) {
  PortManager::ReserveCommand wanted;
  wanted.lo = wanted.hi = Port::clamped(8020);
  wanted.expires_in = std::chrono::seconds(60);
  ASSERT_TRUE(ports.reserve(context, wanted));
  wanted.lo = wanted.hi = Port::clamped(8021);
  wanted.expires_in = std::nullopt;
  ASSERT_TRUE(ports.reserve(context, wanted));

  clock.advance(std::chrono::milliseconds(59'999));
  auto expired = ports.expire_reservations(context);
  ASSERT_TRUE(expired);
  EXPECT_EQ(expired->revision, 2);
  EXPECT_TRUE(store.snapshot()->reservation(tcp(8020)));

  clock.advance(std::chrono::milliseconds(1));
  expired = ports.expire_reservations(context);
  ASSERT_TRUE(expired);
  EXPECT_EQ(expired->revision, 3);
  EXPECT_FALSE(store.snapshot()->reservation(tcp(8020)));
  EXPECT_TRUE(store.snapshot()->reservation(tcp(8021)));
  EXPECT_EQ(ports.expire_reservations(context)->revision, 3);
}

TEST_F(PortManagerTest, ARegistrationIsRecordedWithThePort) {
  auto wanted = command("kite", 8000);
  wanted.registration = PortManager::Registration{};
  wanted.registration->name = "Kite";
  const auto assigned = assign(wanted);
  ASSERT_TRUE(assigned);
  EXPECT_EQ(assigned->revision, 1);
  EXPECT_EQ(store.snapshot()->service("kite")->name, "Kite");
  EXPECT_EQ(port_of("kite"), 8000);
}

TEST_F(PortManagerTest, WithoutThePortThereIsNoRegistration) {
  have("wren", 8000);
  auto wanted = command("kite", 8000);
  wanted.registration = PortManager::Registration{};
  EXPECT_EQ(refusal(wanted), ErrorCode::port_taken);
  EXPECT_FALSE(store.snapshot()->service("kite"));
}

TEST_F(PortManagerTest, APortIsNotTakenToAnotherHostByRegistering) {
  have("kite", 8000);
  auto wanted = command("kite");
  wanted.registration = PortManager::Registration{};
  wanted.registration->host = "10.0.0.7";
  EXPECT_EQ(refusal(wanted), ErrorCode::already_assigned);
  EXPECT_FALSE(store.snapshot()->service("kite")->host);
}

TEST_F(PortManagerTest, RegisteringAgainKeepsTheTimeOfTheFirst) {
  auto wanted = command("kite");
  wanted.registration = PortManager::Registration{};
  wanted.registration->name = "Kite";
  const auto port = given(wanted);
  wanted.registration->name = "Red Kite";
  context.at += std::chrono::hours(1);
  EXPECT_EQ(given(wanted), port);
  EXPECT_EQ(store.snapshot()->service("kite")->name, "Red Kite");
  EXPECT_EQ(store.snapshot()->service("kite")->registered_at, ManualClock::start);
  const auto revision = store.snapshot()->revision();
  EXPECT_EQ(given(wanted), port);
  EXPECT_EQ(store.snapshot()->revision(), revision);
}

TEST_F(PortManagerTest, WhatARegistrationDoesNotSayStaysAsItIs) {
  auto first = command("kite");
  first.registration = PortManager::Registration{};
  first.registration->process = "nginx";
  const auto port = given(first);
  auto second = command("kite");
  second.registration = PortManager::Registration{};
  second.registration->health_endpoint = "/up";
  EXPECT_EQ(given(second), port);
  const auto service = *store.snapshot()->service("kite");
  EXPECT_EQ(service.name, "kite");
  EXPECT_EQ(service.process, "nginx");
  EXPECT_EQ(service.health_endpoint, "/up");
}

TEST_F(PortManagerTest, ARemovedServiceGivesItsPortBack) {
  have("kite", 8000);
  ASSERT_TRUE(ports.remove_service(context, "kite"));
  EXPECT_FALSE(store.snapshot()->service("kite"));
  EXPECT_EQ(given(command("wren", 8000)), 8000);
  EXPECT_EQ(ports.remove_service(context, "kite").error().code, ErrorCode::unknown_service);
}

TEST_F(PortManagerTest, AvailabilityAsksRegistryAndKernel) {
  have("kite", 8000);
  reserve(8001);
  probe.occupy(8002, "redis", 12);
  EXPECT_TRUE(ports.availability(tcp(8003)).available);
  EXPECT_THAT(ports.availability(tcp(8003)).reason, IsEmpty());
  for (const auto& [port, reason] :
       {std::pair(8000, "assigned to kite"), std::pair(8001, "reserved"),
        std::pair(8002, "redis (pid 12)"), std::pair(9500, "range")}) {
    const auto found = ports.availability(tcp(port));
    EXPECT_FALSE(found.available) << port;
    EXPECT_THAT(found.reason, HasSubstr(reason));
  }
}

TEST_F(PortManagerTest, SuggestsFreePortsFromTheStartOn) {
  have("kite", 8000);
  probe.occupy(8002);
  const auto& range = store.snapshot()->config().range;
  const auto ask = [&](std::optional<int> start, std::size_t count) {
    return ports.suggest(range, start ? std::optional(Port::clamped(*start)) : std::nullopt, count);
  };
  EXPECT_THAT(*ask(std::nullopt, 3),
              ElementsAre(Port::clamped(8001), Port::clamped(8003), Port::clamped(8004)));
  EXPECT_THAT(*ask(8098, 3), ElementsAre(Port::clamped(8098), Port::clamped(8099)));
  EXPECT_THAT(*ask(1024, 1), ElementsAre(Port::clamped(8001)));
  EXPECT_EQ(ask(8100, 1).error().code, ErrorCode::range_full);
}

TEST_F(PortManagerTest, ShowsTheListener) {
  probe.occupy(8000, "nginx", 7);
  ASSERT_EQ(ports.use(tcp(8000)).listeners.size(), 1U);
  EXPECT_EQ(ports.use(tcp(8000)).listeners[0].pid, 7);
  EXPECT_THAT(ports.use(tcp(8001)).listeners, IsEmpty());
}

}  // namespace
}  // namespace pm::test
