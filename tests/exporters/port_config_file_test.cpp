#include "exporters/port_config_file.h"

#include <gtest/gtest.h>

#include <thread>

#include "exporters/fixtures.h"
#include "exporters/port_config_codec.h"

namespace pm {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::FixedClock;
using test::read_text;
using test::TempFolder;
using test::write_text;

constexpr auto patience = 20s;

/// Revision N gives "svc" the port 8000 + N.
Snapshot at_revision(int revision) {
  auto registry = test::empty_registry();
  test::assign(registry, "svc", Port::clamped(8000 + revision));
  registry.set_revision(revision);
  return std::make_shared<const Registry>(std::move(registry));
}

int port_in(const fs::path& file) {
  const auto config = parse_port_config(read_text(file), "x");
  EXPECT_TRUE(config);
  return config ? config->port_assignments.at(0).second.value() : 0;
}

struct PortConfigFileTest : testing::Test {
  TempFolder folder;
  FixedClock clock;
  fs::path path = folder / "port_config.json";
};

TEST_F(PortConfigFileTest, WritesWhatItIsTold) {
  PortConfigFile file(path, clock);
  EXPECT_TRUE(file.flush(0ms));
  file.notify(at_revision(1));
  ASSERT_TRUE(file.flush(patience));
  EXPECT_EQ(port_in(path), 8001);
  EXPECT_NE(read_text(path).find("\"last_updated\": \"2026-11-22T20:05:10Z\""), std::string::npos);
}

TEST_F(PortConfigFileTest, TheNewestOfManyWins) {
  PortConfigFile file(path, clock);
  {
    std::vector<std::jthread> threads;
    for (int first = 1; first <= 4; ++first) {
      threads.emplace_back([&file, first] {
        for (int revision = first; revision <= 400; revision += 4) {
          file.notify(at_revision(revision));
        }
      });
    }
  }
  ASSERT_TRUE(file.flush(patience));
  EXPECT_EQ(port_in(path), 8400);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"port_config.json"});
}

TEST_F(PortConfigFileTest, ManyMayFlush) {
  PortConfigFile file(path, clock);
  std::vector<std::jthread> threads;
  for (int revision = 1; revision <= 4; ++revision) {
    threads.emplace_back([&file, revision] {
      file.notify(at_revision(revision));
      EXPECT_TRUE(file.flush(patience));
    });
  }
}

TEST_F(PortConfigFileTest, TheDestructorWrites) {
  {
    PortConfigFile file(path, clock);
    file.notify(at_revision(1));
    file.notify(at_revision(2));
  }
  EXPECT_EQ(port_in(path), 8002);
}

TEST_F(PortConfigFileTest, TriesAgainByItself) {
  fs::create_directory(path);
  PortConfigFile file(path, clock);
  file.notify(at_revision(1));
  EXPECT_FALSE(file.flush(50ms));
  fs::remove(path);
  EXPECT_TRUE(file.flush(patience));
  EXPECT_EQ(port_in(path), 8001);
}

TEST_F(PortConfigFileTest, ADiskThatRefusesDoesNotHoldUpTheEnd) {
  fs::create_directory(path);
  {
    PortConfigFile file(path, clock);
    file.notify(at_revision(1));
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"port_config.json"});
}

TEST_F(PortConfigFileTest, WriteNowCreatesTheFileAndItsFolder) {
  path = folder / "data/port_config.json";
  PortConfigFile file(path, clock);
  ASSERT_TRUE(file.write_now(at_revision(1)));
  EXPECT_EQ(port_in(path), 8001);
}

TEST_F(PortConfigFileTest, WriteNowLeavesEqualContentAlone) {
  const std::string by_hand =
      R"({"port_assignments":{"svc":8001},"last_updated":"2020-01-01T00:00:00Z"})";
  write_text(path, by_hand);
  PortConfigFile file(path, clock);
  ASSERT_TRUE(file.write_now(at_revision(1)));
  EXPECT_EQ(read_text(path), by_hand);
  ASSERT_TRUE(file.write_now(at_revision(2)));
  EXPECT_EQ(port_in(path), 8002);
}

TEST_F(PortConfigFileTest, WriteNowMovesABrokenFileAside) {
  PortConfigFile file(path, clock);
  for (const auto* broken : {"", "{\"port_assignments\": {", R"({"port_assignments":{"svc":80}})",
                             R"({"port_assignments":{"a b":8000}})", "[]"}) {
    write_text(path, broken);
    ASSERT_TRUE(file.write_now(at_revision(1))) << broken;
    EXPECT_EQ(port_in(path), 8001);
  }
  ASSERT_EQ(folder.names().size(), 6U);
  EXPECT_EQ(read_text(folder / "port_config.json.broken-20261122_200510"), "");
  EXPECT_EQ(read_text(folder / "port_config.json.broken-20261122_200514"), "[]");
}

TEST_F(PortConfigFileTest, WriteNowRefusesWhatIsNotAFile) {
  write_text(folder / "target", "precious");
  fs::create_symlink("target", path);
  PortConfigFile file(path, clock);
  const auto link = file.write_now(at_revision(1));
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, ErrorCode::invalid_name);
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_FALSE(file.write_now(at_revision(1)));
  EXPECT_EQ(read_text(folder / "target"), "precious");
}

}  // namespace
}  // namespace pm
