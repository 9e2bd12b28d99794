#include "app/port_holds.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <thread>

#include "app/world.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PortHoldsTest : public testing::Test, public World {
 protected:
  /// A reservation with `hold`, in the registry alone.
  void reserve_held(int port, const std::string& service_id = {},
                    std::optional<Timestamp> expires_at = std::nullopt) {
    commit([&](Draft& draft) {
      return pm::reserve(draft, {.lo = Port::clamped(port),
                                 .hi = Port::clamped(port),
                                 .expires_at = expires_at,
                                 .hold = true,
                                 .service_id = service_id});
    });
  }
  PortManager::Assigned assign_port(const std::string& service_id, int port) {
    PortManager::AssignCommand command;
    command.service_id = service_id;
    command.port = Port::clamped(port);
    const auto assigned = ports.assign(context, command);
    EXPECT_TRUE(assigned) << assigned.error().message;
    return assigned.value_or(PortManager::Assigned{});
  }
};

TEST_F(PortHoldsTest, NoMoreAreBoundThanThereMayBe) {
  PortHolds few(store, probe, 2);
  for (const int port : {8010, 8011, 8012}) reserve_held(port);
  EXPECT_THAT(few.follow(), ElementsAre(tcp(8012)));
  EXPECT_EQ(few.size(), 2U);
  const auto one_more = few.pin({tcp(8020)});
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().code, ErrorCode::overloaded);
  EXPECT_THAT(one_more.error().message, HasSubstr("more than 2 ports"));
  EXPECT_TRUE(few.pin({tcp(8010)})) << "one that is bound already needs no more";
  commit([](Draft& draft) { return pm::unreserve(draft, tcp(8010)); });
  EXPECT_THAT(few.follow(), IsEmpty());
}

TEST_F(PortHoldsTest, APinBindsAtOnceAndTheRecordKeepsIt) {
  {
    const auto pin = holds.pin({tcp(8000), tcp(8001)});
    ASSERT_TRUE(pin);
    EXPECT_THAT(probe.held(), ElementsAre(tcp(8000), tcp(8001)));
    reserve_held(8000);
    reserve_held(8001);
  }
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8000), tcp(8001)));
  EXPECT_TRUE(holds.has(tcp(8000)));
  EXPECT_EQ(holds.size(), 2U);
}

TEST_F(PortHoldsTest, WhatIsNotRecordedIsLetGo) {
  {
    const auto pin = holds.pin({tcp(8000), tcp(8001)});
    ASSERT_TRUE(pin);
    reserve_held(8001);
    holds.follow();
    EXPECT_THAT(probe.held(), ElementsAre(tcp(8000), tcp(8001))) << "it may still be recorded";
  }
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8001)));
  EXPECT_FALSE(holds.has(tcp(8000)));
}

TEST_F(PortHoldsTest, APinThatIsHandedOnLetsGoOnce) {
  auto pin = holds.pin({tcp(8000)});
  ASSERT_TRUE(pin);
  {
    const PortHolds::Pin other = std::move(*pin);
    EXPECT_TRUE(holds.has(tcp(8000)));
  }
  EXPECT_FALSE(holds.has(tcp(8000)));
}

TEST_F(PortHoldsTest, AllOrNone) {
  probe.occupy(8001, "nginx", 7);
  const auto pin = holds.pin({tcp(8000), tcp(8001), tcp(8002)});
  ASSERT_FALSE(pin);
  EXPECT_EQ(pin.error().code, ErrorCode::port_in_use);
  EXPECT_THAT(pin.error().message, HasSubstr("nginx (pid 7)"));
  EXPECT_THAT(probe.held(), IsEmpty());
  EXPECT_EQ(holds.size(), 0U);
}

TEST_F(PortHoldsTest, WhatOneCallerIsAboutToReserveNoOtherGets) {
  const auto first = holds.pin({tcp(8000)});
  ASSERT_TRUE(first);
  const auto second = holds.pin({tcp(8001), tcp(8000)});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::port_reserved);
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8000)));
}

TEST_F(PortHoldsTest, APortOfAnotherHostCannotBeHeld) {
  EXPECT_EQ(holds.pin({{"10.0.0.7", Protocol::tcp, Port::clamped(8000)}}).error().code,
            ErrorCode::not_implemented);
}

TEST_F(PortHoldsTest, ARenewalKeepsTheSocket) {
  reserve_held(8000, "kite");
  holds.follow();
  {
    const auto pin = holds.pin({tcp(8000)});
    ASSERT_TRUE(pin);
  }
  EXPECT_TRUE(holds.has(tcp(8000)));
}

