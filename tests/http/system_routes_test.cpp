#include <gtest/gtest.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

class SystemRoutes : public testing::Test, public ApiWorld {};

TEST_F(SystemRoutes, TheKernelIsAComponent) {
  EXPECT_EQ(get("/api/health/").body["components"]["kernel"], "active");
  probe.occupy(8020);
  EXPECT_EQ(get("/api/health/detailed").body["components"]["kernel"].dump(),
            R"({"source":"sock_diag","listeners":1,"without_owner":0,"advice":null})");
}

TEST_F(SystemRoutes, AKernelThatIsNotWhollySeenIsDegraded) {
  probe.set_sight({.source = "/proc/net", .advice = "Load tcp_diag."});
  const auto brief = get("/api/health/").body;
  EXPECT_EQ(brief["components"]["kernel"], "degraded");
  EXPECT_EQ(brief["status"], "healthy");
  const auto kernel = get("/api/health/detailed").body["components"]["kernel"];
  EXPECT_EQ(kernel["source"], "/proc/net");
  EXPECT_EQ(kernel["advice"], "Load tcp_diag.");
}

TEST_F(SystemRoutes, MovesUnderWayAreCounted) {
  EXPECT_EQ(get("/api/health/detailed").body["moves"].dump(), R"({"pending":0,"oldest_at":null})");
  have("passport", 8007);
  Move move;
  move.service_id = "passport";
  move.from = {std::string(local_host), Protocol::tcp, Port::clamped(8007)};
  move.to = Port::clamped(8009);
  move.context.at = *from_rfc3339("2026-03-01T09:30:00Z");
  commit([&](Draft& draft) -> Expected<void> {
    move.move_id = draft.registry().next_move_id();
    draft.apply(PutMove{move});
    return {};
  });
  EXPECT_EQ(get("/api/health/detailed").body["moves"].dump(),
            R"({"pending":1,"oldest_at":"2026-03-01T09:30:00.000Z"})");
}

TEST_F(SystemRoutes, TheKernelsOwnPortsAreTold) {
  EXPECT_EQ(get("/api/health/detailed").body["ephemeral_ports"].dump(),
            R"({"range":null,"reserved":""})");
  probe.set_ephemeral(*EphemeralPorts::from("32768\t60999", "8000-8026,8100"));
  EXPECT_EQ(get("/api/health/detailed").body["ephemeral_ports"].dump(),
            R"({"range":[32768,60999],"reserved":"8000-8026,8100"})");
}

TEST_F(SystemRoutes, HowItServesIsTold) {
  EXPECT_FALSE(get("/api/health/detailed").body.contains("serving"));
  api.serving = [] { return ServingFacts{"0.0.0.0", true, 1024, 3, 2, 1}; };
  router = make_router(api);
  EXPECT_EQ(get("/api/health/detailed").body["serving"].dump(),
            R"({"host":"0.0.0.0","token_required":true,"open_files_limit":1024,)"
            R"("database_bytes":3,"wal_bytes":2,"free_bytes":1})");
}

TEST_F(SystemRoutes, WhetherItIsAliveIsAnsweredWithoutAskingTheKernel) {
  EXPECT_EQ(lane("/health"), Lane::reactor);
  EXPECT_EQ(lane("/api/health/"), Lane::read);
  EXPECT_EQ(lane("/api/health/detailed"), Lane::read);
}

}  // namespace
}  // namespace pm::test
