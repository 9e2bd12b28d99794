#include "exporters/file_formats.h"

#include <gmock/gmock.h>

#include "exporters/fixtures.h"
#include "exporters/sysctl_format.h"

namespace pm {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(FileFormats, EachNameThatIsListedIsRendered) {
  const FileFormats formats;
  const auto registry = test::empty_registry();
  EXPECT_THAT(formats.names(), Contains("sysctl"));
  for (const auto& name : formats.names()) {
    const auto exported = formats.render(name, registry, {});
    ASSERT_TRUE(exported) << name;
    EXPECT_FALSE(exported->content_type.empty()) << name;
    EXPECT_FALSE(exported->text.empty()) << name;
  }
}

TEST(FileFormats, Sysctl) {
  auto registry = test::empty_registry();
  test::assign(registry, "kite", Port::clamped(8000));
  const auto exported = FileFormats().render("sysctl", registry, {});
  ASSERT_TRUE(exported);
  EXPECT_EQ(exported->content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(exported->text, render_sysctl(registry, {}));
}

TEST(FileFormats, AnotherNameIsAnsweredWithThoseThatThereAre) {
  for (const auto* name : {"", "Sysctl", "sysct", "port_config"}) {
    const auto refused = FileFormats().render(name, test::empty_registry(), {});
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    EXPECT_EQ(refused.error().field, "format");
    EXPECT_THAT(refused.error().message, HasSubstr("sysctl"));
  }
}

}  // namespace
}  // namespace pm
