#include "cli/doctor_checks.h"

#include <gmock/gmock.h>

#include <functional>
#include <random>

#include "cli/doctor_support.h"

namespace pm::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(DoctorChecks, WhereNothingIsWrongAllIsOk) {
  const auto findings = examine(healthy_facts());
  EXPECT_EQ(findings.size(), 18U);
  for (const auto& finding : findings) {
    EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.found;
    EXPECT_THAT(finding.mend, IsEmpty()) << finding.check;
    EXPECT_THAT(finding.found, testing::EndsWith(".")) << finding.check;
  }
}

TEST(DoctorChecks, AServerThatIsNotThereIsTheOneFailure) {
  DoctorFacts facts;
  facts.url = "http://127.0.0.1:1";
  facts.not_reached = "nobody listens";
  for (const auto& finding : examine(facts)) {
    const bool is_server = finding.check == "server";
    EXPECT_EQ(finding.verdict, is_server ? Verdict::failure : Verdict::unknown) << finding.check;
  }
  EXPECT_THAT(finding_of(facts, "server").found, HasSubstr("nobody listens"));
  EXPECT_THAT(finding_of(facts, "server").mend, HasSubstr("portmanager serve"));
}

/// A fault, and what is to be found of it.
struct Fault {
  const char* check;
  Verdict verdict;
  const char* found;
  std::function<void(DoctorFacts&)> plant;
};

class DoctorFaults : public testing::TestWithParam<Fault> {};

TEST_P(DoctorFaults, AreFoundAndCanBeMended) {
  const auto& fault = GetParam();
  auto facts = healthy_facts();
  fault.plant(facts);
  for (const auto& finding : examine(facts)) {
    if (finding.check == fault.check) {
      EXPECT_EQ(finding.verdict, fault.verdict) << finding.found;
      EXPECT_THAT(finding.found, HasSubstr(fault.found));
      EXPECT_THAT(finding.mend, Not(IsEmpty()));
    } else {
      EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.found;
    }
  }
}

std::function<void(DoctorFacts&)> serving(const char* member, Json value) {
  return [=](DoctorFacts& facts) { (*facts.health)["serving"][member] = value; };
}

std::function<void(DoctorFacts&)> health(const char* member, const char* json) {
  return [=](DoctorFacts& facts) { (*facts.health)[member].update(Json::parse(json)); };
}

Timestamp time_of(const char* text) {
  return *from_rfc3339(text);
}

INSTANTIATE_TEST_SUITE_P(
    Server, DoctorFaults,
    testing::Values(
        Fault{"server", Verdict::warning, "This program is 2.0.0",
              [](DoctorFacts& facts) { facts.program_version = "2.0.0"; }},
        Fault{"exposure", Verdict::failure, "listens on 0.0.0.0", serving("host", "0.0.0.0")},
        Fault{"exposure", Verdict::failure, "listens on ::", serving("host", "::")},
        Fault{"clock", Verdict::failure, "2 h apart",
              [](DoctorFacts& facts) { facts.server_time = time_of("2026-03-01T11:30:00Z"); }},
        Fault{"clock", Verdict::failure, "stands at 1970-01-01",
              [](DoctorFacts& facts) {
                facts.now = *(facts.server_time = Timestamp(std::chrono::hours(1)));
                facts.backups =
                    Json::parse(R"({"backups": [{"created_at": "1970-01-01T00:00:00Z"}]})");
              }},
        Fault{"clock", Verdict::warning, "30 s apart",
              [](DoctorFacts& facts) { facts.now -= std::chrono::seconds(30); }},
        Fault{"clock", Verdict::failure, "from the future: 2031-01-01",
              [](DoctorFacts& facts) {
                (*facts.services)["services"][0]["registered_at"] = "2031-01-01T00:00:00Z";
              }},
        Fault{"open-files", Verdict::failure, "512 files", serving("open_files_limit", 512)},
        Fault{"open-files", Verdict::warning, "2048 files", serving("open_files_limit", 2048)},
        Fault{"kernel", Verdict::warning, "3 have no process",
              [](DoctorFacts& facts) {
                auto& kernel = (*facts.health)["components"]["kernel"];
                kernel["without_owner"] = 3;
                kernel["advice"] = "Run it as root.";
              }},
        Fault{"ephemeral", Verdict::failure, "1001 ports, the kernel may take 1001",
              health("ephemeral_ports", R"({"range": [1024, 60999]})")},
        Fault{"ephemeral", Verdict::warning, "the kernel may take 501",
              health("ephemeral_ports", R"({"range": [8500, 60999]})")},
        Fault{"storage", Verdict::failure, "10 MiB are free",
              serving("free_bytes", 10 * 1024 * 1024)},
        Fault{"storage", Verdict::warning, "500 MiB are free",
              serving("free_bytes", 500 * 1024 * 1024)},
        Fault{"storage", Verdict::warning, "log 300 MiB", serving("wal_bytes", 300 * 1024 * 1024)},
        Fault{"upstream", Verdict::warning, "hub is away: refused",
              [](DoctorFacts& facts) {
                auto& hub = (*facts.upstream)["upstreams"][0];
                hub["state"] = "away";
                hub["last_error"] = "refused";
              }},
        Fault{"upstream", Verdict::warning, "2 events could not be delivered to hub",
              [](DoctorFacts& facts) {
                (*facts.upstream)["upstreams"][0]["backlog"]["given_up"] = 2;
              }}));

