#include "suite/curl_service_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <vector>

#include "app/strict_json.h"
#include "support/canned_server.h"
#include "support/eventually.h"
#include "support/many_services.h"
#include "support/suite_service.h"
#include "support/test_socket.h"

namespace pm {
namespace {

using test::CannedServer;
using test::free_port;
using test::ManyServices;
using test::SuiteService;
using namespace std::chrono_literals;

const Timestamp at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 20h + 5min + 10s +
                   123ms};

ServiceAddress address_of(int port) {
  ServiceAddress address;
  address.service_id = "billing";
  address.host = "127.0.0.1";
  address.port = Port::clamped(port);
  return address;
}

std::vector<ServiceAddress> addresses_of(const ManyServices& services) {
  std::vector<ServiceAddress> addresses;
  for (const int port : services.ports()) addresses.push_back(address_of(port));
  return addresses;
}

UpdateReply ask_to_move(ServiceClient& client, int from, int to) {
  return client.update_port(address_of(from), Port::clamped(to), Port::clamped(from), at);
}

TEST(CurlServiceClient, MovesAService) {
  CurlServiceClient client;
  SuiteService service("billing");
  const int from = service.port();
  const int to = free_port();
  const auto reply = ask_to_move(client, from, to);
  EXPECT_TRUE(reply.accepted) << reply.message;
  EXPECT_EQ(reply.message, "moving to port " + std::to_string(to));
  ASSERT_EQ(service.wait_until_listening(), to);
  EXPECT_TRUE(client.accepts_connections("127.0.0.1", Port::clamped(to)));
  const auto health = client.health(address_of(to));
  EXPECT_TRUE(health.healthy) << health.message;
  EXPECT_EQ(health.identity, "billing");
}

TEST(CurlServiceClient, PostsWhatTheContractSays) {
  CannedServer server("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"success\":true}");
  CurlServiceClient client;
  EXPECT_TRUE(
      client.update_port(address_of(server.port()), Port::clamped(8001), Port::clamped(8000), at)
          .accepted);
  const auto request = server.request();
  EXPECT_TRUE(request.starts_with("POST /api/config/update-port HTTP/1.1\r\n")) << request;
  const auto body = parse_strict(request.substr(request.find("\r\n\r\n") + 4), "the request");
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(*body, (Json{{"new_port", 8001},
                         {"old_port", 8000},
                         {"timestamp", "2026-11-22T20:05:10Z"},
                         {"source", "port-manager"}}));
}

struct Misbehaviour {
  const char* mode;
  int status;
  const char* message;
};

class Misbehaving : public testing::TestWithParam<Misbehaviour> {};

TEST_P(Misbehaving, IsARefusal) {
  CurlServiceClient client;
  const SuiteService service("billing", GetParam().mode);
  const auto reply = ask_to_move(client, service.port(), free_port());
  EXPECT_EQ(reply.reach, Reach::answered);
  EXPECT_FALSE(reply.accepted);
  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_EQ(reply.message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Modes, Misbehaving,
    testing::Values(Misbehaviour{"refuse", 200, "not now"},
                    Misbehaviour{"http_error", 500, "HTTP 500: broken"},
                    Misbehaviour{"not_json", 200, "the answer is not JSON"},
                    Misbehaviour{"stale", 200, "\"success\" in the answer is not true or false"}),
    [](const auto& test) { return std::string(test.param.mode); });

TEST(CurlServiceClient, GivesUpOnUpdatePortAfterItsTimeOut) {
  CurlServiceClient client({.update_timeout = 100ms});
  const SuiteService service("billing", "timeout");
  const auto reply = ask_to_move(client, service.port(), free_port());
  EXPECT_EQ(reply.reach, Reach::timed_out);
  EXPECT_FALSE(reply.accepted);
  EXPECT_EQ(reply.message, "no answer within 100 ms");
}

TEST(CurlServiceClient, EachCallHasItsOwnTimeOut) {
  CurlServiceClient client(
      {.update_timeout = 60s, .restart_timeout = 110ms, .health_timeout = 120ms});
  const auto silent = test::listen_on("127.0.0.1");
  EXPECT_EQ(client.restart(address_of(silent.port())).message, "no answer within 110 ms");
  EXPECT_EQ(client.health(address_of(silent.port())).message, "no answer within 120 ms");
}

TEST(CurlServiceClient, StopEndsACallUnderWay) {
  CurlServiceClient client({.update_timeout = 1h});
  SuiteService service("billing", "timeout");
  auto call = std::async(std::launch::async,
                         [&] { return ask_to_move(client, service.port(), free_port()); });
  client.stop();
  ASSERT_EQ(call.wait_for(60s), std::future_status::ready);
  const auto reply = call.get();
  EXPECT_EQ(reply.reach, Reach::unreachable);
  EXPECT_FALSE(reply.accepted);
}

TEST(CurlServiceClient, TellsThatNobodyListens) {
  CurlServiceClient client;
  const int port = free_port();
  EXPECT_EQ(ask_to_move(client, port, free_port()).reach, Reach::not_listening);
  EXPECT_EQ(client.health(address_of(port)).reach, Reach::not_listening);
  EXPECT_EQ(client.restart(address_of(port)).reach, Reach::not_listening);
  EXPECT_FALSE(client.accepts_connections("127.0.0.1", Port::clamped(port)));
}

TEST(CurlServiceClient, ReadsHealth) {
  CurlServiceClient client;
  const SuiteService unhealthy("billing", "unhealthy");
  const auto reply = client.health(address_of(unhealthy.port()));
  EXPECT_FALSE(reply.healthy);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.identity, "billing");
  const SuiteService nameless("billing", "no_identity");
  const auto other = client.health(address_of(nameless.port()));
  EXPECT_TRUE(other.healthy);
  EXPECT_FALSE(other.identity);
}

TEST(CurlServiceClient, AsksForTheServicesOwnHealthEndpoint) {
  CannedServer server("HTTP/1.1 204 No Content\r\n\r\n");
  CurlServiceClient client;
  auto address = address_of(server.port());
  address.health_endpoint = "/status?brief=1";
  EXPECT_FALSE(client.health(address).healthy);
  EXPECT_TRUE(server.request().starts_with("GET /status?brief=1 HTTP/1.1\r\n"));
}

TEST(CurlServiceClient, RestartsAService) {
  CurlServiceClient client;
  SuiteService service("billing");
  const int port = service.port();
  const auto reply = client.restart(address_of(port));
  EXPECT_TRUE(reply.accepted) << reply.message;
  EXPECT_EQ(reply.message, "restarting");
  EXPECT_EQ(service.wait_until_listening(), port);
  EXPECT_TRUE(client.health(address_of(port)).healthy);
}

TEST(CurlServiceClient, PathsAreConfigurable) {
  CurlServiceClient client({.update_path = "/nowhere", .restart_path = "/nowhere"});
  const SuiteService service("billing");
  EXPECT_EQ(ask_to_move(client, service.port(), free_port()).status, 404);
  EXPECT_EQ(client.restart(address_of(service.port())).status, 404);
}

TEST(CurlServiceClient, IsUsedByManyThreadsAtOnce) {
  CurlServiceClient client;
  const SuiteService service("billing");
  std::vector<std::future<int>> counts;
  for (int i = 0; i < 4; ++i) {
    counts.push_back(std::async(std::launch::async, [&] {
      int healthy = 0;
      for (int k = 0; k < 10; ++k)
        healthy += client.health(address_of(service.port())).healthy ? 1 : 0;
      return healthy;
    }));
  }
  for (auto& count : counts) EXPECT_EQ(count.get(), 10);
}

TEST(HealthOfAll, RepliesAreInTheOrderOfTheAddresses) {
  CurlServiceClient client;
  ManyServices services(50);
  auto addresses = addresses_of(services);
  std::reverse(addresses.begin(), addresses.end());
  addresses.push_back(address_of(free_port()));
  const auto replies = client.health_of_all(addresses, 10s);
  ASSERT_EQ(replies.size(), 51U);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_TRUE(replies[i].healthy) << replies[i].message;
    EXPECT_EQ(replies[i].identity, "svc-" + std::to_string(49 - i));
  }
  EXPECT_EQ(replies[50].reach, Reach::not_listening);
  EXPECT_TRUE(client.health_of_all({}, 10s).empty());
}

