#include "exporters/file_formats.h"

#include <gmock/gmock.h>

#include "exporters/export_world.h"
#include "exporters/sysctl_format.h"

namespace pm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FileFormatsTest : public testing::Test {
 protected:
  Expected<Exported> render(const std::string& format, const ExportScope& scope = {}) const {
    return formats.render(format, registry, {}, scope);
  }

  Registry registry = test::registry_of_all_kinds();
  AddressBook addresses{"127.0.0.1"};
  test::FixedClock clock;
  FileFormats formats{addresses, clock};
};

TEST_F(FileFormatsTest, Names) {
  EXPECT_THAT(formats.names(),
              ElementsAre("sysctl", "dotenv", "shell", "compose", "nginx", "haproxy",
                          "prometheus_http_sd", "prometheus_file_sd", "consul", "csv"));
}

TEST_F(FileFormatsTest, EachNameThatIsListedIsRendered) {
  for (const auto& name : formats.names()) {
    const auto exported = render(name);
    ASSERT_TRUE(exported) << name;
    EXPECT_FALSE(exported->content_type.empty()) << name;
    EXPECT_FALSE(exported->file_name.empty()) << name;
    EXPECT_THAT(exported->text, HasSubstr("8000")) << name;
  }
}

TEST_F(FileFormatsTest, Sysctl) {
  const auto exported = render("sysctl");
  ASSERT_TRUE(exported);
  EXPECT_EQ(exported->content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(exported->text, render_sysctl(registry, {}));
}

TEST_F(FileFormatsTest, SysctlHasNoScope) {
  for (const auto& scope : {ExportScope{{"passport"}, ""}, ExportScope{{}, "node"}}) {
    const auto refused = render("sysctl", scope);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::out_of_bounds);
    EXPECT_EQ(refused.error().field, "format");
  }
}

TEST_F(FileFormatsTest, TheScopeTheClockAndTheAddressesCount) {
  const auto exported = render("dotenv", {{"passport"}, "node"});
  ASSERT_TRUE(exported);
  EXPECT_THAT(exported->text, HasSubstr("revision 41, 2026-11-22T20:05:10Z"));
  EXPECT_THAT(exported->text, HasSubstr("\nPASSPORT_HOST=node\n"));
  EXPECT_THAT(exported->text, testing::Not(HasSubstr("LEGALAI")));
}

TEST_F(FileFormatsTest, WhatTheScopeHasWrongIsRefused) {
  const auto refused = render("csv", {{"nobody"}, ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unknown_service);
}

TEST_F(FileFormatsTest, AnotherNameIsAnsweredWithThoseThatThereAre) {
  for (const auto* name : {"", "Sysctl", "sysct", "port_config"}) {
    const auto refused = render(name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    EXPECT_EQ(refused.error().field, "format");
    EXPECT_THAT(refused.error().message, HasSubstr("sysctl, dotenv"));
  }
}

}  // namespace
}  // namespace pm
