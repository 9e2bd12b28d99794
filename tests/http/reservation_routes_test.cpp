#include <gmock/gmock.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ReservationRoutes : public testing::Test, public ApiWorld {
 protected:
  Answer reserve_by(const std::string& body) { return post("/api/ports/reserve", body); }
};

TEST_F(ReservationRoutes, AReservationWithoutHoldIsAsBefore) {
  const auto answer = reserve_by(R"({"port": 8020, "reason": "kept"})");
  EXPECT_EQ(answer.text(), R"({"success":true,"port":8020,"held":false,)"
                           R"("message":"Port 8020 is reserved.","revision":1})");
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(ReservationRoutes, AHeldPortIsBoundForItsService) {
  const auto answer = reserve_by(R"({"port": 8020, "hold": true, "service_id": "kite"})");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body["held"], true);
  EXPECT_EQ(answer.body["service_id"], "kite");
  EXPECT_THAT(answer.body["message"].get<std::string>(), HasSubstr("until kite is given it"));
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8020)));
  EXPECT_EQ(store.snapshot()->reservation(tcp(8020))->service_id, "kite");
}

TEST_F(ReservationRoutes, ASpanIsHeldWhole) {
  const auto answer = reserve_by(R"({"start_port": 8020, "end_port": 8021, "hold": true})");
  EXPECT_EQ(answer.body["port"], 8020);
  EXPECT_EQ(answer.body["end_port"], 8021);
  EXPECT_FALSE(answer.body.contains("service_id"));
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8020), tcp(8021)));
}

TEST_F(ReservationRoutes, HoldAloneChoosesTheLowestFreePort) {
  have("kite", 8000);
  EXPECT_EQ(reserve_by(R"({"hold": true})").body["port"], 8001);
  EXPECT_EQ(reserve_by(R"({"hold": true})").body["port"], 8002);
  EXPECT_EQ(reserve_by(R"({"hold": true, "range": "foundation"})").body["port"], 8010);
  EXPECT_EQ(reserve_by(R"({"hold": true, "range": "8050-8059"})").body["port"], 8050);
  EXPECT_THAT(probe.held(), ElementsAre(tcp(8001), tcp(8002), tcp(8010), tcp(8050)));
  EXPECT_EQ(reserve_by(R"({"hold": true, "range": "8050-8050"})").body["code"], "range_full");
}

TEST_F(ReservationRoutes, WhatDoesNotGoTogetherIsRefused) {
  const auto refused = [&](const std::string& body, const std::string& code,
                           const std::string& field) {
    const auto answer = reserve_by(body);
    EXPECT_EQ(answer.body["code"], code) << body;
    EXPECT_EQ(answer.body["field"], field) << body;
  };
  refused(R"({})", "invalid_shape", "port");
  refused(R"({"hold": false})", "invalid_shape", "port");
  refused(R"({"port": 8020, "start_port": 8020, "end_port": 8021})", "invalid_shape", "port");
  refused(R"({"start_port": 8020, "hold": true})", "invalid_shape", "port");
  refused(R"({"port": 8020, "service_id": "kite"})", "invalid_shape", "service_id");
  refused(R"({"port": 8020, "hold": true, "service_id": "a kite"})", "invalid_name", "service_id");
  refused(R"({"port": 8020, "hold": true, "range": "foundation"})", "invalid_shape", "range");
  refused(R"({"range": "foundation"})", "invalid_shape", "range");
  refused(R"({"hold": 1})", "invalid_shape", "hold");
  refused(R"({"start_port": 8021, "end_port": 8020})", "out_of_bounds", "end_port");
  refused(R"({"port": 8020, "expires_in": 0})", "out_of_bounds", "expires_in");
  EXPECT_EQ(reserve_by(R"({"hold": true, "range": "nonsense"})").status(), 400);
  EXPECT_EQ(store.snapshot()->revision(), 0);
  EXPECT_THAT(probe.held(), IsEmpty());
}

TEST_F(ReservationRoutes, APortThatIsTakenCannotBeHeld) {
  probe.occupy(8020, "nginx", 4711);
  const auto answer = reserve_by(R"({"port": 8020, "hold": true})");
  EXPECT_EQ(answer.status(), 409);
  EXPECT_THAT(answer.body["detail"].get<std::string>(), HasSubstr("nginx (pid 4711)"));
}

TEST_F(ReservationRoutes, TheListWithoutHoldsIsCachedByRevision) {
  reserve(8020);
  const auto answer = get("/api/ports/reserved");
  EXPECT_THAT(answer.header("ETag"), testing::StartsWith("\"1-"));
  const auto again = get("/api/ports/reserved", {}, {{"if-none-match", answer.header("ETag")}});
  EXPECT_EQ(again.status(), 304);
}

TEST_F(ReservationRoutes, WhatIsBoundIsToldAsItIsNow) {
  // Recorded by an earlier run, and not bound yet.
  commit([](Draft& draft) {
    const auto port = Port::clamped(8020);
    return pm::reserve(draft, {.lo = port, .hi = port, .hold = true, .service_id = "kite"});
  });
  const auto before = get("/api/ports/reserved");
  EXPECT_EQ(before.body["count"], 1);
  EXPECT_EQ(before.body["reserved"][0]["hold"], true);
  EXPECT_EQ(before.body["reserved"][0]["service_id"], "kite");
  EXPECT_EQ(before.body["reserved"][0]["bound"], false);
  EXPECT_EQ(before.header("ETag"), "");
  holds.follow();
  const auto after = get("/api/ports/reserved", {}, {{"if-none-match", "\"1\""}});
  EXPECT_EQ(after.status(), 200);
  EXPECT_EQ(after.body["reserved"][0]["bound"], true);
  EXPECT_EQ(after.header("X-Revision"), before.header("X-Revision"));
}

TEST_F(ReservationRoutes, AReservationTakenBackLetsThePortGo) {
  ASSERT_EQ(reserve_by(R"({"port": 8020, "hold": true})").status(), 200);
  EXPECT_EQ(call("DELETE", "/api/ports/reserve/8020", "", {}, {}).status(), 200);
  EXPECT_THAT(probe.held(), IsEmpty());
}

}  // namespace
}  // namespace pm::test
