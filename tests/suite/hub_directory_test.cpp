#include "suite/hub_directory.h"

#include <gtest/gtest.h>

#include <future>

#include "http_client/http_call.h"
#include "support/canned_server.h"
#include "support/test_socket.h"

namespace pm {
namespace {

using test::CannedServer;
using namespace std::chrono_literals;

std::string hub_on(int port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

std::string answer_with(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

Error error_of(const std::string& hub_url, std::chrono::milliseconds timeout = 10s) {
  HubDirectory directory({.hub_url = hub_url, .timeout = timeout});
  const auto services = directory.services();
  return services ? Error{ErrorCode::internal, "no error", ""} : services.error();
}

bool has(const Error& error, const std::string& part) {
  return error.message.find(part) != std::string::npos;
}

TEST(HubDirectory, AsksTheHub) {
  CannedServer hub(answer_with(R"({"services":[{"service_id":"billing","port":8001}]})"));
  HubDirectory directory({.hub_url = hub_on(hub.port())});
  EXPECT_TRUE(directory.is_configured());
  const auto services = directory.services();
  ASSERT_TRUE(services) << services.error().message;
  ASSERT_EQ(services->size(), 1U);
  EXPECT_EQ(services->front().service_id, "billing");
  EXPECT_EQ(services->front().port, Port::clamped(8001));
  EXPECT_TRUE(hub.request().starts_with("GET /api/v1/services/discover HTTP/1.1\r\n"));
}

TEST(HubDirectory, TheHubMayLiveBelowAPathAndHaveItsListElsewhere) {
  CannedServer hub(answer_with("[]"));
  HubDirectory directory({.hub_url = hub_on(hub.port()) + "/suite/", .path = "/list?all=1"});
  EXPECT_TRUE(directory.services());
  EXPECT_TRUE(hub.request().starts_with("GET /suite/list?all=1 HTTP/1.1\r\n"));
}

TEST(HubDirectory, WithoutAHubThereIsNothingToAsk) {
  HubDirectory directory({});
  EXPECT_FALSE(directory.is_configured());
  const auto services = directory.services();
  ASSERT_TRUE(services);
  EXPECT_TRUE(services->empty());
}

TEST(HubDirectory, NamesAHubThatIsNotThere) {
  const int port = test::free_port();
  const auto error = error_of(hub_on(port));
  EXPECT_EQ(error.code, ErrorCode::service_unreachable);
  EXPECT_EQ(error.message,
            "The Hub's list at " + hub_on(port) +
                "/api/v1/services/discover could not be fetched: nobody listens on 127.0.0.1:" +
                std::to_string(port) + ". Start the Hub, or correct the option hub-url.");
}

TEST(HubDirectory, NamesAHubThatDoesNotAnswer) {
  const auto silent = test::listen_on("127.0.0.1");
  const auto error = error_of(hub_on(silent.port()), 100ms);
  EXPECT_EQ(error.code, ErrorCode::service_timeout);
  EXPECT_TRUE(has(error, hub_on(silent.port()))) << error.message;
  EXPECT_TRUE(has(error, "no answer within 100 ms")) << error.message;
}

TEST(HubDirectory, AnAnswerThatIsNoListIsRefused) {
  for (const auto& [answer, why] :
       {std::pair{answer_with("[]", "503 Busy"), "HTTP 503."},
        std::pair{answer_with("[]", "302 Found"), "HTTP 302."},
        std::pair{answer_with("<html>"), "line 1"},
        std::pair{answer_with("{}"), "no member \"services\""},
        std::pair{answer_with("[\"" + std::string(answer_limit, 'x') + "\"]"), "1 MiB"}}) {
    CannedServer hub(answer);
    const auto error = error_of(hub_on(hub.port()));
    EXPECT_EQ(error.code, ErrorCode::service_refused) << why;
    EXPECT_TRUE(has(error, hub_on(hub.port()))) << error.message;
    EXPECT_TRUE(has(error, why)) << error.message;
  }
}

TEST(HubDirectory, NeverTellsAPassword) {
  const auto port = std::to_string(test::free_port());
  for (const auto& url : {"http://me:secret@127.0.0.1:" + port, "ftp://me:secret@hub/" + port}) {
    const auto error = error_of(url);
    EXPECT_EQ(error.code, ErrorCode::service_unreachable);
    EXPECT_FALSE(has(error, "secret")) << error.message;
    EXPECT_TRUE(has(error, "hub-url")) << error.message;
  }
}

TEST(HubDirectory, AnAddressThatIsNoneIsNamed) {
  const auto error = error_of("hub:8001");
  EXPECT_EQ(error.code, ErrorCode::service_unreachable);
  EXPECT_TRUE(has(error, "\"hub:8001\"")) << error.message;
}

TEST(HubDirectory, StopEndsACallUnderWay) {
  const auto silent = test::listen_on("127.0.0.1");
  HubDirectory directory({.hub_url = hub_on(silent.port()), .timeout = 1h});
  auto call = std::async(std::launch::async, [&] { return directory.services(); });
  directory.stop();
  ASSERT_EQ(call.wait_for(60s), std::future_status::ready);
  EXPECT_EQ(call.get().error().code, ErrorCode::service_unreachable);
}

}  // namespace
}  // namespace pm