TEST(HealthOfAll, SaysTheSameAsHealth) {
  CurlServiceClient client;
  const SuiteService good("billing");
  const SuiteService unhealthy("billing", "unhealthy");
  const SuiteService nameless("billing", "no_identity");
  const std::vector<ServiceAddress> addresses = {
      address_of(good.port()), address_of(unhealthy.port()), address_of(nameless.port()),
      address_of(free_port())};
  const auto replies = client.health_of_all(addresses, 10s);
  ASSERT_EQ(replies.size(), addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto alone = client.health(addresses[i]);
    EXPECT_EQ(replies[i].reach, alone.reach);
    EXPECT_EQ(replies[i].healthy, alone.healthy);
    EXPECT_EQ(replies[i].status, alone.status);
    EXPECT_EQ(replies[i].identity, alone.identity);
    EXPECT_EQ(replies[i].message, alone.message);
  }
}

TEST(HealthOfAll, AsksAllAtTheSameTime) {
  CurlServiceClient client({.health_at_once = 200});
  ManyServices services(200, 0ms, 200);
  for (const auto& reply : client.health_of_all(addresses_of(services), 60s)) {
    EXPECT_TRUE(reply.healthy) << reply.message;
  }
}

TEST(HealthOfAll, TakesAFractionOfAskingOneAfterTheOther) {
  CurlServiceClient client;
  ManyServices services(200, 20ms);
  const auto addresses = addresses_of(services);
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& reply : client.health_of_all(addresses, 60s)) EXPECT_TRUE(reply.healthy);
  const auto middle = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 100; ++i) EXPECT_TRUE(client.health(addresses[i]).healthy);
  const auto end = std::chrono::steady_clock::now();
  EXPECT_LT(middle - begin, (end - middle) / 2) << "200 at once against 100 one by one";
}

