#include "upstream/hub_restart.h"

#include <gtest/gtest.h>

#include "scripted_upstream.h"
#include "support/manual_clock.h"

namespace pm {
namespace {

using test::ScriptedUpstream;
using namespace std::chrono_literals;

class HubRestartTest : public testing::Test {
 protected:
  static UpstreamChannel::Options options(const std::string& url) {
    UpstreamChannel::Options options;
    options.target = "hub";
    options.name = "Hub";
    options.url = url;
    options.circuit = {2, {1s, 4s}};
    return options;
  }

  ScriptedUpstream hub;
  test::ManualClock clock;
  UpstreamChannel channel{options(hub.url()), clock};
  HubRestart restart{channel, "/services/{service_id}/restart"};
};

TEST_F(HubRestartTest, AsksHub) {
  const auto reply = restart.restart("kite");
  EXPECT_TRUE(reply.accepted);
  EXPECT_EQ(reply.message, "Hub restarts it");
  ASSERT_EQ(hub.requests().size(), 1U);
  EXPECT_EQ(hub.requests()[0].path, "/services/kite/restart");
}

TEST_F(HubRestartTest, AYesIsTwoHundredAndNoWordAgainstIt) {
  for (const auto& [body, accepted] :
       {std::pair{"", true}, std::pair{"restarting", true}, std::pair{"{}", true},
        std::pair{R"({"success":true})", true}, std::pair{"[]", true},
        std::pair{R"({"success":false})", false}, std::pair{R"({"success":"true"})", false}}) {
    hub.answer_all({.status = 202, .body = body});
    EXPECT_EQ(restart.restart("kite").accepted, accepted) << body;
  }
}

TEST_F(HubRestartTest, ANoSaysWhy) {
  hub.answer_all({.status = 404});
  const auto reply = restart.restart("kite");
  EXPECT_FALSE(reply.accepted);
  EXPECT_EQ(reply.status, 404);
  EXPECT_NE(reply.message.find("HTTP 404"), std::string::npos);
}

TEST_F(HubRestartTest, AHubThatIsAwayIsNotAsked) {
  hub.answer_all({.close = true});
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(restart.restart("kite").accepted);
  EXPECT_EQ(hub.requests().size(), 2U);
}

}  // namespace
}  // namespace pm
