#include "exporters/dotenv_format.h"

#include <gmock/gmock.h>

#include "exporters/export_world.h"

namespace pm {
namespace {

using testing::HasSubstr;

constexpr const char* of_all_kinds = R"(# Where the suite's services are: a .env file.
# Written by the Port Manager at revision 41, 2026-11-22T20:05:10Z.
# Do not edit it: GET /api/ports/export?format=dotenv writes it anew.
# Left out:
#   billing: it has no port.

# dns
DNS_HOST=127.0.0.1
DNS_PORT=8053
# far
FAR_HOST=node-7.example
FAR_PORT=8300
FAR_URL=http://node-7.example:8300
# legalai-pro (LegalAI Pro)
LEGALAI_PRO_HOST=127.0.0.1
LEGALAI_PRO_PORT=8000
LEGALAI_PRO_URL=http://127.0.0.1:8000
# passport (It's a "name", $HOME `id` ä)
PASSPORT_HOST=127.0.0.1
PASSPORT_PORT=8007
PASSPORT_URL=http://127.0.0.1:8007
# six
SIX_HOST=fd00::7
SIX_PORT=8301
SIX_URL=http://[fd00::7]:8301
# twin
# Contested: legalai-pro had the port first.
TWIN_HOST=127.0.0.1
TWIN_PORT=8000
TWIN_URL=http://127.0.0.1:8000
)";

TEST(DotenvFormat, EveryServiceWithAPort) {
  EXPECT_EQ(render_dotenv(test::suite_of_all_kinds()), of_all_kinds);
}

TEST(DotenvFormat, NamesDoNotDependOnTheScope) {
  auto registry = test::empty_registry();
  test::assign(registry, "a-b", Port::clamped(8000));
  test::assign(registry, "a.b", Port::clamped(8001));
  const auto text = render_dotenv(test::suite_of(registry, {{"a.b"}, ""}));
  EXPECT_THAT(text, HasSubstr("\nA_B_2E7336DC_PORT=8001\n"));
}

TEST(DotenvFormat, NoneIsAFileOfComments) {
  EXPECT_EQ(render_dotenv(test::suite_of(test::empty_registry())),
            "# Where the suite's services are: a .env file.\n"
            "# Written by the Port Manager at revision 0, 2026-11-22T20:05:10Z.\n"
            "# Do not edit it: GET /api/ports/export?format=dotenv writes it anew.\n"
            "\n");
}

}  // namespace
}  // namespace pm
