#include "app/conflict_resolver.h"

#include <gmock/gmock.h>

#include "app/world.h"

namespace pm::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConflictResolverTest : public testing::Test, public World {
 protected:
  using Scope = ConflictResolver::Scope;

  std::vector<Resolution> resolve(bool dry_run = false, Scope scope = Scope::all) {
    const auto resolutions = resolver.resolve(context, scope, dry_run);
    EXPECT_TRUE(resolutions) << resolutions.error().message;
    return resolutions.value_or(std::vector<Resolution>{});
  }
  /// The service has the port and runs there.
  FakeServiceClient::Process& have_running(const std::string& service_id, int port, int pid,
                                           std::deque<OnUpdate> on_update = {}) {
    have(service_id, port);
    return run_service(service_id, port, pid, std::move(on_update));
  }
  int listens_on(const std::string& service_id) const { return only(client.ports_of(service_id)); }
  std::vector<Conflict> open() {
    EXPECT_TRUE(watch.settle());
    std::vector<Conflict> conflicts;
    for (const auto& [id, conflict] : store.snapshot()->open_conflicts().sorted()) {
      conflicts.push_back(conflict);
    }
    return conflicts;
  }
  /// "move kite 8000-8001" of each.
  static std::vector<std::string> texts(const std::vector<Resolution>& resolutions) {
    std::vector<std::string> all;
    all.reserve(resolutions.size());
    for (const auto& each : resolutions) {
      all.push_back(std::string(to_string(each.kind)) + " " + each.result.service_id + " " +
                    to_string(each.result.old_port) + "-" + to_string(each.result.new_port) +
                    (each.result.success() ? "" : " failed"));
    }
    return all;
  }

  static constexpr Port to(int port) { return Port::clamped(port); }
};

TEST_F(ConflictResolverTest, WithoutConflictsThereIsNothingToResolve) {
  have_running("kite", 8000, 1);
  const auto revision = (open(), store.snapshot()->revision());
  EXPECT_THAT(resolve(), IsEmpty());
  EXPECT_EQ(store.snapshot()->revision(), revision);
  EXPECT_THAT(client.updates(), IsEmpty());
}

TEST_F(ConflictResolverTest, WithoutTheKernelsWordNothingIsDone) {
  have("kite", 8000);
  have("wren", 8000);
  probe.fail_scan(Error{ErrorCode::internal, "netlink is refused", {}});
  EXPECT_EQ(resolver.resolve(context, Scope::all, false).error().message, "netlink is refused");
  EXPECT_EQ(resolver.resolve_one(context, "wren", to(8000)).error().message, "netlink is refused");
  EXPECT_EQ(port_of("wren"), 8000);
}

TEST_F(ConflictResolverTest, OfADuplicateTheOneThatListensStays) {
  have("kite", 8000);
  have_running("wren", 8000, 1);
  const auto resolutions = resolve();
  ASSERT_THAT(texts(resolutions), ElementsAre("move kite 8000-8001"));
  EXPECT_EQ(resolutions[0].why, "wren keeps the port");
  EXPECT_EQ(port_of("wren"), 8000);
  EXPECT_EQ(port_of("kite"), 8001);
  EXPECT_EQ(listens_on("wren"), 8000);
  EXPECT_THAT(open(), IsEmpty());
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_EQ(last_move().context.reason, "a test wren keeps the port.");
}

TEST_F(ConflictResolverTest, TheOneThatListensWithoutANameIsKnownByItsProcess) {
  have_running("wren", 8000, 1).identity = std::nullopt;
  ASSERT_THAT(open(), IsEmpty());
  ASSERT_FALSE(store.snapshot()->identity("wren")->named_itself);
  have("kite", 8000);
  commit([](Draft& draft) -> Expected<void> {
    auto first = *draft.registry().assignment("wren");
    first.sequence = draft.registry().next_sequence();
    draft.apply(PutAssignment{first});
    return {};
  });
  ASSERT_THAT(store.snapshot()->holders(tcp(8000)), ElementsAre("kite", "wren"));
  EXPECT_THAT(texts(resolve()), ElementsAre("move kite 8000-8001"));
}

