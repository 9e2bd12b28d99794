#include "exporters/prometheus_format.h"

#include <gtest/gtest.h>

#include "exporters/export_world.h"

namespace pm {
namespace {

constexpr const char* of_two = R"([
  {
    "targets": [
      "127.0.0.1:8007"
    ],
    "labels": {
      "service_id": "passport",
      "__meta_portmanager_name": "It's a \"name\",\n$HOME `id` ä",
      "__meta_portmanager_category": "",
      "__meta_portmanager_health_endpoint": "/health"
    }
  },
  {
    "targets": [
      "[fd00::7]:8301"
    ],
    "labels": {
      "service_id": "six",
      "__meta_portmanager_name": "six",
      "__meta_portmanager_category": "",
      "__meta_portmanager_health_endpoint": "/health"
    }
  }
]
)";

TEST(PrometheusFormat, EveryServiceThatIsReachable) {
  const ExportScope scope{{"billing", "dns", "passport", "six", "twin"}, ""};
  EXPECT_EQ(render_prometheus(test::suite_of(test::registry_of_all_kinds(), scope)), of_two);
}

TEST(PrometheusFormat, NoneIsAnEmptyList) {
  EXPECT_EQ(render_prometheus(test::suite_of(test::empty_registry())), "[]\n");
}

}  // namespace
}  // namespace pm