TEST_F(PortHoldsTest, FollowsTheRegistry) {
  EXPECT_THAT(holds.follow(), IsEmpty());
  reserve_held(8000);
  reserve(8001);
  EXPECT_THAT(holds.follow(), IsEmpty());
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8000)));
  commit([](Draft& draft) { return pm::unreserve(draft, tcp(8000)); });
  holds.follow();
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(PortHoldsTest, APortThatIsAssignedIsHandedOver) {
  reserve_held(8000, "kite");
  holds.follow();
  assign_port("kite", 8000);
  EXPECT_THAT(probe.held(), IsEmpty());
  EXPECT_FALSE(store.snapshot()->reservation(tcp(8000)));
  holds.follow();
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(PortHoldsTest, APortIsTheServicesFromTheBeginningOfItsMove) {
  have("kite", 8000);
  client.run("kite", 8000);
  reserve_held(8005, "kite");
  holds.follow();
  bool was_told = false;
  client.watch_updates([&](const FakeServiceClient::Update&) {
    was_told = true;
    EXPECT_THAT(probe.held(), IsEmpty());
  });
  const auto moved = saga.reassign(context, {"kite", Port::clamped(8005), false, false});
  ASSERT_TRUE(moved);
  EXPECT_TRUE(moved->success()) << moved->message;
  EXPECT_TRUE(was_told);
  EXPECT_THAT(probe.held(), IsEmpty());
  EXPECT_FALSE(store.snapshot()->reservation(tcp(8005)));
}

TEST_F(PortHoldsTest, AMoveThatIsRolledBackGivesThePortBackToTheReservation) {
  have("kite", 8000);
  client.run("kite", 8000, {OnUpdate::refuse});
  reserve_held(8005, "kite");
  holds.follow();
  const auto moved = saga.reassign(context, {"kite", Port::clamped(8005), false, false});
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->success());
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8005)));
  ASSERT_TRUE(store.snapshot()->reservation(tcp(8005)));
  EXPECT_TRUE(store.snapshot()->reservation(tcp(8005))->hold);
}

TEST_F(PortHoldsTest, AnotherServiceDoesNotMoveThere) {
  have("wren", 8000);
  reserve_held(8005, "kite");
  holds.follow();
  const auto moved = saga.reassign(context, {"wren", Port::clamped(8005), false, false});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::port_reserved);
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8005)));
}

TEST_F(PortHoldsTest, AnExpiredReservationHoldsNothing) {
  reserve_held(8000, "", clock.now() + std::chrono::seconds(60));
  holds.follow();
  clock.advance(std::chrono::seconds(59));
  ASSERT_TRUE(ports.expire_reservations(context));
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8000)));
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(ports.expire_reservations(context));
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(PortHoldsTest, UnreservingLetsGo) {
  reserve_held(8000);
  holds.follow();
  ASSERT_TRUE(ports.unreserve(context, tcp(8000)));
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(PortHoldsTest, APortThatSomebodyTookDuringARestartIsNamedUntilItIsFree) {
  reserve_held(8000);
  reserve_held(8001);
  probe.occupy(8000);
  EXPECT_THAT(holds.follow(), ElementsAre(tcp(8000)));
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8001)));
  EXPECT_FALSE(holds.has(tcp(8000)));
  EXPECT_THAT(holds.follow(), ElementsAre(tcp(8000)));
  probe.vacate(8000);
  EXPECT_THAT(holds.follow(), IsEmpty());
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8000), tcp(8001)));
}

TEST_F(PortHoldsTest, OneThatWasAssignedByForceIsHeldAgainAfterwards) {
  reserve_held(8000, "kite");
  holds.follow();
  have("wren", 8000);
  holds.follow();
  EXPECT_THAT(probe.held(), IsEmpty());
  ASSERT_TRUE(ports.release(context, "wren"));
  holds.follow();
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8000)));
}

/// What a caller sees that read the registry before the others had gone on.
class LateStore final : public Store {
 public:
  explicit LateStore(MemoryStore& inner) : inner_(inner) {}
  Snapshot snapshot() const override {
    auto seen = inner_.snapshot();
    if (!is_late.exchange(true)) before_return();
    return seen;
  }
  Expected<Committed> commit(const ChangeContext& context, Rule rule) override {
    return inner_.commit(context, std::move(rule));
  }
  Expected<Page<HistoryEvent>> history(const std::string&, int,
                                       std::optional<std::int64_t>) override {
    return Page<HistoryEvent>{};
  }
  Expected<Page<HistoryEvent>> history_of_all(const HistoryFilter&, int,
                                              std::optional<std::int64_t>) override {
    return Page<HistoryEvent>{};
  }
  Expected<Page<Conflict>> conflict_history(std::optional<Timestamp>, int,
                                            std::optional<std::int64_t>) override {
    return Page<Conflict>{};
  }
  Expected<RecentEvents> recent_events(int) override { return RecentEvents{}; }
  void observe(std::function<void(const CommitNotice&)>) override {}

  /// Called once, when the first reader has read.
  std::function<void()> before_return;
  mutable std::atomic<bool> is_late{false};

 private:
  MemoryStore& inner_;
};

TEST_F(PortHoldsTest, ALateReaderDoesNotBindAgainWhatWasHandedOver) {
  LateStore late(store);
  PortHolds slow(late, probe);
  reserve_held(8000, "kite");
  std::jthread handing_over;
  late.before_return = [&] {
    have("kite", 8000);
    // Waits until the late reader is done, and then has the last word.
    handing_over = std::jthread([&] { slow.follow(); });
  };
  slow.follow();
  handing_over.join();
  EXPECT_THAT(probe.held(), IsEmpty());
}

}  // namespace
}  // namespace pm::test
