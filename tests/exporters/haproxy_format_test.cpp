#include "exporters/haproxy_format.h"

#include <gmock/gmock.h>

#include "exporters/export_world.h"

namespace pm {
namespace {

using testing::HasSubstr;

constexpr const char* of_three = R"(# Where the suite's services are: backends for haproxy.
# Written by the Port Manager at revision 41, 2026-11-22T20:05:10Z.
# Do not edit it: GET /api/ports/export?format=haproxy writes it anew.
# Left out:
#   twin: port 8000 is contested, legalai-pro had it first.

# legalai-pro (LegalAI Pro)
backend legalai-pro
    mode http
    option httpchk
    http-check send meth GET uri '/health' ver HTTP/1.1 hdr Host 127.0.0.1:8000
    http-check expect status 200
    server legalai-pro 127.0.0.1:8000 check init-addr libc,none
# six
backend six
    mode http
    option httpchk
    http-check send meth GET uri '/health' ver HTTP/1.1 hdr Host [fd00::7]:8301
    http-check expect status 200
    server six [fd00::7]:8301 check init-addr libc,none
)";

TEST(HaproxyFormat, EveryServiceThatIsReachable) {
  const ExportScope scope{{"legalai-pro", "six", "twin"}, ""};
  EXPECT_EQ(render_haproxy(test::suite_of(test::registry_of_all_kinds(), scope)), of_three);
}

TEST(HaproxyFormat, AHealthEndpointIsOneQuotedWord) {
  auto registry = test::empty_registry();
  Service service;
  service.service_id = "kite";
  service.health_endpoint = "/it's#\"$HOME\"";
  registry.apply(PutService{service});
  test::put_port(registry, "kite", test::key_of(8000));
  EXPECT_THAT(render_haproxy(test::suite_of(registry)),
              HasSubstr(R"( uri '/it'\''s#"$HOME"' ver)"));
}

}  // namespace
}  // namespace pm
