#include <gtest/gtest.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

class MoveRoutes : public testing::Test, public ApiWorld {};

TEST_F(MoveRoutes, AStrangerIsInTheConflict) {
  have("kite", 8020);
  client.run("hornet", 8020);
  probe.occupy(8020, "hornetd", 66);
  ASSERT_TRUE(watch.settle());
  const auto body = get("/api/ports/conflicts").body;
  ASSERT_EQ(body["count"], 1);
  const auto& conflict = body["conflicts"][0];
  EXPECT_EQ(conflict["type"], "system_conflict");
  EXPECT_EQ(conflict["service"], "kite");
  EXPECT_EQ(conflict["listener"]["pid"], 66);
  EXPECT_EQ(conflict["resolvable"], true);
}

TEST_F(MoveRoutes, APlanSaysWhatItWouldDoAndWhy) {
  have("kite", 8020);
  have("wren", 8020);
  const auto before = store.snapshot()->revision();
  const auto body = post("/api/ports/resolve-conflicts", R"({"dry_run": true})").body;
  EXPECT_EQ(body["dry_run"], true);
  ASSERT_EQ(body["count"], 1);
  const auto& step = body["resolutions"][0];
  EXPECT_EQ(step["service"], "wren");
  EXPECT_EQ(step["service_id"], "wren");
  EXPECT_EQ(step["old_port"], 8020);
  EXPECT_EQ(step["new_port"], 8000);
  EXPECT_EQ(step["success"], true);
  EXPECT_EQ(step["action"], "move");
  EXPECT_EQ(step["why"], "kite keeps the port");
  EXPECT_EQ(store.snapshot()->revision(), before);
}

TEST_F(MoveRoutes, ABulkUpdateCanBeTriedOut) {
  have("kite", 8020);
  have("wren", 8021);
  const auto before = store.snapshot()->revision();
  const auto body = post("/api/ports/bulk-update",
                         R"({"updates": {"kite": 8021, "wren": 8020}, "dry_run": true})")
                        .body;
  EXPECT_EQ(body["dry_run"], true);
  EXPECT_EQ(body["total"], 2);
  EXPECT_EQ(body["successful"], 2);
  EXPECT_EQ(body["results"][0]["message"],
            "Dry run: kite would move from port 8020 to 8021, through spare port 8000.");
  EXPECT_EQ(store.snapshot()->revision(), before);
  EXPECT_EQ(port_of("kite"), 8020);

  const auto refused =
      post("/api/ports/bulk-update", R"({"updates": {"kite": 8021}, "dry_run": true})");
  EXPECT_EQ(refused.status(), 409);
  EXPECT_EQ(refused.body["code"], "port_taken");
}

TEST_F(MoveRoutes, AServiceThatIsElsewhereIsFollowed) {
  have("kite", 8020);
  client.run("kite", 8021);
  probe.occupy(8021, "kited", 12);
  ASSERT_TRUE(watch.settle());
  EXPECT_EQ(get("/api/ports/conflicts").body["conflicts"][0]["actual_port"], 8021);
  const auto body = post("/api/ports/resolve-conflicts").body;
  ASSERT_EQ(body["count"], 1);
  EXPECT_EQ(body["resolutions"][0]["action"], "adopt");
  EXPECT_EQ(body["resolutions"][0]["success"], true);
  EXPECT_EQ(port_of("kite"), 8021);
  EXPECT_EQ(get("/api/ports/conflicts").body["count"], 0);
}

TEST_F(MoveRoutes, OneServiceIsMovedForTheAgent) {
  have("kite", 8020);
  have("wren", 8020);
  const auto moved =
      post("/api/ports/resolve-conflict", R"({"service_name": "wren", "current_port": 8020})");
  EXPECT_EQ(moved.body["new_port"], 8000);
  EXPECT_EQ(port_of("wren"), 8000);
  const auto again =
      post("/api/ports/resolve-conflict", R"({"service_name": "wren", "current_port": 8000})");
  EXPECT_EQ(again.status(), 404);
}

}  // namespace
}  // namespace pm::test