TEST_F(ConflictResolverTest, ElseTheFirstStays) {
  have("kite", 8000);
  have("wren", 8000);
  have("swan", 8000);
  EXPECT_THAT(texts(resolve()), ElementsAre("move wren 8000-8001", "move swan 8000-8002"));
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, OnAnotherHostTheOneThatAnswersStays) {
  for (const auto* id : {"kite", "wren"}) {
    commit([&](Draft& draft) -> Expected<void> {
      const PortKey key{"10.0.0.7", Protocol::tcp, to(8000)};
      EXPECT_TRUE(assign(draft, {id, key, true}));
      return {};
    });
  }
  client.run("wren", 8000);
  EXPECT_THAT(texts(resolve()), ElementsAre("move kite 8000-8001"));
}

TEST_F(ConflictResolverTest, ThePortManagerItselfStays) {
  have_running("kite", 8000, 1);
  have_self(8000);
  EXPECT_THAT(texts(resolve()), ElementsAre("move kite 8000-8001"));
  EXPECT_EQ(port_of("itechsmart-port-manager"), 8000);
  EXPECT_EQ(listens_on("kite"), 8001);
}

TEST_F(ConflictResolverTest, ThePortManagerIsNotMovedAwayFromAStranger) {
  have_self(8099);
  probe.occupy(8099);
  EXPECT_THAT(resolve(), IsEmpty());
  ASSERT_EQ(open().size(), 1U);
  EXPECT_FALSE(is_resolvable(*store.snapshot(), open().front()));
}

TEST_F(ConflictResolverTest, ReservedAndForeignPortsAreLeft) {
  have_running("kite", 8000, 1);
  reserve(8000);
  have("wren", 9500);
  EXPECT_THAT(texts(resolve()), ElementsAre("move kite 8000-8001", "move wren 9500-8002"));
  EXPECT_EQ(listens_on("kite"), 8001);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, BothHoldersOfAReservedPortLeaveIt) {
  have("kite", 8000);
  have("wren", 8000);
  reserve(8000);
  EXPECT_THAT(texts(resolve()), ElementsAre("move kite 8000-8001", "move wren 8000-8002"));
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, TheLowestPortOfItsOwnRangeIsTaken) {
  Service service;
  service.service_id = "wren";
  service.category = "foundation";
  put_service(service);
  have("kite", 8000);
  have("wren", 8000);
  resolve();
  EXPECT_EQ(port_of("wren"), 8010);
}

TEST_F(ConflictResolverTest, AStoppedServiceLeavesAStrangersPortInTheRegistryAlone) {
  have("kite", 8000);
  run_service("squatter", 8000, 4711);
  const auto resolutions = resolve();
  ASSERT_THAT(texts(resolutions), ElementsAre("move kite 8000-8001"));
  EXPECT_EQ(resolutions[0].why, "its port is taken by squatter (pid 4711) on 127.0.0.1");
  EXPECT_FALSE(resolutions[0].result.update.contacted);
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_EQ(listens_on("squatter"), 8000);
  EXPECT_EQ(port_of("kite"), 8001);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, AStrangerWithoutANameIsNotToldToMoveEither) {
  have_running("kite", 8000, 1);
  ASSERT_THAT(open(), IsEmpty());
  stop_service(1);
  run_service(listener("python3", 8000, 2), "").identity = std::nullopt;
  const auto resolutions = resolve();
  ASSERT_THAT(texts(resolutions), ElementsAre("move kite 8000-8001"));
  EXPECT_THAT(resolutions[0].result.message, HasSubstr("port 8000 is taken by python3 (pid 2)"));
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, OneThatCannotBeReachedBesideAStrangerIsNotTornFromItsPort) {
  have("kite", 8000);
  auto wildcard = listener("kite", 8000, 1);
  wildcard.address = "0.0.0.0";
  run_service(wildcard, "kite");
  run_service("squatter", 8000, 2).address = "127.0.0.1";
  const auto resolutions = resolve();
  ASSERT_EQ(resolutions.size(), 1U);
  EXPECT_EQ(resolutions[0].result.error->code, ErrorCode::port_in_use);
  EXPECT_EQ(resolutions[0].result.message,
            "kite listens on port 8000, but squatter answers there, so it cannot be told to move. "
            "Stop squatter and resolve again.");
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_THAT(client.updates(), IsEmpty());
}

