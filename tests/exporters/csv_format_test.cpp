#include "exporters/csv_format.h"

#include <gtest/gtest.h>

#include "exporters/export_world.h"

namespace pm {
namespace {

TEST(CsvFormat, EveryService) {
  EXPECT_EQ(render_csv(test::suite_of_all_kinds()),
            "service_id,name,category,host,protocol,port,contested_with,health_endpoint\r\n"
            "billing,billing,,127.0.0.1,,,,/health\r\n"
            "dns,dns,,127.0.0.1,udp,8053,,/health\r\n"
            "far,far,,node-7.example,tcp,8300,,/health\r\n"
            "legalai-pro,LegalAI Pro,foundation,127.0.0.1,tcp,8000,,/health\r\n"
            "passport,\"It's a \"\"name\"\",\n$HOME `id` ä\",,127.0.0.1,tcp,8007,,/health\r\n"
            "six,six,,fd00::7,tcp,8301,,/health\r\n"
            "twin,twin,,127.0.0.1,tcp,8000,legalai-pro,/health\r\n");
}

TEST(CsvFormat, NoneIsTheHeaderLine) {
  EXPECT_EQ(render_csv(test::suite_of(test::empty_registry())),
            "service_id,name,category,host,protocol,port,contested_with,health_endpoint\r\n");
}

}  // namespace
}  // namespace pm
