#include "exporters/shell_format.h"

#include <gtest/gtest.h>

#include "exporters/export_world.h"

namespace pm {
namespace {

constexpr const char* of_four = R"(# Where the suite's services are: for a shell, to source.
# Written by the Port Manager at revision 41, 2026-11-22T20:05:10Z.
# Do not edit it: GET /api/ports/export?format=shell writes it anew.
# Left out:
#   billing: it has no port.

# shellcheck shell=sh
# dns
export DNS_HOST='127.0.0.1'
export DNS_PORT='8053'
export DNS_NAME='dns'
# passport (It's a "name", $HOME `id` ä)
export PASSPORT_HOST='127.0.0.1'
export PASSPORT_PORT='8007'
export PASSPORT_URL='http://127.0.0.1:8007'
export PASSPORT_NAME='It'\''s a "name",
$HOME `id` ä'
# twin
# Contested: legalai-pro had the port first.
export TWIN_HOST='127.0.0.1'
export TWIN_PORT='8000'
export TWIN_URL='http://127.0.0.1:8000'
export TWIN_NAME='twin'
)";

TEST(ShellFormat, EveryServiceWithAPort) {
  const ExportScope scope{{"billing", "dns", "passport", "twin"}, ""};
  EXPECT_EQ(render_shell(test::suite_of(test::registry_of_all_kinds(), scope)), of_four);
}

}  // namespace
}  // namespace pm