TEST_F(ConflictResolverTest, OneThatIsReachedBesideAStrangerMoves) {
  have_running("kite", 8000, 1).address = "127.0.0.1";
  auto wildcard = listener("squatter", 8000, 2);
  wildcard.address = "0.0.0.0";
  run_service(wildcard, "squatter");
  EXPECT_THAT(texts(resolve()), ElementsAre("move kite 8000-8001"));
  EXPECT_EQ(listens_on("kite"), 8001);
  EXPECT_EQ(listens_on("squatter"), 8000);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, TheRegistryFollowsOneThatIsWhereItMayBe) {
  have("kite", 8000);
  run_service("kite", 8050, 1);
  const auto resolutions = resolve();
  ASSERT_THAT(texts(resolutions), ElementsAre("adopt kite 8000-8050"));
  EXPECT_EQ(resolutions[0].why, "it listens on port 8050, which it may have");
  EXPECT_THAT(resolutions[0].result.message, HasSubstr("It listens there already."));
  EXPECT_EQ(port_of("kite"), 8050);
  EXPECT_EQ(listens_on("kite"), 8050);
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, ItFollowsOneThatGivesNoNameToo) {
  have_running("kite", 8000, 1).identity = std::nullopt;
  ASSERT_THAT(open(), IsEmpty());
  stop_service(1);
  run_service("kite", 8050, 1).identity = std::nullopt;
  EXPECT_THAT(texts(resolve()), ElementsAre("adopt kite 8000-8050"));
  EXPECT_EQ(port_of("kite"), 8050);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, OneThatIsWhereItMayNotBeIsBroughtHome) {
  have("kite", 8000);
  reserve(8050);
  run_service("kite", 8050, 1);
  const auto resolutions = resolve();
  ASSERT_THAT(texts(resolutions), ElementsAre("bring_home kite 8050-8000"));
  EXPECT_EQ(resolutions[0].why, "it listens on port 8050, which it may not have");
  EXPECT_EQ(resolutions[0].result.message, "kite went from port 8050 to its port 8000.");
  EXPECT_EQ(resolutions[0].result.update.old_port_released, true);
  EXPECT_EQ(listens_on("kite"), 8000);
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, AStrangerThatIsAServiceGoesHomeAndFreesThePort) {
  have("kite", 8000);
  have("wren", 8001);
  run_service("wren", 8000, 1);
  EXPECT_THAT(texts(resolve()), ElementsAre("bring_home wren 8000-8001"));
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(port_of("wren"), 8001);
  EXPECT_EQ(listens_on("wren"), 8001);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, WhenItRefusesToGoHomeThePortsOwnerMovesInstead) {
  have("kite", 8000);
  have("wren", 8001);
  run_service("wren", 8000, 1, {OnUpdate::refuse});
  const auto resolutions = resolve();
  ASSERT_THAT(texts(resolutions),
              ElementsAre("bring_home wren 8000-8001 failed", "move kite 8000-8002"));
  EXPECT_EQ(resolutions[0].result.error->code, ErrorCode::service_refused);
  EXPECT_THAT(resolutions[0].result.message,
              AllOf(HasSubstr("wren listens on port 8000"), HasSubstr("it is busy")));
  EXPECT_EQ(port_of("wren"), 8001);
  EXPECT_EQ(listens_on("wren"), 8000);
  EXPECT_EQ(client.updates().size(), 1U) << "it is asked once";
}

