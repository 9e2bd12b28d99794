#include <gmock/gmock.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

class PortRoutes : public testing::Test, public ApiWorld {
 protected:
  static HistoryEvent move_of_kite() {
    HistoryEvent event;
    event.history_id = 12;
    event.service_id = "kite";
    event.host = local_host;
    event.protocol = Protocol::udp;
    event.action = HistoryAction::reassign;
    event.old_port = Port::clamped(8000);
    event.new_port = Port::clamped(8001);
    event.context = context_by("ada");
    event.revision = 3;
    return event;
  }
  static ChangeContext context_by(const std::string& actor) {
    return {actor, "a test", "req-1", ManualClock::start};
  }
};

TEST_F(PortRoutes, TheHistoryOfAllNamesTheServices) {
  store.history_page = {{move_of_kite()}, 12};
  const auto body = get("/api/ports/history").body;
  ASSERT_EQ(body["events"].size(), 1U);
  const auto& event = body["events"][0];
  EXPECT_EQ(event["service_id"], "kite");
  EXPECT_EQ(event["host"], local_host);
  EXPECT_EQ(event["protocol"], "udp");
  EXPECT_EQ(event["action"], "reassign");
  EXPECT_EQ(event["actor"], "ada");
  EXPECT_EQ(event["old_port"], 8000);
  EXPECT_EQ(body["next_cursor"], 12);
}

TEST_F(PortRoutes, TheHistoryOfAllIsAskedForAsTheQuerySays) {
  EXPECT_EQ(get("/api/ports/history").body["next_cursor"], nullptr);
  EXPECT_EQ(store.asked.limit, 100);
  EXPECT_EQ(store.asked.before, std::nullopt);
  EXPECT_EQ(store.asked.filter.port, std::nullopt);
  EXPECT_EQ(store.asked.filter.since, std::nullopt);
  get("/api/ports/history",
      {{"port", "8001"}, {"since", "2026-01-31T12:00:00Z"}, {"limit", "7"}, {"cursor", "41"}});
  EXPECT_EQ(store.asked.limit, 7);
  EXPECT_EQ(store.asked.before, 41);
  EXPECT_EQ(store.asked.filter.port, Port::clamped(8001));
  EXPECT_EQ(store.asked.filter.since, from_rfc3339("2026-01-31T12:00:00Z"));
}

TEST_F(PortRoutes, AQueryOfTheHistoryThatIsNoneIsRefused) {
  for (const auto& [name, value] :
       Pairs{{"port", "80"}, {"since", "yesterday"}, {"limit", "0"}, {"cursor", "-1"}}) {
    const auto answer = get("/api/ports/history", {{name, value}});
    EXPECT_EQ(answer.status(), 400) << name;
    EXPECT_EQ(answer.body["field"], name);
  }
}

}  // namespace
}  // namespace pm::test