INSTANTIATE_TEST_SUITE_P(
    Registry, DoctorFaults,
    testing::Values(
        Fault{"range", Verdict::failure, "0 of 1001 ports",
              health("statistics", R"({"available_ports": 0})")},
        Fault{"range", Verdict::warning, "100 of 1001 ports",
              health("statistics", R"({"available_ports": 100})")},
        Fault{"moves", Verdict::failure, "1 move under way, the oldest for 30 min",
              health("moves", R"({"pending": 1, "oldest_at": "2026-03-01T09:00:00Z"})")},
        Fault{
            "conflicts", Verdict::failure, "1 conflict: duplicate_assignment at port 8000",
            [](DoctorFacts& facts) {
              facts.conflicts = Json::parse(
                  R"({"conflicts": [{"type": "duplicate_assignment", "port": 8000, "severity": "high"}]})");
            }},
        Fault{"conflicts", Verdict::warning, "1 conflict: drift at port 8000",
              [](DoctorFacts& facts) {
                facts.conflicts = Json::parse(
                    R"({"conflicts": [{"type": "drift", "port": 8000, "severity": "medium"}]})");
              }},
        Fault{"services", Verdict::warning, "1 of 1 service unhealthy: alpha",
              [](DoctorFacts& facts) { (*facts.services)["services"][0]["status"] = "unhealthy"; }},
        Fault{"update-port", Verdict::warning, "1 of 1 healthy service cannot be moved",
              [](DoctorFacts& facts) { facts.without_update_port = {"alpha"}; }},
        Fault{"reservations", Verdict::failure, "taken by another: port 8050",
              [](DoctorFacts& facts) { (*facts.reserved)["reserved"][0]["bound"] = false; }},
        Fault{"backups", Verdict::warning, "There is no backup",
              [](DoctorFacts& facts) { facts.backups = Json::parse(R"({"backups": []})"); }},
        Fault{"backups", Verdict::warning, "9 d old", [](DoctorFacts& facts) {
                (*facts.backups)["backups"][0]["created_at"] = "2026-02-20T09:30:00Z";
              }}));

INSTANTIATE_TEST_SUITE_P(
    Files, DoctorFaults,
    testing::Values(Fault{"token-file", Verdict::warning, "may read /etc/token",
                          [](DoctorFacts& facts) { facts.token_file->mode = 0640; }},
                    Fault{"database", Verdict::failure,
                          "locked, and changes fail: sqlite3 (process 7).",
                          [](DoctorFacts& facts) {
                            facts.database = fail(ErrorCode::storage_failed, "It cannot be read.");
                            facts.locked_by = "sqlite3 (process 7)";
                          }},
                    Fault{"database", Verdict::failure, "is damaged",
                          [](DoctorFacts& facts) {
                            facts.database =
                                fail(ErrorCode::storage_failed, "The file is damaged.");
                          }},
                    Fault{"permissions", Verdict::failure, "may write /data.",
                          [](DoctorFacts& facts) { facts.data_folder->mode = 0777; }},
                    Fault{"permissions", Verdict::failure, "may write /data/portmanager.db",
                          [](DoctorFacts& facts) { facts.database_file->mode = 0666; }},
                    Fault{"permissions", Verdict::warning, "different owners",
                          [](DoctorFacts& facts) { facts.database_file->owner = 7; }}));

