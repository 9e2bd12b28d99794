#include "exporters/consul_format.h"

#include <gtest/gtest.h>

#include "app/strict_json.h"
#include "exporters/export_world.h"

namespace pm {
namespace {

constexpr const char* of_two = R"({
  "services": [
    {
      "id": "dns",
      "name": "dns",
      "address": "127.0.0.1",
      "port": 8053,
      "tags": [
        "udp"
      ],
      "meta": {
        "name": "dns",
        "category": ""
      }
    },
    {
      "id": "six",
      "name": "six",
      "address": "fd00::7",
      "port": 8301,
      "tags": [
        "tcp"
      ],
      "meta": {
        "name": "six",
        "category": ""
      },
      "checks": [
        {
          "name": "six answers its health check",
          "http": "http://[fd00::7]:8301/health",
          "interval": "10s",
          "timeout": "5s"
        }
      ]
    }
  ]
}
)";

TEST(ConsulFormat, EveryServiceThatIsReachable) {
  const ExportScope scope{{"billing", "dns", "six", "twin"}, ""};
  EXPECT_EQ(render_consul(test::suite_of(test::registry_of_all_kinds(), scope)), of_two);
}

TEST(ConsulFormat, ALongNameIsCutWhereConsulStopsReadingBetweenCharacters) {
  auto registry = test::empty_registry();
  std::string name = "x";
  for (int i = 0; i < 300; ++i) name += "ä";
  test::put_service(registry, "kite", name);
  test::put_port(registry, "kite", test::key_of(8000));
  const auto json = parse_strict(render_consul(test::suite_of(registry)), "consul").value();
  EXPECT_EQ(json["services"][0]["meta"]["name"], name.substr(0, 511));
}

TEST(ConsulFormat, NoneIsAnEmptyList) {
  EXPECT_EQ(render_consul(test::suite_of(test::empty_registry())), "{\n  \"services\": []\n}\n");
}

}  // namespace
}  // namespace pm
