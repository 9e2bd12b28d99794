#include <gmock/gmock.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

using testing::HasSubstr;

class PortLookup : public testing::Test, public ApiWorld {
 protected:
  void give_and_release(const std::string& service_id, int port) {
    have(service_id, port);
    commit([&](Draft& draft) -> Expected<void> {
      if (auto gone = release(draft, service_id); !gone) return tl::unexpected(gone.error());
      return {};
    });
  }
};

Listener udp_listener(int port) {
  Listener listener;
  listener.pid = 53;
  listener.process = "named";
  listener.address = "0.0.0.0";
  listener.protocol = Protocol::udp;
  listener.port = Port::clamped(port);
  return listener;
}

TEST_F(PortLookup, AFreePortHasNothing) {
  const auto answer = get("/api/ports/8020");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.text(), R"({"success":true,"port":8020,"protocol":"tcp","assigned_to":null,)"
                           R"("holders":[],"reserved":false,"held":false,"released_at":null,)"
                           R"("conflicts":[],"listener":null,"listeners":[],"connections":[],)"
                           R"("connection_count":0,"ephemeral":false,"revision":0})");
}

TEST_F(PortLookup, EachListenerIsToldWithTheServiceThatItIs) {
  have("kite", 8020);
  client.run("kite", 8020);
  probe.occupy(8020, "kited", 12);
  probe.add(udp_listener(8020));
  ASSERT_TRUE(watch.settle());
  const auto stranger = probe.add([] {
    auto listener = udp_listener(8020);
    listener.protocol = Protocol::tcp;
    return listener;
  }());
  const auto body = get("/api/ports/8020").body;
  EXPECT_NE(stranger, 0U);
  ASSERT_EQ(body["listeners"].size(), 2U);
  EXPECT_EQ(body["listeners"][0]["pid"], 12);
  EXPECT_EQ(body["listeners"][0]["service"], "kite");
  EXPECT_EQ(body["listeners"][1]["pid"], 53);
  EXPECT_TRUE(body["listeners"][1]["service"].is_null());
  EXPECT_EQ(body["listener"], body["listeners"][0]);
  EXPECT_EQ(body["assigned_to"], "kite");
}

TEST_F(PortLookup, AServiceThatIsNotRegisteredIsNamedToo) {
  client.run("heron", 8021);
  probe.occupy(8021, "herond", 13);
  ASSERT_TRUE(watch.settle());
  EXPECT_EQ(get("/api/ports/8021").body["listener"]["service"], "heron");
}

TEST_F(PortLookup, UdpIsAnotherPort) {
  probe.add(udp_listener(8022));
  EXPECT_TRUE(get("/api/ports/8022").body["listener"].is_null());
  const auto body = get("/api/ports/8022", {{"protocol", "udp"}}).body;
  EXPECT_EQ(body["protocol"], "udp");
  EXPECT_EQ(body["listener"]["process"], "named");
  const auto refused = get("/api/ports/8022", {{"protocol", "sctp"}});
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.body["field"], "protocol");
}

TEST_F(PortLookup, ConnectionsAreListed) {
  probe.connect(8023, {"127.0.0.1:8023", "10.0.0.7:443", "ESTAB", 77, "curl"});
  const auto body = get("/api/ports/8023").body;
  EXPECT_EQ(body["connection_count"], 1);
  EXPECT_EQ(body["connections"][0]["remote"], "10.0.0.7:443");
}

TEST_F(PortLookup, AHeldPortIsReservedAndBound) {
  ASSERT_EQ(post("/api/ports/reserve", R"({"port": 8024, "hold": true})").status(), 200);
  const auto body = get("/api/ports/8024").body;
  EXPECT_EQ(body["held"], true);
  EXPECT_EQ(body["reservation"]["bound"], true);
  reserve(8025);
  EXPECT_EQ(get("/api/ports/8025").body["reserved"], true);
  EXPECT_EQ(get("/api/ports/8025").body["held"], false);
}

TEST_F(PortLookup, ConflictsOfThePortAlone) {
  have("kite", 8026);
  have("wren", 8026);
  have("swan", 8027);
  have("tern", 8027);
  const auto conflicts = get("/api/ports/8026").body["conflicts"];
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0]["services"], Json::parse(R"(["kite", "wren"])"));
  EXPECT_EQ(conflicts[0]["resolvable"], true);
}

TEST_F(PortLookup, WhatCannotBeSeenIsSaid) {
  EXPECT_FALSE(get("/api/ports/8028").body.contains("visibility"));
  probe.set_sight({.source = "/proc/net", .advice = "Give it CAP_SYS_PTRACE."});
  EXPECT_EQ(get("/api/ports/8028").body["visibility"], "Give it CAP_SYS_PTRACE.");
}

TEST_F(PortLookup, APortThatRestsIsAvailableWithANote) {
  give_and_release("kite", 8030);
  clock.advance(std::chrono::seconds(12));
  const auto body = get("/api/ports/8030/available").body;
  EXPECT_EQ(body["available"], true);
  EXPECT_FALSE(body.contains("reason"));
  EXPECT_THAT(body["note"].get<std::string>(), HasSubstr("another 48 s"));
  EXPECT_EQ(get("/api/ports/8030").body["released_at"], to_rfc3339(ManualClock::start));
  clock.advance(std::chrono::seconds(48));
  EXPECT_EQ(get("/api/ports/8030/available").text(),
            R"({"success":true,"port":8030,"protocol":"tcp","available":true})");
}

TEST_F(PortLookup, AnEphemeralPortIsAvailableWithANote) {
  probe.set_ephemeral(EphemeralPorts::from("8040 8050", "8041").value());
  const auto body = get("/api/ports/8040/available").body;
  EXPECT_EQ(body["available"], true);
  EXPECT_THAT(body["note"].get<std::string>(), HasSubstr("ip_local_port_range 8040-8050"));
  EXPECT_EQ(get("/api/ports/8040").body["ephemeral"], true);
  EXPECT_FALSE(get("/api/ports/8041/available").body.contains("note"));
  EXPECT_EQ(get("/api/ports/8041").body["ephemeral"], false);
}

TEST_F(PortLookup, APortThatIsNotAvailableHasAReasonAndNoNote) {
  give_and_release("kite", 8031);
  probe.occupy(8031, "nginx", 4711);
  const auto body = get("/api/ports/8031/available").body;
  EXPECT_EQ(body["available"], false);
  EXPECT_THAT(body["reason"].get<std::string>(), HasSubstr("nginx (pid 4711)"));
  EXPECT_FALSE(body.contains("note"));
  EXPECT_EQ(get("/api/ports/8031/available", {{"protocol", "udp"}}).body["available"], true);
  EXPECT_EQ(get("/api/ports/8031/available", {{"protocol", "sctp"}}).status(), 400);
}

}  // namespace
}  // namespace pm::test