TEST(DoctorChecks, ATokenMakesAnOpenAddressSafe) {
  auto facts = healthy_facts();
  (*facts.health)["serving"]["host"] = "0.0.0.0";
  (*facts.health)["serving"]["token_required"] = true;
  EXPECT_EQ(finding_of(facts, "exposure").verdict, Verdict::ok);
}

TEST(DoctorChecks, PortsReservedInTheKernelAreSafe) {
  auto facts = healthy_facts();
  (*facts.health)["ephemeral_ports"] =
      Json::parse(R"({"range": [1024, 60999], "reserved": "8000-9000"})");
  EXPECT_EQ(finding_of(facts, "ephemeral").verdict, Verdict::ok);
}

TEST(DoctorChecks, AMoveThatHasJustBegunIsNoFault) {
  auto facts = healthy_facts();
  (*facts.health)["moves"] = Json::parse(R"({"pending": 2, "oldest_at": "2026-03-01T09:29:00Z"})");
  EXPECT_EQ(finding_of(facts, "moves").verdict, Verdict::ok);
}

TEST(DoctorChecks, AServerOfAnotherVersionLeavesThingsUnknown) {
  auto facts = healthy_facts();
  facts.health = Json::parse(R"({"version": "1.2.3", "uptime": 1})");
  facts.upstream.reset();
  facts.asked_for_update_port.reset();
  for (const char* check : {"exposure", "open-files", "kernel", "ephemeral", "storage", "upstream",
                            "range", "moves", "update-port"}) {
    EXPECT_EQ(finding_of(facts, check).verdict, Verdict::unknown) << check;
  }
}

TEST(DoctorChecks, WithoutADataFolderItsChecksAreLeftOut) {
  auto facts = healthy_facts();
  facts.data_dir.clear();
  facts.token_file.reset();
  EXPECT_EQ(examine(facts).size(), 15U);
}

/// Whatever a server answers, it is judged, and never by an exception.
TEST(DoctorChecks, TakeWhateverIsAnswered) {
  std::mt19937 random(5);
  const std::vector<Json> odd = {
      Json(),         Json(7),
      Json("x"),      Json(-1.5),
      Json::array(),  Json::array({1, "x", nullptr}),
      Json::object(), Json::parse(R"({"kernel": 7, "range": [1], "host": []})")};
  const auto any = [&] {
    return odd[std::uniform_int_distribution<std::size_t>(0, odd.size() - 1)(random)];
  };
  for (int round = 0; round < 500; ++round) {
    auto facts = healthy_facts();
    for (auto* answer : {&facts.health, &facts.services, &facts.conflicts, &facts.reserved,
                         &facts.backups, &facts.upstream}) {
      for (auto& [name, member] : (*answer)->items()) {
        if (random() % 2 == 0) member = any();
        if (member.is_object() && !member.empty() && random() % 2 == 0)
          member.begin().value() = any();
      }
    }
    EXPECT_EQ(examine(facts).size(), 18U);
  }
}

TEST(InWords, IsTheLargestWholeUnit) {
  EXPECT_EQ(in_words(std::chrono::seconds(0)), "0 s");
  EXPECT_EQ(in_words(std::chrono::seconds(59)), "59 s");
  EXPECT_EQ(in_words(std::chrono::seconds(60)), "1 min");
  EXPECT_EQ(in_words(std::chrono::hours(47)), "1 d");
  EXPECT_EQ(in_words(std::chrono::seconds(-5)), "0 s");
}

TEST(SomeOf, NamesFive) {
  EXPECT_EQ(some_of({}), "");
  EXPECT_EQ(some_of({"a", "b"}), "a, b");
  EXPECT_EQ(some_of({"a", "b", "c", "d", "e", "f", "g"}), "a, b, c, d, e and 2 more");
}

}  // namespace
}  // namespace pm::test