TEST(HealthOfAll, TenThousandAreAskedWithAFewConnections) {
  CurlServiceClient client({.health_at_once = 64});
  ManyServices services(20);
  const auto twenty = addresses_of(services);
  std::vector<ServiceAddress> addresses;
  for (std::size_t i = 0; i < 10'000; ++i) addresses.push_back(twenty[i % 20]);
  std::size_t right = 0;
  const auto replies = client.health_of_all(addresses, 60s);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    right += replies[i].healthy && replies[i].identity == "svc-" + std::to_string(i % 20) ? 1 : 0;
  }
  EXPECT_EQ(right, 10'000U);
  // A connection that the client has closed may be counted until the server looks at it.
  EXPECT_LE(services.peak(), 2 * 64U);
}

TEST(HealthOfAll, StopEndsWhatIsUnderWayAndWhatWaits) {
  CurlServiceClient client({.health_at_once = 4});
  ManyServices services(10, 0ms, 1000);
  auto asked = std::async(std::launch::async,
                          [&] { return client.health_of_all(addresses_of(services), 1h); });
  EXPECT_TRUE(test::eventually([&] { return services.open() == 4; }));
  client.stop();
  ASSERT_EQ(asked.wait_for(60s), std::future_status::ready);
  for (const auto& reply : asked.get()) {
    EXPECT_EQ(reply.reach, Reach::unreachable);
    EXPECT_FALSE(reply.healthy);
    EXPECT_NE(reply.message, "");
  }
  EXPECT_EQ(services.peak(), 4U);
}

}  // namespace
}  // namespace pm
