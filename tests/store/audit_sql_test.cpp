#include <gtest/gtest.h>
#include <stdio.h>

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "domain/assignment_rules.h"
#include "domain/move_rules.h"
#include "store_support.h"

namespace pm::test {
namespace {

/// Runs the real sqlite3 on files of sql/audit/ while a store has the database open.
class AuditSqlTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto give = [](const char* id, int port, bool force) {
      return [=](Draft& draft) -> Expected<void> {
        return assign(draft, {id, tcp(port), force}).map([](const auto&) {});
      };
    };
    commit("alice", 1, give("web", 8001, false));
    commit("bob", 2, give("db", 8001, true));
    commit("carol", 3, [](Draft& draft) -> Expected<void> {
      return release(draft, "web").map([](const auto&) {});
    });
    commit("dave", 4, [](Draft& draft) -> Expected<void> {
      return begin_move(draft, "db", Port::clamped(8005), false).map([](const auto&) {});
    });
    commit("dave", 5, [](Draft& draft) -> Expected<void> {
      return roll_back_move(draft, 1, "It did not come up.").map([](const auto&) {});
    });
    commit("erin", 6, give("far", 9500, true));
    commit("", 7, rule_of({OpenConflict{squatted(11, "db", 8001)}}));
    auto over = squatted(12, "db", 8002);
    over.listener = unseen_on(8002);
    commit("", 8, rule_of({OpenConflict{over}}));
    over.resolved_at = at_second(9);
    over.resolution = "It has gone.";
    commit("frank", 9, rule_of({CloseConflict{over}}));
  }
  void commit(const std::string& actor, int seconds, Store::Rule rule) {
    const auto committed = store_->commit(context_of(actor, seconds), std::move(rule));
    ASSERT_TRUE(committed) << committed.error().message;
  }

  /// One of whom the kernel says no more than the user.
  static Listener unseen_on(int port) {
    Listener listener;
    listener.address = "::";
    listener.port = Port::clamped(port);
    listener.user = "postgres";
    return listener;
  }

  /// What sqlite3 prints, errors too. `parameters`: as `.parameter set` takes them.
  std::string audit(const std::string& name, const std::vector<std::string>& parameters = {}) {
    auto command = "sqlite3 -batch -readonly '" + folder_.database().string() + "'";
    for (const auto& each : parameters) command += " -cmd \".parameter set " + each + "\"";
    command += " < '" PM_SOURCE_DIR "/sql/audit/" + name + ".sql' 2>&1";
    const auto close = [](FILE* pipe) { ::pclose(pipe); };
    const std::unique_ptr<FILE, decltype(close)> pipe(::popen(command.c_str(), "r"), close);
    if (!pipe) throw std::runtime_error("sqlite3 does not start");
    std::string output;
    std::array<char, 4096> buffer{};
    while (const auto count = ::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
      output.append(buffer.data(), count);
    }
    return output;
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
  /// The first one that has the part.
  static std::string line_with(const std::string& text, const std::string& part) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (has(line, part)) return line;
    }
    return "";
  }
  /// Rows without the two lines of the header.
  static long rows(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n') - 2;
  }

  StoreFolder folder_;
  std::unique_ptr<SqliteStore> store_{
      open_store(folder_.database(), {.outbox_targets = {"hub", "ninja"}})};
};

/// The outbox after SetUp(): for Hub the odd ids, for Ninja the even ones.
class AuditSqlOutboxTest : public AuditSqlTest {
 protected:
  void settle(std::int64_t outbox_id, OutboxOutcome::Kind kind, const std::string& error) {
    const OutboxOutcome outcome{outbox_id, kind, at_second(10), at_second(70), error};
    ASSERT_TRUE(store_->outbox().settle({outcome}));
  }
};

TEST_F(AuditSqlTest, AssignmentsNow) {
  const auto text = audit("assignments_now");
  EXPECT_EQ(rows(text), 2) << text;
  EXPECT_TRUE(has(text, "8001  tcp")) << text;
  const auto heir = line_with(text, "db");
  EXPECT_TRUE(has(heir, "bob")) << "carol only gave up her claim to it:\n" << text;
  EXPECT_TRUE(has(heir, "2026-11-22T20:00:02.123Z")) << text;
  EXPECT_TRUE(has(text, "holder")) << text;
}

TEST_F(AuditSqlTest, PortTimeline) {
  const auto text = audit("port_timeline", {"@port 8001"});
  const std::array in_order{"taken (assign)", "bob",    "opened (duplicate_assignment)",
                            "left (release)", "closed", "kept (move_failed)"};
  std::size_t from = 0;
  for (const auto* part : in_order) {
    from = text.find(part, from);
    ASSERT_NE(from, std::string::npos) << part << " in\n" << text;
  }
  EXPECT_FALSE(has(text, "9500")) << text;
  EXPECT_TRUE(has(audit("port_timeline"), "9500"));
}

