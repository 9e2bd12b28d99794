#include "exporters/file_config_archive.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <regex>
#include <set>
#include <thread>

#include "exporters/fixtures.h"

namespace pm {
namespace {

namespace fs = std::filesystem;
using std::string;
using test::TempFolder;
using test::write_text;

constexpr Timestamp at{std::chrono::milliseconds(1795377910123)};  // 2026-11-22 20:05:10.123
constexpr const char* empty_config = R"({"port_assignments":{}})";

Registry sample_registry() {
  auto registry = test::empty_registry();
  test::assign(registry, "legalai-pro", Port::clamped(8000));
  return registry;
}

TEST(FileConfigArchive, WritesReadsAndListsABackup) {
  const TempFolder folder;
  FileConfigArchive archive(folder / "deep/backups", empty_config);
  EXPECT_TRUE(archive.backups()->empty());

  const auto name = archive.write_backup(sample_registry(), at, "");
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, "port_config_backup_20261122_200510.json");
  const auto config = archive.read_backup(*name);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->port_assignments.at(0).first, "legalai-pro");
  EXPECT_EQ(config->unknown_members, "");

  const auto text = test::read_text(folder.path() / "deep/backups" / *name);
  EXPECT_NE(text.find("\"backup_timestamp\": \"2026-11-22T20:05:10Z\""), string::npos);
  const auto backups = archive.backups();
  ASSERT_EQ(backups->size(), 1U);
  EXPECT_EQ(backups->front().name, *name);
  EXPECT_EQ(backups->front().size, static_cast<std::int64_t>(text.size()));
  EXPECT_TRUE(std::regex_match(backups->front().sha256, std::regex("[0-9a-f]{64}")));
}

TEST(FileConfigArchive, TakesTheNextFreeSecond) {
  const TempFolder folder;
  FileConfigArchive archive(folder.path(), empty_config);
  write_text(folder / "port_config_backup_20261122_200511.json", "someone's");
  EXPECT_EQ(archive.write_backup(sample_registry(), at, ""),
            "port_config_backup_20261122_200510.json");
  EXPECT_EQ(archive.write_backup(sample_registry(), at, ""),
            "port_config_backup_20261122_200512.json");
  EXPECT_EQ(test::read_text(folder / "port_config_backup_20261122_200511.json"), "someone's");
}

TEST(FileConfigArchive, CustomNamesAreUsedAsTheyAreAndNeverOverwritten) {
  const TempFolder folder;
  FileConfigArchive archive(folder.path(), empty_config);
  for (const auto& name : {string("before the move"), string("a..b.json"), string("\xC3\xA4.json"),
                           string(200, 'x')}) {
    EXPECT_EQ(archive.write_backup(sample_registry(), at, name), name);
    const auto again = archive.write_backup(test::empty_registry(), at, name);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::already_exists);
    EXPECT_EQ(archive.read_backup(name)->port_assignments.size(), 1U);
  }
}

TEST(FileConfigArchive, RefusesNamesThatAreNotPlain) {
  const TempFolder folder;
  write_text(folder / "outside.json", empty_config);
  FileConfigArchive archive(folder / "backups", empty_config);
  ASSERT_TRUE(archive.write_backup(sample_registry(), at, ""));
  const auto absolute = (folder / "outside.json").string();
  for (const auto& name :
       {string("../outside.json"), absolute, string(".."), string("."), string(".hidden.json"),
        string("sub/x.json"), string("..\\outside.json"), string("a\\b"), string("a\nb.json"),
        string("a\0.json", 7), string("a\x7f"), string("\xFF.json"), string(201, 'x')}) {
    const auto read = archive.read_backup(name);
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_name) << name;
    EXPECT_EQ(read.error().field, "backup_file");
    EXPECT_EQ(archive.backup_text(name).error().code, ErrorCode::invalid_name) << name;
    const auto written = archive.write_backup(sample_registry(), at, name);
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().code, ErrorCode::invalid_name) << name;
  }
  EXPECT_EQ(archive.read_backup("").error().code, ErrorCode::invalid_name);
  EXPECT_EQ(folder.names(), (std::vector<string>{"backups", "outside.json"}));
}

TEST(FileConfigArchive, GivesTheBytesOfAFileThatIsNoConfigToo) {
  const TempFolder folder;
  write_text(folder / "broken.json", "{ \n kite");
  const FileConfigArchive archive(folder.path(), empty_config);
  EXPECT_EQ(archive.backup_text("broken.json"), "{ \n kite");
  const auto missing = archive.backup_text("missing.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find("broken.json"), string::npos);
}

TEST(FileConfigArchive, FollowsNoLinksAndOpensNoFolders) {
  const TempFolder folder;
  write_text(folder / "secret.json", empty_config);
  fs::create_directory(folder / "backups");
  fs::create_symlink("../secret.json", folder / "backups/link.json");
  fs::create_symlink("../nothing.json", folder / "backups/dangling.json");
  fs::create_directory(folder / "backups/folder.json");
  write_text(folder / "backups/.new-abc.json", "");
  FileConfigArchive archive(folder / "backups", empty_config);

  for (const auto* name : {"link.json", "dangling.json", "folder.json"}) {
    const auto read = archive.read_backup(name);
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_name) << name;
    const auto written = archive.write_backup(sample_registry(), at, name);
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().code, ErrorCode::already_exists) << name;
  }
  EXPECT_EQ(archive.backup_text("link.json").error().code, ErrorCode::invalid_name);
  EXPECT_NE(archive.read_backup("link.json").error().message.find("link"), string::npos);
  EXPECT_FALSE(fs::exists(folder / "nothing.json"));
  EXPECT_EQ(test::read_text(folder / "secret.json"), empty_config);
  EXPECT_TRUE(archive.backups()->empty());
}

