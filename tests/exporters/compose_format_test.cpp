#include "exporters/compose_format.h"

#include <gmock/gmock.h>

#include "exporters/export_world.h"

namespace pm {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* of_all_kinds =
    R"(# The ports of the suite's services: an override file for docker compose.
# Written by the Port Manager at revision 41, 2026-11-22T20:05:10Z.
# Do not edit it: GET /api/ports/export?format=compose writes it anew.
# Left out:
#   billing: it has no port.
#   far: port 8300 on node-7.example is another machine's.
#   six: port 8301 on fd00::7 is another machine's.
#   twin: port 8000 is contested, legalai-pro had it first.

{
  "services": {
    "dns": {
      "environment": {
        "PORT": "8053"
      },
      "ports": [
        "${PORTS_HOST_IP:-127.0.0.1}:8053:8053/udp"
      ]
    },
    "legalai-pro": {
      "environment": {
        "PORT": "8000"
      },
      "ports": [
        "${PORTS_HOST_IP:-127.0.0.1}:8000:8000"
      ]
    },
    "passport": {
      "environment": {
        "PORT": "8007"
      },
      "ports": [
        "${PORTS_HOST_IP:-127.0.0.1}:8007:8007"
      ]
    }
  }
}
)";

TEST(ComposeFormat, EveryServiceOfThisMachine) {
  EXPECT_EQ(render_compose(test::suite_of_all_kinds()), of_all_kinds);
}

TEST(ComposeFormat, AContainerOfItsOwnPublishesNothing) {
  auto registry = test::empty_registry();
  test::put_service(registry, "kite");
  test::put_service(registry, "wren");
  test::put_port(registry, "kite", test::key_of(8000));
  test::put_port(registry, "wren", test::key_of(8000, "wren", Protocol::udp));
  const auto text = render_compose(test::suite_of(registry, {}, "{service_id}"));
  EXPECT_THAT(text, HasSubstr("\"expose\": [\n        \"8000\"\n      ]"));
  EXPECT_THAT(text, HasSubstr("\"expose\": [\n        \"8000/udp\"\n      ]"));
  EXPECT_THAT(text, Not(HasSubstr("\"ports\"")));
}

TEST(ComposeFormat, NoneIsAnEmptyMapping) {
  EXPECT_THAT(render_compose(test::suite_of(test::empty_registry())),
              HasSubstr("\"services\": {}"));
}

}  // namespace
}  // namespace pm