TEST_F(AuditSqlTest, PortHolderAt) {
  const auto contested = audit("port_holder_at", {"@port 8001", "@at '2026-11-22T20:00:02.500Z'"});
  EXPECT_EQ(rows(contested), 2) << contested;
  const auto first = audit("port_holder_at", {"@port 8001", "@at '2026-11-22T20:00:01.500Z'"});
  EXPECT_EQ(rows(first), 1) << first;
  EXPECT_TRUE(has(first, "web")) << first;
  const auto now = audit("port_holder_at", {"@port 8001"});
  EXPECT_EQ(rows(now), 1) << now;
  EXPECT_TRUE(has(now, "db")) << now;
  EXPECT_EQ(rows(audit("port_holder_at")), 2);
  EXPECT_EQ(audit("port_holder_at", {"@at '2026-11-22T19:00:00.000Z'"}), "");
}

TEST_F(AuditSqlTest, ChangesByActor) {
  const auto text = audit("changes_by_actor", {"@actor 'carol'"});
  EXPECT_EQ(rows(text), 1) << text;
  EXPECT_TRUE(has(text, "web: 8001 -> none")) << text;
  EXPECT_EQ(rows(audit("changes_by_actor")), 9);
}

TEST_F(AuditSqlTest, ConflictsOpenAndPast) {
  const auto open = audit("conflicts_open");
  EXPECT_EQ(rows(open), 2) << open;
  EXPECT_TRUE(has(open, "out_of_range")) << open;
  EXPECT_TRUE(has(open, "far")) << open;
  const auto past = audit("conflicts_past");
  EXPECT_EQ(rows(past), 2) << past;
  EXPECT_TRUE(has(past, "duplicate_assignment")) << past;
  EXPECT_TRUE(has(past, "web db")) << past;
  EXPECT_TRUE(has(past, "carol")) << past;
}

TEST_F(AuditSqlTest, ConflictsNameTheListener) {
  const auto open = audit("conflicts_open");
  EXPECT_TRUE(has(open, "nginx (pid 4711) on 0.0.0.0, port 8001")) << open;
  EXPECT_TRUE(has(open, "/usr/sbin/nginx")) << open;
  EXPECT_TRUE(has(open, "www-data")) << open;
  const auto past = audit("conflicts_past");
  EXPECT_TRUE(has(past, "a process that could not be seen on ::, port 8002")) << past;
  EXPECT_TRUE(has(past, "postgres")) << past;
}

TEST_F(AuditSqlTest, Squatters) {
  const auto text = audit("squatters");
  EXPECT_EQ(rows(text), 2) << text;
  EXPECT_FALSE(has(text, "out_of_range")) << text;
  const auto present = audit("squatters", {"@port 8001"});
  EXPECT_EQ(rows(present), 1) << present;
  for (const auto* part :
       {"8001", "db", "nginx", "4711", "/usr/sbin/nginx", "www-data", "nginx.service",
        "2026-11-22T19:59:30.123Z", "2026-11-22T20:00:01.123Z"}) {
    EXPECT_TRUE(has(present, part)) << part << " in\n" << present;
  }
  const auto over = audit("squatters", {"@port 8002"});
  EXPECT_EQ(rows(over), 1) << over;
  for (const auto* part : {"not visible", "postgres", "2026-11-22T20:00:09.123Z", "It has gone."}) {
    EXPECT_TRUE(has(over, part)) << part << " in\n" << over;
  }
}

TEST_F(AuditSqlTest, MovesFailed) {
  const auto text = audit("moves_failed");
  EXPECT_EQ(rows(text), 1) << text;
  EXPECT_TRUE(has(text, "It did not come up.")) << text;
  EXPECT_TRUE(has(text, "dave")) << text;
}

TEST_F(AuditSqlOutboxTest, OutboxWaiting) {
  settle(1, OutboxOutcome::Kind::retry, "Hub did not answer.");
  settle(2, OutboxOutcome::Kind::delivered, "");
  const auto text = audit("outbox_waiting");
  EXPECT_EQ(rows(text), 7) << text;
  const auto tried = line_with(text, "Hub did not answer.");
  for (const auto* part :
       {"2026-11-22T20:00:01.123Z", "2026-11-22T20:01:10.123Z", "alice", "req-1"}) {
    EXPECT_TRUE(has(tried, part)) << part << " in\n" << text;
  }
  const auto behind_it = line_with(text, "carol");
  EXPECT_TRUE(has(behind_it, "2026-11-22T20:00:03.123Z")) << text;
  EXPECT_EQ(behind_it.find("2026"), behind_it.rfind("2026")) << text;
}

TEST_F(AuditSqlOutboxTest, OutboxGivenUp) {
  EXPECT_EQ(audit("outbox_given_up"), "");
  settle(1, OutboxOutcome::Kind::given_up, "Hub knows no such service.");
  settle(2, OutboxOutcome::Kind::delivered, "");
  for (int port = 8002; port < 8005; ++port) {
    commit("grace", 20, rule_of({AnnouncePortChange{"web", std::nullopt, Port::clamped(port)}}));
  }
  ASSERT_EQ(store_->outbox().trim("ninja", {1, 10}).value(), 2);
  const auto text = audit("outbox_given_up");
  EXPECT_EQ(rows(text), 3) << text;
  for (const auto* part : {"given_up", "Hub knows no such service.", "alice", "because",
                           "2026-11-22T20:00:10.123Z", "superseded", "grace"}) {
    EXPECT_TRUE(has(text, part)) << part << " in\n" << text;
  }
}

}  // namespace
}  // namespace pm::test