TEST(FileConfigArchive, ABackupOfAnyNameIsListed) {
  const TempFolder folder;
  FileConfigArchive archive(folder.path(), empty_config);
  for (const auto* name : {"before the move", "b.json", "2026.bak"}) {
    ASSERT_TRUE(archive.write_backup(sample_registry(), at, name));
  }
  std::set<string> names;
  const auto listed = archive.backups();
  ASSERT_TRUE(listed);
  for (const auto& each : *listed) names.insert(each.name);
  EXPECT_EQ(names, (std::set<string>{"2026.bak", "b.json", "before the move"}));
}

TEST(FileConfigArchive, AMissingBackupNamesTheNewest) {
  const TempFolder folder;
  FileConfigArchive archive(folder.path(), empty_config);
  EXPECT_EQ(archive.read_backup("x.json").error().code, ErrorCode::not_found);
  const auto name = archive.write_backup(sample_registry(), at, "");
  const auto missing = archive.read_backup("x.json");
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find(*name), string::npos) << missing.error().message;
}

TEST(FileConfigArchive, BrokenBackupsAreRefusedByName) {
  const TempFolder folder;
  write_text(folder / "half.json", R"({"port_assignments": {)");
  write_text(folder / "huge.json", "");
  fs::resize_file(folder / "huge.json", std::uintmax_t{17} << 20U);
  const FileConfigArchive archive(folder.path(), empty_config);
  const auto half = archive.read_backup("half.json");
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().code, ErrorCode::invalid_json);
  EXPECT_NE(half.error().message.find("half.json"), string::npos);
  EXPECT_NE(half.error().message.find("line 1"), string::npos);
  EXPECT_EQ(archive.read_backup("huge.json").error().code, ErrorCode::out_of_bounds);
}

TEST(FileConfigArchive, ListsNewestFirstWithDigests) {
  const TempFolder folder;
  write_text(folder / "old.json", "");
  write_text(folder / "new.json", "abc");
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(folder / "old.json", now - std::chrono::hours(1));
  fs::last_write_time(folder / "new.json", now);
  const FileConfigArchive archive(folder.path(), empty_config);
  const auto backups = archive.backups();
  ASSERT_EQ(backups->size(), 2U);
  EXPECT_EQ((*backups)[0].name, "new.json");
  EXPECT_EQ((*backups)[0].sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ((*backups)[1].sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ((*backups)[0].created_at - (*backups)[1].created_at, std::chrono::hours(1));
}

TEST(FileConfigArchive, ManyThreadsGetManyNames) {
  const TempFolder folder;
  FileConfigArchive archive(folder / "backups", empty_config);
  const auto registry = sample_registry();
  std::vector<std::vector<string>> names(8);
  {
    std::vector<std::jthread> threads;
    for (auto& own : names) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) {
          own.push_back(archive.write_backup(registry, at, "").value_or("failed"));
        }
      });
    }
  }
  std::set<string> all;
  for (const auto& own : names) all.insert(own.begin(), own.end());
  EXPECT_EQ(all.size(), 40U);
  EXPECT_FALSE(all.contains("failed"));
  EXPECT_EQ(archive.backups()->size(), 40U);
}

TEST(FileConfigArchive, TwoProcessesDoNotTakeEachOthersNames) {
  const TempFolder folder;
  FileConfigArchive archive(folder / "backups", empty_config);
  const auto registry = sample_registry();
  std::vector<pid_t> children;
  for (int process = 0; process < 2; ++process) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool fine = true;
      for (int i = 0; i < 10; ++i) fine = fine && archive.write_backup(registry, at, "");
      ::_exit(fine ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(archive.backups()->size(), 20U);
}

TEST(FileConfigArchive, Defaults) {
  const TempFolder folder;
  const auto text = test::read_text(PM_SOURCE_DIR "/config/port_config.json");
  EXPECT_EQ(FileConfigArchive(folder.path(), text).defaults()->port_assignments.size(), 27U);
  EXPECT_FALSE(FileConfigArchive(folder.path(), "{").defaults());
  EXPECT_TRUE(FileConfigArchive(folder.path(), "{").parse(empty_config));
}

}  // namespace
}  // namespace pm
