#include "suite/service_list.h"

#include <gtest/gtest.h>

#include <string>

namespace pm {
namespace {

/// "id|name|host|port|endpoint" of each service, a line each; an error's code when it is none.
std::string read(std::string_view text) {
  const auto services = read_service_list(text);
  if (!services) return to_string(services.error().code);
  std::string lines;
  for (const auto& each : *services) {
    lines += each.service_id + "|" + each.name + "|" + each.host + "|" +
             (each.port ? to_string(*each.port) : "") + "|" + each.health_endpoint + "\n";
  }
  return lines;
}

constexpr const char* billing = "billing|Billing|10.0.0.7|8001|/status\n";
constexpr const char* billing_json =
    R"({"service_id":"billing","service_name":"Billing","host":"10.0.0.7","port":8001,)"
    R"("health_endpoint":"/status","version":"2"})";

TEST(ServiceList, IsAnArrayOrAMemberOfAnObject) {
  const std::string one = billing_json;
  EXPECT_EQ(read("[" + one + "]"), billing);
  EXPECT_EQ(read("{\"success\":true,\"services\":[" + one + "],\"count\":1}"), billing);
  EXPECT_EQ(read("{\"services\":{\"other\":" + one + "}}"), billing);
  EXPECT_EQ(read("[]"), "");
  EXPECT_EQ(read(R"({"services":{}})"), "");
}

TEST(ServiceList, TheIdHasSeveralNames) {
  EXPECT_EQ(read(R"([{"id":"a","name":"The A"},{"name":"b"},{"id":17,"name":"c"}])"),
            "a|The A|||/health\nb|b|||/health\nc|c|||/health\n");
  EXPECT_EQ(read(R"({"services":{"d":{"port":8001},"e":{"id":"f"}}})"),
            "d|||8001|/health\nf||||/health\n");
}

TEST(ServiceList, LeavesOutWhatIsNoService) {
  EXPECT_EQ(read(R"([1,null,"x",[],{},{"port":8001},{"service_id":"a b"},{"service_id":"../x"},)"
                 R"({"service_id":"a"},{"service_id":"a","port":8001}])"),
            "a||||/health\n");
}

TEST(ServiceList, LeavesOutAHostPortOrPathThatCannotBeOne) {
  EXPECT_EQ(read(R"([{"id":"a","host":"x/y","port":80,"health_endpoint":"a b"},)"
                 R"({"id":"b","host":7,"port":"8001","health_endpoint":"http://x/"},)"
                 R"({"id":"c","host":"HUB","port":65536,"health_endpoint":"/a b"},)"
                 R"({"id":"d","port":18446744073709551615},{"id":"e","port":-1},)"
                 R"({"id":"f","port":8001.5}])"),
            "a||||/health\nb||||/health\nc||hub||/health\nd||||/health\ne||||/health\n"
            "f||||/health\n");
}

TEST(ServiceList, AnythingElseIsRefused) {
  EXPECT_EQ(read("<html>"), "invalid_json");
  EXPECT_EQ(read(""), "invalid_json");
  EXPECT_EQ(read("7"), "invalid_shape");
  EXPECT_EQ(read(R"({"success":false})"), "invalid_shape");
  EXPECT_EQ(read(R"({"services":"none"})"), "invalid_shape");
}

TEST(ServiceList, IsReadToItsLimit) {
  std::string text = "[";
  for (std::size_t i = 0; i <= service_list_limit; ++i) {
    text += (i > 0 ? "," : "") + std::string("{\"id\":\"s") + std::to_string(i) + "\"}";
  }
  const auto services = read_service_list(text + "]");
  ASSERT_TRUE(services);
  EXPECT_EQ(services->size(), service_list_limit);
  EXPECT_EQ(services->back().service_id, "s9999");
}

}  // namespace
}  // namespace pm
