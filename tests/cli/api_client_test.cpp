#include "cli/api_client.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "support/canned_server.h"
#include "support/temp_folder.h"

namespace pm {
namespace {

using test::CannedServer;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

std::string answer_with(const std::string& head, const std::string& body) {
  return "HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

ApiClient client_of(int port, const std::string& token_file = "") {
  return ApiClient::make({"http://127.0.0.1:" + std::to_string(port), token_file, "me@here"})
      .value();
}

TEST(ApiClient, GivesTheAnswer) {
  CannedServer server(answer_with("200 OK\r\nX-Revision: 7", R"({"success": true, "port": 8007})"));
  const auto answer = client_of(server.port()).call({.target = "/api/x?y=1"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body["port"], 8007);
  EXPECT_EQ(answer->text, R"({"success": true, "port": 8007})");
  EXPECT_EQ(answer->headers.at("x-revision"), "7");
  const auto request = server.request();
  EXPECT_THAT(request, HasSubstr("GET /api/x?y=1 HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("X-Actor: me@here\r\n"));
  EXPECT_THAT(request, Not(HasSubstr("Authorization")));
}

TEST(ApiClient, SendsTheTokenOfItsFile) {
  const test::TempFolder folder;
  const auto path = (folder.path() / "token").string();
  std::ofstream(path) << "secret\n";
  CannedServer server(answer_with("200 OK", "{}"));
  ASSERT_TRUE(client_of(server.port(), path).call({.target = "/", .method = "POST", .json = "{}"}));
  EXPECT_THAT(server.request(), HasSubstr("Authorization: Bearer secret\r\n"));
}

TEST(ApiClient, ATokenThatCannotBeReadIsRefused) {
  const test::TempFolder folder;
  const auto empty = (folder.path() / "empty").string();
  std::ofstream(empty) << " \n";
  for (const auto& path : {(folder.path() / "none").string(), empty}) {
    const auto client = ApiClient::make({"http://127.0.0.1:1", path, ""});
    ASSERT_FALSE(client) << path;
    EXPECT_EQ(client.error().status, ExitStatus::failed);
    EXPECT_THAT(client.error().message, HasSubstr(path));
  }
}

TEST(ApiClient, WhatIsNoUrlIsRefused) {
  for (const char* url : {"", "127.0.0.1:8100", "ftp://x", "http://", "http://a b"}) {
    const auto client = ApiClient::make({url, "", ""});
    ASSERT_FALSE(client) << url;
    EXPECT_EQ(client.error().status, ExitStatus::usage) << url;
  }
  EXPECT_EQ(ApiClient::make({"http://me:secret@hub:8100/pm/", "", ""})->public_url(),
            "http://hub:8100/pm");
}

TEST(ApiClient, ARefusalIsOne) {
  CannedServer server(
      answer_with("409 Conflict", R"({"code": "port_taken", "detail": "It is taken."})"));
  const auto answer = client_of(server.port()).call({.target = "/"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, ExitStatus::conflict);
  EXPECT_EQ(answer.error().message, "It is taken.");
}

TEST(ApiClient, AServerThatIsNotThereIsUnreachable) {
  test::TestSocket bound("127.0.0.1", SOCK_STREAM);
  bound.bind("127.0.0.1", 0);
  const auto answer = client_of(bound.port()).call({.target = "/"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, ExitStatus::unreachable);
  EXPECT_THAT(answer.error().message, HasSubstr("nobody listens on 127.0.0.1:"));
  const auto silent = test::listen_on("127.0.0.1");
  EXPECT_EQ(client_of(silent.port()).call({.target = "/", .timeout = 50ms}).error().status,
            ExitStatus::unreachable);
}

TEST(ApiClient, ASignalEndsTheWait) {
  const auto silent = test::listen_on("127.0.0.1");
  const auto client = client_of(silent.port());
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const CallWatch watch{.tick = 1ms, .on_tick = [&] { ::kill(::getpid(), signal); }};
    const auto read = client.call({.target = "/", .timeout = 60s}, watch);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().signal, signal);
    EXPECT_EQ(read.error().message, "");
    const auto changed = client.call({.target = "/", .method = "POST", .timeout = 60s}, watch);
    EXPECT_THAT(changed.error().message, HasSubstr("goes on"));
  }
}

TEST(WaitForSignal, IsOverByItselfOrByASignal) {
  EXPECT_TRUE(wait_for_signal(1ms));
}

TEST(DefaultActor, IsUserAtHost) {
  const auto actor = default_actor();
  const auto at = actor.find('@');
  ASSERT_NE(at, std::string::npos);
  EXPECT_GT(at, 0U);
  EXPECT_LT(at + 1, actor.size());
}

}  // namespace
}  // namespace pm
