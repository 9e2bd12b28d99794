#include "app/bulk_update.h"

#include <gmock/gmock.h>

#include "app/world.h"

namespace pm::test {
namespace {

using testing::EndsWith;
using testing::IsEmpty;
using testing::StartsWith;

class BulkUpdateTest : public testing::Test, public World {
 protected:
  using Updates = std::vector<std::pair<std::string, Port>>;

  void run(const std::string& service_id, int port, std::deque<OnUpdate> on_update = {}) {
    have(service_id, port);
    client.run(service_id, port, std::move(on_update));
  }
  std::vector<MoveResult> update(const Updates& updates) {
    const auto results = bulk.update(context, updates);
    EXPECT_TRUE(results) << results.error().message;
    return results.value_or(std::vector<MoveResult>{});
  }
  /// A refusal that left everything as it was.
  Error refusal(const Updates& updates) {
    const auto revision = store.snapshot()->revision();
    const auto results = bulk.update(context, updates);
    EXPECT_FALSE(results);
    EXPECT_EQ(store.snapshot()->revision(), revision);
    EXPECT_THAT(client.updates(), IsEmpty());
    return results ? Error{} : results.error();
  }
  int listens_on(const std::string& service_id) const { return only(client.ports_of(service_id)); }

  static constexpr Port to(int port) { return Port::clamped(port); }
};

TEST_F(BulkUpdateTest, MovesSeveralServicesInTheOrderGiven) {
  run("kite", 8000);
  run("wren", 8001);
  const auto results = update({{"wren", to(8021)}, {"kite", to(8020)}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].service_id, "wren");
  EXPECT_EQ(results[0].old_port, to(8001));
  EXPECT_EQ(results[0].new_port, to(8021));
  EXPECT_TRUE(results[0].success());
  EXPECT_TRUE(results[1].success());
  EXPECT_EQ(port_of("kite"), 8020);
  EXPECT_EQ(listens_on("wren"), 8021);
}

TEST_F(BulkUpdateTest, APreviewNamesTheWayAndChangesNothing) {
  run("kite", 8000);
  run("wren", 8001);
  run("rook", 8003);
  run("dove", 8004);
  const auto revision = store.snapshot()->revision();
  const auto results = bulk.preview(
      context, {{"rook", to(8020)}, {"kite", to(8001)}, {"wren", to(8000)}, {"dove", to(8004)}});
  ASSERT_TRUE(results) << results.error().message;
  ASSERT_EQ(results->size(), 4U);
  EXPECT_EQ(results->at(0).message, "Dry run: rook would move from port 8003 to 8020.");
  EXPECT_EQ(results->at(0).old_port, to(8003));
  EXPECT_EQ(results->at(0).new_port, to(8020));
  EXPECT_EQ(results->at(0).revision, revision);
  const auto through_spare = std::count_if(results->begin(), results->end(), [](const auto& each) {
    return each.message.ends_with(", through spare port 8002.");
  });
  EXPECT_EQ(through_spare, 1);
  EXPECT_EQ(results->at(3).message, "dove already has port 8004.");
  EXPECT_EQ(store.snapshot()->revision(), revision);
  EXPECT_THAT(client.updates(), IsEmpty());
  // The spare port is nobody's again.
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(ports.suggest(store.snapshot()->config().range, to(8000), 1)->front(), to(8002));
}

TEST_F(BulkUpdateTest, APreviewRefusesWhatTheUpdateWould) {
  run("kite", 8000);
  run("wren", 8001);
  EXPECT_EQ(bulk.preview(context, {{"kite", to(8001)}}).error().code, ErrorCode::port_taken);
  probe.occupy(8020);
  const auto refused = bulk.preview(context, {{"kite", to(8020)}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::port_in_use);
  EXPECT_EQ(refused.error().field, "updates.kite");
  begin("wren", 8021);
  EXPECT_EQ(bulk.preview(context, {{"wren", to(8022)}}).error().code, ErrorCode::move_in_progress);
}

TEST_F(BulkUpdateTest, SwapsThroughASparePort) {
  run("kite", 8000);
  run("wren", 8001);
  const auto results = update({{"kite", to(8001)}, {"wren", to(8000)}});
  ASSERT_EQ(results.size(), 2U);
  for (const auto& result : results) EXPECT_TRUE(result.success()) << result.message;
  EXPECT_EQ(results[0].old_port, to(8000));
  EXPECT_EQ(results[0].new_port, to(8001));
  EXPECT_EQ(results[1].old_port, to(8001));
  EXPECT_EQ(results[1].new_port, to(8000));
  EXPECT_EQ(results[0].message, "kite moved from port 8000 to 8001, through spare port 8002.");
  EXPECT_EQ(listens_on("kite"), 8001);
  EXPECT_EQ(listens_on("wren"), 8000);
  EXPECT_EQ(port_of("kite"), 8001);
  EXPECT_EQ(port_of("wren"), 8000);
  ASSERT_EQ(client.updates().size(), 3U);
  EXPECT_EQ(client.updates()[0].new_port, to(8002));
  EXPECT_TRUE(store.snapshot()->open_moves().empty());
}

TEST_F(BulkUpdateTest, AChainBeginsAtItsFreeEnd) {
  run("kite", 8000);
  run("wren", 8001);
  run("swan", 8002);
  const auto results = update({{"kite", to(8001)}, {"wren", to(8002)}, {"swan", to(8003)}});
  for (const auto& result : results) EXPECT_TRUE(result.success()) << result.message;
  const auto told = client.updates();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].service_id, "swan");
  EXPECT_EQ(told[1].service_id, "wren");
  EXPECT_EQ(told[2].service_id, "kite");
}

TEST_F(BulkUpdateTest, OneThatIsThereAlreadyMayBeNamed) {
  run("kite", 8000);
  run("wren", 8001);
  const auto results = update({{"kite", to(8000)}, {"wren", to(8005)}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results[0].success());
  EXPECT_EQ(results[0].message, "kite already has port 8000.");
  EXPECT_EQ(results[0].new_port, to(8000));
  EXPECT_EQ(results[1].new_port, to(8005));
  EXPECT_EQ(client.updates().size(), 1U);
}

TEST_F(BulkUpdateTest, OneFaultAndNobodyIsMoved) {
  run("kite", 8000);
  run("wren", 8001);
  have_self(8050);
  EXPECT_EQ(refusal({{"kite", to(8020)}, {"nobody", to(8021)}}).code, ErrorCode::unknown_service);
  EXPECT_EQ(refusal({{"kite", to(8020)}, {"wren", to(8020)}}).code, ErrorCode::port_taken);
  EXPECT_EQ(refusal({{"kite", to(8020)}, {"wren", to(9500)}}).code, ErrorCode::out_of_bounds);
  EXPECT_EQ(refusal({{"kite", to(8020)}, {"itechsmart-port-manager", to(8021)}}).code,
            ErrorCode::forbidden);
  EXPECT_EQ(refusal({{"kite", to(8001)}}).code, ErrorCode::port_taken);
}

TEST_F(BulkUpdateTest, TheKernelsVetoNamesTheService) {
  run("kite", 8000);
  run("wren", 8001);
  probe.occupy(8021);
  const auto error = refusal({{"kite", to(8020)}, {"wren", to(8021)}});
  EXPECT_EQ(error.code, ErrorCode::port_in_use);
  EXPECT_EQ(error.field, "updates.wren");
}

TEST_F(BulkUpdateTest, APortThatAnotherOfThemLeavesIsNoVeto) {
  run("kite", 8000);
  run("wren", 8001);
  probe.occupy(8000);
  probe.occupy(8001);
  for (const auto& result : update({{"kite", to(8001)}, {"wren", to(8000)}})) {
    EXPECT_TRUE(result.success()) << result.message;
  }
}

TEST_F(BulkUpdateTest, WithoutTheFirstRecordNobodyIsMoved) {
  run("kite", 8000);
  store.fail_commit(1);
  EXPECT_EQ(refusal({{"kite", to(8020)}}).code, ErrorCode::storage_full);
}

TEST_F(BulkUpdateTest, ASwapWithoutASparePortIsRefused) {
  SuiteConfig config;
  config.range = {"suite", to(8000), to(8001)};
  World small(config);
  small.have("kite", 8000);
  small.have("wren", 8001);
  const auto results = small.bulk.update(context, {{"kite", to(8001)}, {"wren", to(8000)}});
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, ErrorCode::range_full);
  EXPECT_THAT(results.error().message, StartsWith("A swap needs one spare port. "));
  EXPECT_EQ(small.store.snapshot()->revision(), 2);
}

TEST_F(BulkUpdateTest, ASparePortIsNoneThatTheUpdateGivesAway) {
  run("kite", 8000);
  run("wren", 8001);
  run("swan", 8050);
  for (const auto& result : update({{"kite", to(8001)}, {"wren", to(8000)}, {"swan", to(8002)}})) {
    EXPECT_TRUE(result.success()) << result.message;
  }
  EXPECT_EQ(port_of("kite"), 8001);
  EXPECT_EQ(port_of("wren"), 8000);
  EXPECT_EQ(port_of("swan"), 8002);
}

TEST_F(BulkUpdateTest, AFailedMoveLeavesTheOthersDone) {
  run("kite", 8000, {OnUpdate::refuse});
  run("wren", 8001);
  const auto results = update({{"kite", to(8020)}, {"wren", to(8021)}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].error->code, ErrorCode::service_refused);
  EXPECT_EQ(results[0].new_port, to(8020));
  EXPECT_TRUE(results[1].success());
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(port_of("wren"), 8021);
}

TEST_F(BulkUpdateTest, WhoWaitedForTheFailedOneStaysToo) {
  run("kite", 8000);
  run("wren", 8001, {OnUpdate::refuse});
  const auto results = update({{"kite", to(8001)}, {"wren", to(8002)}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].error->code, ErrorCode::port_taken);
  EXPECT_EQ(results[1].error->code, ErrorCode::service_refused);
  EXPECT_EQ(listens_on("kite"), 8000);
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_TRUE(store.snapshot()->open_moves().empty());
}

TEST_F(BulkUpdateTest, OneThatWasParkedAndCannotGoOnGoesBack) {
  run("kite", 8000);
  run("wren", 8001, {OnUpdate::refuse});
  const auto results = update({{"kite", to(8001)}, {"wren", to(8000)}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_FALSE(results[0].success());
  EXPECT_THAT(results[0].message, EndsWith(" It went back to port 8000."));
  EXPECT_EQ(results[0].old_port, to(8000));
  EXPECT_EQ(results[0].new_port, to(8001));
  EXPECT_FALSE(results[1].success());
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(listens_on("kite"), 8000);
  EXPECT_EQ(port_of("wren"), 8001);
  EXPECT_TRUE(store.snapshot()->open_moves().empty());
}

TEST_F(BulkUpdateTest, OneThatWasParkedAndCannotGoBackIsSaid) {
  run("kite", 8000, {OnUpdate::move, OnUpdate::refuse});
  run("wren", 8001, {OnUpdate::refuse});
  const auto results = update({{"kite", to(8001)}, {"wren", to(8000)}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_FALSE(results[0].success());
  EXPECT_THAT(results[0].message, EndsWith(" It stays on port 8002."));
  EXPECT_EQ(port_of("kite"), 8002);
  EXPECT_EQ(listens_on("kite"), 8002);
}

TEST_F(BulkUpdateTest, OneThatIsParkedWhenTheProgramStopsGoesBackAtTheNextStart) {
  run("kite", 8000);
  run("wren", 8001, {OnUpdate::hang, OnUpdate::stay});
  client.watch_updates([this](const FakeServiceClient::Update& update) {
    if (update.service_id == "wren") clock.stop();
  });
  const auto results = update({{"kite", to(8001)}, {"wren", to(8000)}});
  ASSERT_EQ(results.size(), 2U);
  for (const auto& result : results) EXPECT_EQ(result.error->code, ErrorCode::shutting_down);
  EXPECT_EQ(listens_on("kite"), 8002);

  client.watch_updates({});
  ManualClock next_clock;
  MoveSaga next_run{store, client, ports, finder, addresses, next_clock, {}};
  const auto recovery = next_run.recover(context);
  ASSERT_TRUE(recovery);
  EXPECT_THAT(recovery->parked, IsEmpty());
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(listens_on("kite"), 8000);
  EXPECT_EQ(port_of("wren"), 8001);
  EXPECT_TRUE(store.snapshot()->open_moves().empty());
}

TEST_F(BulkUpdateTest, OneWhoseFirstStepFailedIsNotTakenFurther) {
  run("kite", 8000, {OnUpdate::refuse, OnUpdate::move});
  run("wren", 8001);
  const auto results = update({{"kite", to(8001)}, {"wren", to(8000)}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_FALSE(results[0].success());
  EXPECT_EQ(port_of("kite"), 8000);
  EXPECT_EQ(listens_on("kite"), 8000);
  EXPECT_EQ(port_of("wren"), 8001);
}

}  // namespace
}  // namespace pm::test