TEST_F(ConflictResolverTest, OneThatDoesNotComeUpAtHomeIsToldToGoBack) {
  have("kite", 8000);
  reserve(8050);
  run_service("kite", 8050, 1, {OnUpdate::move_unhealthy, OnUpdate::move});
  const auto resolutions = resolve();
  ASSERT_THAT(texts(resolutions), ElementsAre("bring_home kite 8050-8000 failed"));
  EXPECT_EQ(resolutions[0].result.error->code, ErrorCode::service_not_up);
  EXPECT_EQ(listens_on("kite"), 8050);
}

TEST_F(ConflictResolverTest, TwoThatSitOnEachOthersPortsKeepWhatTheyListenOn) {
  have("kite", 8000);
  have("wren", 8001);
  run_service("kite", 8001, 1);
  run_service("wren", 8000, 2);
  resolve();
  EXPECT_EQ(port_of("kite"), 8001);
  EXPECT_EQ(port_of("wren"), 8000);
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, OneWhoseHomeIsTakenGetsAnotherHome) {
  have("kite", 8000);
  reserve(8050);
  run_service("kite", 8050, 1);
  run_service("squatter", 8000, 2);
  EXPECT_THAT(texts(resolve()), ElementsAre("move kite 8000-8001", "bring_home kite 8050-8001"));
  EXPECT_EQ(listens_on("kite"), 8001);
  EXPECT_EQ(port_of("kite"), 8001);
  EXPECT_EQ(listens_on("squatter"), 8000);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, OneThatLeavesAnywayLeavesADuplicateToTheOther) {
  have("kite", 8000);
  have("wren", 8000);
  run_service("kite", 8050, 1);
  EXPECT_THAT(texts(resolve()), ElementsAre("adopt kite 8000-8050"));
  EXPECT_EQ(port_of("wren"), 8000);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, OneFailureLeavesTheOthersDone) {
  have("first", 8000);
  have_running("kite", 8000, 1);
  have_running("wren", 8060, 2, {OnUpdate::refuse});
  reserve(8060);
  have("swan", 8020);
  probe.occupy(8020);
  const auto resolutions = resolve();
  EXPECT_THAT(texts(resolutions), ElementsAre("move wren 8060-8001 failed", "move first 8000-8002",
                                              "move swan 8020-8003"));
  EXPECT_THAT(resolutions[0].result.message, HasSubstr("it is busy"));
  EXPECT_EQ(listens_on("wren"), 8060);
  EXPECT_EQ(port_of("wren"), 8060);
  ASSERT_EQ(open().size(), 1U);
  EXPECT_EQ(open()[0].services.front(), "wren");
}

TEST_F(ConflictResolverTest, APortThatIsTakenByItsNumberMeanwhileIsReplaced) {
  have("kite", 8000);
  have_running("wren", 8000, 1);
  have_running("swan", 8060, 2);
  reserve(8060);
  client.watch_updates([&](const FakeServiceClient::Update&) {
    if (port_of("quick") == 0) have("quick", 8002);
  });
  EXPECT_THAT(texts(resolve()), ElementsAre("move swan 8060-8001", "move kite 8000-8003"));
  EXPECT_EQ(port_of("quick"), 8002);
}

