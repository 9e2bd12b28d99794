#include "cli/doctor_facts.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "app/rfc3339.h"
#include "support/temp_folder.h"
#include "support/test_socket.h"

namespace pm {
namespace {

TEST(HttpDate, IsATimestamp) {
  EXPECT_EQ(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), from_rfc3339("1994-11-06T08:49:37Z"));
  EXPECT_EQ(http_date("today"), std::nullopt);
  EXPECT_EQ(http_date(""), std::nullopt);
}

TEST(DoctorFacts, OfAServerThatIsNotThereAreTheFilesAlone) {
  const test::TempFolder folder;
  const auto token = folder.path() / "token";
  std::ofstream(token) << "secret";
  ::chmod(token.c_str(), 0640);
  test::TestSocket bound("127.0.0.1", SOCK_STREAM);
  bound.bind("127.0.0.1", 0);
  const auto api =
      ApiClient::make({"http://127.0.0.1:" + std::to_string(bound.port()), token.string(), ""});
  std::filesystem::path inspected;
  const auto facts =
      collect_facts(*api, {.data_dir = folder.path().string(),
                           .token_file = token.string(),
                           .program_version = "1",
                           .inspect_database = [&](const auto& path) -> Expected<void> {
                             inspected = path;
                             return fail(ErrorCode::not_found, "None.");
                           },
                           .find_lock_holder = [&](const auto& path) -> std::optional<std::string> {
                             EXPECT_EQ(path, inspected) << "once its inspection is over";
                             return "somebody";
                           }});
  EXPECT_EQ(facts.locked_by, "somebody");
  EXPECT_THAT(facts.not_reached, testing::HasSubstr("nobody listens"));
  EXPECT_FALSE(facts.health);
  EXPECT_FALSE(facts.asked_for_update_port);
  EXPECT_EQ(facts.token_file->mode, 0640U);
  EXPECT_TRUE(facts.data_folder);
  EXPECT_FALSE(facts.database_file);
  EXPECT_EQ(inspected, folder.path() / "portmanager.db");
  EXPECT_FALSE(facts.database);
}

}  // namespace
}  // namespace pm
