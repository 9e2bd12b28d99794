#include "exporters/nginx_format.h"

#include <gmock/gmock.h>

#include "exporters/export_world.h"

namespace pm {
namespace {

using testing::HasSubstr;

constexpr const char* of_all_kinds =
    R"(# Where the suite's services are: upstreams for the http context of nginx.
# Written by the Port Manager at revision 41, 2026-11-22T20:05:10Z.
# Do not edit it: GET /api/ports/export?format=nginx writes it anew.
# Left out:
#   billing: it has no port.
#   dns: port 8053/udp is not TCP.
#   twin: port 8000 is contested, legalai-pro had it first.

# far
upstream far {
    server node-7.example:8300;
}
# legalai-pro (LegalAI Pro)
upstream legalai-pro {
    server 127.0.0.1:8000;
}
# passport (It's a "name", $HOME `id` ä)
upstream passport {
    server 127.0.0.1:8007;
}
# six
upstream six {
    server [fd00::7]:8301;
}
)";

TEST(NginxFormat, EveryServiceThatIsReachable) {
  EXPECT_EQ(render_nginx(test::suite_of_all_kinds()), of_all_kinds);
}

TEST(NginxFormat, NamesThatDifferInCaseAreToldApart) {
  auto registry = test::empty_registry();
  test::assign(registry, "Kite", Port::clamped(8000));
  test::assign(registry, "kite", Port::clamped(8001));
  const auto text = render_nginx(test::suite_of(registry));
  EXPECT_THAT(text, HasSubstr("upstream Kite-726E03F0 {\n    server 127.0.0.1:8000;"));
  EXPECT_THAT(text, HasSubstr("upstream kite-8E8C7D42 {\n    server 127.0.0.1:8001;"));
}

}  // namespace
}  // namespace pm