TEST_F(ConflictResolverTest, ADryRunNamesWhatTheNextRunDoesAndChangesNothing) {
  have("kite", 8000);
  have("wren", 8000);
  have_running("swan", 8060, 1);
  reserve(8060);
  have("heron", 8020);
  run_service("squatter", 8020, 2);
  have("crane", 8030);
  run_service("crane", 8035, 3);
  have("stork", 8040);
  reserve(8045);
  run_service("stork", 8045, 4);
  open();
  const auto revision = store.snapshot()->revision();
  const auto planned = resolve(true);
  EXPECT_EQ(store.snapshot()->revision(), revision);
  EXPECT_THAT(client.updates(), IsEmpty());
  EXPECT_THAT(texts(planned),
              ElementsAre("adopt crane 8030-8035", "bring_home stork 8045-8040",
                          "move swan 8060-8001", "move wren 8000-8002", "move heron 8020-8003"));
  EXPECT_EQ(planned[0].result.message,
            "The registry would follow crane from port 8030 to port 8035: it listens on port 8035, "
            "which it may have.");
  EXPECT_EQ(planned[1].result.message,
            "stork would be told to go from port 8045 to its port 8040: it listens on port 8045, "
            "which it may not have.");
  EXPECT_EQ(planned[3].result.message,
            "wren would move from port 8000 to 8002: kite keeps the port.");
  EXPECT_EQ(texts(resolve(true)), texts(planned)) << "a plan keeps no port back";
  EXPECT_EQ(texts(resolve()), texts(planned));
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ConflictResolverTest, APlanThatFindsNoPortSaysSo) {
  SuiteConfig config;
  config.range = {"suite", to(8000), to(8000)};
  World small(config);
  small.have("kite", 8000);
  small.have("wren", 8000);
  for (const bool dry_run : {true, false}) {
    const auto results = small.resolver.resolve(context, Scope::all, dry_run);
    ASSERT_TRUE(results);
    ASSERT_EQ(results->size(), 1U);
    EXPECT_EQ(results->at(0).result.error->code, ErrorCode::range_full);
    EXPECT_THAT(results->at(0).result.message, HasSubstr("No port from 8000-8000 is free"));
  }
}

TEST_F(ConflictResolverTest, DuplicatesAloneWhenThatIsTheScope) {
  have("kite", 8000);
  have("wren", 8000);
  have("swan", 8010);
  probe.occupy(8010);
  have("heron", 9500);
  EXPECT_THAT(texts(resolve(false, Scope::duplicates)), ElementsAre("move wren 8000-8001"));
  EXPECT_EQ(open().size(), 2U);
}

TEST_F(ConflictResolverTest, PortsThatTheKernelMayGiveAwayAreLeftAlone) {
  have_running("kite", 8050, 1);
  probe.set_ephemeral(*EphemeralPorts::from("8040\t8060", ""));
  EXPECT_THAT(resolve(), IsEmpty());
  ASSERT_EQ(open().size(), 1U);
  EXPECT_FALSE(is_resolvable(*store.snapshot(), open().front()));
  EXPECT_EQ(port_of("kite"), 8050);
}

TEST_F(ConflictResolverTest, ResolvesOneServiceOnOnePort) {
  have("kite", 8000);
  have("wren", 8000);
  have("swan", 8050);
  const auto code = [&](const std::string& service_id, int port) {
    return resolver.resolve_one(context, service_id, to(port)).error().code;
  };
  EXPECT_EQ(code("nobody", 8000), ErrorCode::unknown_service);
  EXPECT_EQ(code("wren", 8001), ErrorCode::unknown_port);
  EXPECT_THAT(resolver.resolve_one(context, "wren", to(8001)).error().message,
              HasSubstr("it has port 8000"));
  EXPECT_EQ(code("swan", 8050), ErrorCode::unknown_port) << "it is in no conflict";
  const auto result = resolver.resolve_one(context, "wren", to(8000));
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->success());
  EXPECT_EQ(port_of("wren"), 8001);
  EXPECT_EQ(port_of("kite"), 8000);
}

TEST_F(ConflictResolverTest, ResolvesOneThatWasJustTakenByAStranger) {
  have("kite", 8000);
  probe.occupy(8000);
  const auto result = resolver.resolve_one(context, "kite", to(8000));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(port_of("kite"), 8001);
  EXPECT_THAT(client.updates(), IsEmpty());
}

}  // namespace
}  // namespace pm::test
