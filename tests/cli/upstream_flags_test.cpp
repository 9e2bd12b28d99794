#include "cli/upstream_flags.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace pm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class UpstreamFlagsTest : public testing::Test {
 protected:
  UpstreamFlagsTest() {
    app.set_config("--config");
    app.allow_config_extras(CLI::config_extras_mode::error);
    add_upstream_flags(app, flags);
  }
  /// "" when it is understood, else what is said against it.
  std::string parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());
    try {
      app.parse(words);
    } catch (const CLI::ParseError& e) {
      return e.what();
    }
    return {};
  }
  void expect_refused(const std::string& word) {
    EXPECT_THAT(parse({word}), HasSubstr(word.substr(0, word.find('=')))) << word;
  }

  CLI::App app;
  UpstreamFlags flags;
};

TEST_F(UpstreamFlagsTest, BothAreOffByDefault) {
  EXPECT_EQ(parse({}), "");
  EXPECT_THAT(flags.hub_url, IsEmpty());
  EXPECT_THAT(flags.ninja_url, IsEmpty());
}

TEST_F(UpstreamFlagsTest, AllKindsOfThem) {
  EXPECT_EQ(parse({"--hub-url", "http://me:secret@hub:8001/suite", "--ninja-url=https://ninja",
                   "--self-metadata", "zone=a,owner=b=c", "--capabilities", "one,two",
                   "--ninja-self-healing", "false", "--hub-health-interval-ms", "0",
                   "--hub-events-path", "/x?y=1", "--upstream-give-up-after-s", "1000000"}),
            "");
  EXPECT_EQ(flags.hub_url, "http://me:secret@hub:8001/suite");
  EXPECT_EQ(flags.ninja_url, "https://ninja");
  EXPECT_THAT(flags.self_metadata, ElementsAre("zone=a", "owner=b=c"));
  EXPECT_THAT(flags.capabilities, ElementsAre("one", "two"));
  EXPECT_FALSE(flags.ninja_self_healing);
  EXPECT_EQ(flags.hub_health_interval_ms, 0);
  EXPECT_EQ(flags.hub_events_path, "/x?y=1");
  EXPECT_EQ(flags.give_up_after_s, 1'000'000);
}

TEST_F(UpstreamFlagsTest, EmptyUrlsAreNotGiven) {
  EXPECT_EQ(parse({"--hub-url", "", "--ninja-url", ""}), "");
}

TEST_F(UpstreamFlagsTest, WhatIsNotAUrlIsRefusedWithoutBeingTold) {
  for (const char* url :
       {"ftp://me:secret@hub", "me:secret@hub", "http://", "secret", "http://me:secret@"}) {
    const auto said = parse({std::string("--hub-url=") + url});
    EXPECT_THAT(said, HasSubstr("--hub-url")) << url;
    EXPECT_THAT(said, HasSubstr("http://hub:8001")) << url;
    EXPECT_THAT(said, Not(HasSubstr("secret"))) << url;
  }
}

TEST_F(UpstreamFlagsTest, WrongValuesAreRefused) {
  for (const char* word :
       {"--hub-register-path=api", "--hub-register-path=/a b",
        "--hub-register-path=", "--self-metadata=zone", "--self-metadata==a",
        "--hub-health-interval-ms=99", "--hub-metrics-interval-ms=-1", "--upstream-timeout-ms=0",
        "--upstream-at-once=0", "--hub-unregister-timeout-ms=5000", "--upstream-circuit-failures=0",
        "--advertised-port=70000", "--ninja-self-healing=perhaps", "--outbox-waiting=0",
        "--ninja-errors-kept=0", "--upstream-give-up-attempts=0"}) {
    expect_refused(word);
  }
}

TEST_F(UpstreamFlagsTest, EachIsAVariableOfTheEnvironmentAndHasAGroup) {
  for (const auto* option : app.get_options()) {
    if (option->get_name() == "--help" || option->get_name() == "--config") continue;
    EXPECT_THAT(option->get_envname(), HasSubstr("PORTMANAGER_"));
    EXPECT_THAT(option->get_group(), HasSubstr("Hub and Ninja")) << option->get_name();
  }
}

/// As the option would be written into the file.
std::string in_toml(const CLI::Option& option) {
  auto text = option.get_default_str();
  const auto name = option.get_name().substr(2) + " = ";
  if (text.starts_with('[')) {
    std::string quoted;
    for (const char c : text) quoted += c == ',' ? "\", \"" : std::string(1, c);
    return name + "[\"" + quoted.substr(1, quoted.size() - 2) + "\"]";
  }
  if (option.get_name() == "--ninja-self-healing") return name + "true";
  const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
  return name + (is_number ? text : "\"" + text + "\"");
}

TEST_F(UpstreamFlagsTest, TheDocumentedFileHasEachWithItsDefault) {
  std::ifstream file(PM_SOURCE_DIR "/config/portmanager.toml");
  std::stringstream documented;
  documented << file.rdbuf();
  ASSERT_FALSE(documented.str().empty());
  for (const auto* option : app.get_options()) {
    const auto name = option->get_name();
    if (name == "--help" || name == "--config") continue;
    const auto text = option->get_default_str();
    const bool has_default = !text.empty() && text != "[]";
    const auto expected = has_default ? in_toml(*option) + "\n" : name.substr(2) + " = ";
    EXPECT_THAT(documented.str(), HasSubstr("\n# " + expected));
  }
}

}  // namespace
}  // namespace pm
