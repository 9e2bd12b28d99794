#include <gmock/gmock.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

using testing::HasSubstr;

class ServiceRoutes : public testing::Test, public ApiWorld {
 protected:
  /// A process that answers as that service and that the kernel shows.
  void run(const std::string& identity, int port, int pid) {
    client.run(identity, port);
    probe.occupy(port, identity + "d", pid);
  }
  Json discovered(const std::string& service_id) {
    const auto body = get("/api/services/discover").body;
    for (const auto& service : body["services"]) {
      if (service["service_id"] == service_id) return service;
    }
    return nullptr;
  }
};

TEST_F(ServiceRoutes, AServiceThatIsNotSeenListensNowhere) {
  have("kite", 8020);
  const auto service = get("/api/services/kite").body["service"];
  EXPECT_EQ(service["port"], 8020);
  EXPECT_EQ(service["listening"], Json::array());
  EXPECT_TRUE(service["identity"].is_null());
  EXPECT_EQ(get("/api/services/wren").status(), 404);
}

TEST_F(ServiceRoutes, AServiceIsToldWithTheProcessThatItIs) {
  have("kite", 8020);
  run("kite", 8020, 12);
  ASSERT_TRUE(watch.settle());
  const auto service = get("/api/services/kite").body["service"];
  ASSERT_EQ(service["listening"].size(), 1U);
  EXPECT_EQ(service["listening"][0]["pid"], 12);
  EXPECT_EQ(service["listening"][0]["port"], 8020);
  EXPECT_EQ(service["identity"]["pid"], 12);
  EXPECT_EQ(service["identity"]["executable"], "/usr/bin/kited");
}

TEST_F(ServiceRoutes, DiscoveryTellsOfARegisteredServiceWhatTheListOfServicesTells) {
  have("kite", 8020);
  run("kite", 8020, 12);
  const auto answer = get("/api/services/discover");
  EXPECT_EQ(answer.body["count"], 1);
  EXPECT_EQ(answer.body["warnings"], Json::array());
  const auto found = discovered("kite");
  const auto listed = get("/api/services").body["services"][0];
  for (const auto& [member, value] : listed.items()) EXPECT_EQ(found[member], value) << member;
  EXPECT_EQ(found["registered"], true);
  EXPECT_EQ(found["running"], true);
  EXPECT_EQ(found["sources"], Json::parse(R"(["registry", "listener"])"));
  EXPECT_EQ(found["listener"]["pid"], 12);
  EXPECT_FALSE(found.contains("offer"));
}

TEST_F(ServiceRoutes, ARegisteredServiceThatIsNotRunningIsSaidSo) {
  have("kite", 8020);
  const auto found = discovered("kite");
  EXPECT_EQ(found["running"], false);
  EXPECT_TRUE(found["listener"].is_null());
}

TEST_F(ServiceRoutes, AListenerThatIsNotRegisteredIsOfferedWhereItIs) {
  run("heron", 8021, 13);
  const auto found = discovered("heron");
  EXPECT_EQ(found["registered"], false);
  EXPECT_EQ(found["port"], 8021);
  EXPECT_TRUE(found["registered_at"].is_null());
  EXPECT_THAT(
      found["offer"].get<std::string>(),
      HasSubstr(R"(POST /api/services/register {"service_id":"heron","current_port":8021})"));
  EXPECT_EQ(get("/api/services").body["count"], 0);
  EXPECT_EQ(
      post("/api/services/register", R"({"service_id":"heron","current_port":8021})").status(),
      200);
  EXPECT_EQ(discovered("heron")["registered"], true);
}

TEST_F(ServiceRoutes, AListenerOnAPortThatItMayNotHaveIsOfferedAnother) {
  have("kite", 8021);
  run("heron", 8021, 13);
  const auto offer = discovered("heron")["offer"].get<std::string>();
  EXPECT_THAT(offer, HasSubstr(R"({"service_id":"heron"} gives it another port than 8021)"));
  EXPECT_THAT(offer, HasSubstr("assigned to kite"));
}

TEST_F(ServiceRoutes, ThePortManagerIsNotOfferedToItself) {
  probe.occupy(9100, "portmanager", own_pid);
  const auto found = discovered(store.snapshot()->config().self_id);
  EXPECT_EQ(found["registered"], false);
  EXPECT_THAT(found["offer"].get<std::string>(), HasSubstr("the Port Manager itself"));
  EXPECT_THAT(found["offer"].get<std::string>(), testing::Not(HasSubstr("POST")));
}

TEST_F(ServiceRoutes, AServiceOfTheHubIsOfferedOnItsHost) {
  hub.configured = true;
  hub.listed = {{"swan", "Swan", "10.0.0.7", Port::clamped(8022), ""},
                {"tern", "Tern", "", std::nullopt, ""}};
  const auto swan = discovered("swan");
  EXPECT_EQ(swan["name"], "Swan");
  EXPECT_EQ(swan["sources"], Json::parse(R"(["hub"])"));
  EXPECT_THAT(swan["offer"].get<std::string>(),
              HasSubstr(R"({"service_id":"swan","host":"10.0.0.7","port":8022})"));
  EXPECT_THAT(discovered("tern")["offer"].get<std::string>(),
              HasSubstr(R"({"service_id":"tern"} registers it and gives it a port)"));
}

TEST_F(ServiceRoutes, ANameThatIsNoServiceIdIsNotOfferedAsOne) {
  run("a heron", 8021, 13);
  const auto offer = discovered("a heron")["offer"].get<std::string>();
  EXPECT_THAT(offer, HasSubstr("no service id"));
  EXPECT_THAT(offer, testing::Not(HasSubstr("a heron")));
}

TEST_F(ServiceRoutes, ASourceThatCannotBeAskedIsAWarning) {
  hub.configured = true;
  hub.error = Error{ErrorCode::service_unreachable, "Hub cannot be reached.", ""};
  const auto answer = get("/api/services/discover");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body["warnings"], Json::parse(R"(["Hub cannot be reached."])"));
}

TEST_F(ServiceRoutes, DiscoveryDoesNotRunOnAThreadThatServesConnections) {
  EXPECT_EQ(lane("/api/services/discover"), Lane::health);
}

}  // namespace
}  // namespace pm::test
