#include "http_client/http_call.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "app/unique_fd.h"
#include "http_client/url.h"
#include "support/canned_server.h"
#include "support/many_services.h"
#include "support/test_socket.h"

namespace pm {
namespace {

using test::CannedServer;
using test::listen_on;
using test::TestSocket;
using namespace std::chrono_literals;

HttpCall call_to(int port, const std::string& host = "127.0.0.1") {
  HttpCall call;
  call.url = http_url(host, port, "/x?y=1");
  call.timeout = 5s;
  return call;
}

std::string answer_with(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(HttpCall, GetsAnAnswer) {
  CannedServer server(answer_with("hello"));
  const auto answer = perform(call_to(server.port()));
  EXPECT_EQ(answer.reach, Reach::answered);
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_TRUE(server.request().starts_with("GET /x?y=1 HTTP/1.1\r\n"));
}

TEST(HttpCall, PostsJson) {
  CannedServer server(answer_with("{}"));
  auto call = call_to(server.port());
  call.json = R"({"a":1})";
  perform(call);
  const auto request = server.request();
  EXPECT_TRUE(request.starts_with("POST /x?y=1 HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Content-Type: application/json\r\n"), std::string::npos) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"a\":1}")) << request;
}

TEST(HttpCall, TellsHowLongItIsAskedToWait) {
  for (const auto& [line, wait] :
       {std::pair{"Retry-After: 7\r\n", std::optional(7s)},
        std::pair{"", std::optional<std::chrono::seconds>()},
        std::pair{"Retry-After: soon\r\n", std::optional<std::chrono::seconds>()},
        std::pair{"Retry-After: -5\r\n", std::optional<std::chrono::seconds>()},
        std::pair{"Retry-After: Sun, 22 Nov 2020 20:05:10 GMT\r\n",
                  std::optional<std::chrono::seconds>()}}) {
    CannedServer server(std::string("HTTP/1.1 503 Busy\r\n") + line + "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(perform(call_to(server.port())).retry_after, wait) << line;
  }
}

TEST(HttpCall, ADateToWaitForIsCountedFromNow) {
  const auto in_an_hour =
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + 1h);
  std::tm utc{};
  ::gmtime_r(&in_an_hour, &utc);
  std::array<char, 64> date{};
  std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  CannedServer server(std::string("HTTP/1.1 503 Busy\r\nRetry-After: ") + date.data() +
                      "\r\nContent-Length: 0\r\n\r\n");
  const auto wait = perform(call_to(server.port())).retry_after;
  ASSERT_TRUE(wait);
  EXPECT_LE(*wait, 1h);
  EXPECT_GT(*wait, 30min);
}

TEST(HttpCall, SpeaksIpv6) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  CannedServer server(answer_with("six"), "::1");
  EXPECT_EQ(perform(call_to(server.port(), "::1")).body, "six");
}

TEST(HttpCall, TellsThatNobodyListens) {
  const int port = test::free_port();
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto answer = perform(call_to(port, host));
    EXPECT_EQ(answer.reach, Reach::not_listening) << host;
    EXPECT_EQ(answer.message,
              "nobody listens on " + std::string(host) + ":" + std::to_string(port));
  }
}

TEST(HttpCall, GivesUpOnOneWhoDoesNotAnswer) {
  const auto silent = listen_on("127.0.0.1");
  auto call = call_to(silent.port());
  call.timeout = 100ms;
  const auto answer = perform(call);
  EXPECT_EQ(answer.reach, Reach::timed_out);
  EXPECT_FALSE(answer.complete);
  EXPECT_EQ(answer.message, "no answer within 100 ms");
  call.timeout = 1s;
  EXPECT_EQ(perform(call).message, "no answer within 1 s");
}

TEST(HttpCall, IsUnreachableWhenWhatComesIsNotHttpOrNothing) {
  for (const char* text : {"SSH-2.0-OpenSSH_9.2\r\n", ""}) {
    CannedServer server(text);
    const auto answer = perform(call_to(server.port()));
    EXPECT_EQ(answer.reach, Reach::unreachable);
    EXPECT_NE(answer.message.find("could not be reached: "), std::string::npos) << answer.message;
  }
}

TEST(HttpCall, IsUnreachableWhenTheHostIsNotOne) {
  for (const char* host : {"a b", "a/b", ""}) {
    const auto answer = perform(call_to(8000, host));
    EXPECT_EQ(answer.reach, Reach::unreachable) << host;
    EXPECT_EQ(answer.message, "its host and path do not make an address") << host;
  }
}

TEST(HttpCall, DoesNotPutAPathWithControlCharactersOnTheWire) {
  const auto listener = listen_on("127.0.0.1");
  auto call = call_to(listener.port());
  call.url = http_url("127.0.0.1", listener.port(), "/ HTTP/1.1\r\nX-Injected: yes\r\n\r\n");
  EXPECT_EQ(perform(call).reach, Reach::unreachable);
}

TEST(HttpCall, CutsOffAnAnswerOverTheLimit) {
  CannedServer whole(answer_with(std::string(answer_limit, 'x')));
  EXPECT_TRUE(perform(call_to(whole.port())).complete);
  CannedServer longer(answer_with(std::string(answer_limit + 1, 'x')));
  const auto answer = perform(call_to(longer.port()));
  EXPECT_EQ(answer.reach, Reach::answered);
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.complete);
  EXPECT_LE(answer.body.size(), answer_limit);
  EXPECT_EQ(answer.message, "the answer is longer than 1 MiB");
}

TEST(HttpCall, DoesNotFollowARedirect) {
  CannedServer server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n");
  EXPECT_EQ(perform(call_to(server.port())).status, 302);
}

TEST(HttpCall, PassesByTheEnvironmentsProxy) {
  ::setenv("http_proxy", "http://127.0.0.1:1/", 1);
  CannedServer server(answer_with("direct"));
  EXPECT_EQ(perform(call_to(server.port(), "localhost")).body, "direct");
  ::unsetenv("http_proxy");
}

TEST(HttpCall, SendsItsMethodAndHeaders) {
  CannedServer server(answer_with("{}"));
  auto call = call_to(server.port());
  call.method = "DELETE";
  call.json = "{}";
  call.headers = {"X-Actor: me@here", "Authorization: Bearer secret"};
  perform(call);
  const auto request = server.request();
  EXPECT_TRUE(request.starts_with("DELETE /x?y=1 HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nX-Actor: me@here\r\n"), std::string::npos) << request;
  EXPECT_NE(request.find("\r\nAuthorization: Bearer secret\r\n"), std::string::npos) << request;
}

TEST(HttpCall, TellsTheAnswersHeaders) {
  CannedServer server("HTTP/1.1 200 OK\r\nX-Revision: 7\r\nDATE: today\r\n\r\n");
  const auto answer = perform(call_to(server.port()));
  EXPECT_EQ(answer.headers.at("x-revision"), "7");
  EXPECT_EQ(answer.headers.at("date"), "today");
  EXPECT_FALSE(answer.headers.contains("content-length"));
}

TEST(HttpCall, TakesALongerAnswerWhenTold) {
  CannedServer server(answer_with(std::string(answer_limit + 1, 'x')));
  auto call = call_to(server.port());
  call.longest_answer = 2 * answer_limit;
  EXPECT_TRUE(perform(call).complete);
  CannedServer other(answer_with("four"));
  auto short_call = call_to(other.port());
  short_call.longest_answer = 3;
  EXPECT_EQ(perform(short_call).message, "the answer is longer than 3 bytes");
}

TEST(PerformWatched, GetsAnAnswer) {
  CannedServer server(answer_with("hello"));
  const auto answer = perform_watched(call_to(server.port()), {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(perform_watched(call_to(test::free_port()), {})->reach, Reach::not_listening);
  EXPECT_EQ(perform_watched(HttpCall{}, {})->message, "its host and path do not make an address");
}

TEST(PerformWatched, TellsOfTheTimeAndEndsWhenTold) {
  const auto silent = listen_on("127.0.0.1");
  const UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
  auto call = call_to(silent.port());
  call.timeout = 60s;
  int ticks = 0;
  const CallWatch watch{stop.get(), 1ms, [&] {
                          if (++ticks == 3) ::eventfd_write(stop.get(), 1);
                        }};
  EXPECT_FALSE(perform_watched(call, watch));
  EXPECT_EQ(ticks, 3);
}

TEST(PerformWatched, ATimeOutIsAnAnswer) {
  const auto silent = listen_on("127.0.0.1");
  auto call = call_to(silent.port());
  call.timeout = 50ms;
  EXPECT_EQ(perform_watched(call, {})->reach, Reach::timed_out);
}

TEST(PerformAll, AnswersEachInItsOwnPlace) {
  CannedServer first(answer_with("first"));
  CannedServer second("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
  CannedServer longer(answer_with(std::string(answer_limit + 1, 'x')));
  auto post = call_to(first.port());
  post.json = "{}";
  const std::vector<HttpCall> calls = {post, HttpCall{}, call_to(test::free_port()),
                                       call_to(second.port()), call_to(longer.port())};
  std::vector<HttpAnswer> answers(calls.size());
  perform_all(calls, 3,
              [&](std::size_t place, HttpAnswer answer) { answers[place] = std::move(answer); });
  EXPECT_EQ(answers[0].body, "first");
  EXPECT_TRUE(first.request().starts_with("POST /x?y=1 HTTP/1.1\r\n"));
  EXPECT_EQ(answers[1].message, "its host and path do not make an address");
  EXPECT_EQ(answers[2].reach, Reach::not_listening);
  EXPECT_EQ(answers[3].status, 500);
  EXPECT_TRUE(answers[3].complete);
  EXPECT_EQ(answers[4].message, "the answer is longer than 1 MiB");
}

TEST(PerformAll, OneWhoIsSilentIsTakenLastAndHoldsUpNobody) {
  const auto silent = listen_on("127.0.0.1");
  test::ManyServices services(20);
  std::vector<HttpCall> calls = {call_to(silent.port())};
  calls.front().timeout = 1s;
  for (const int port : services.ports()) calls.push_back(call_to(port));
  std::vector<std::size_t> order;
  perform_all(calls, 2, [&](std::size_t place, const HttpAnswer& answer) {
    EXPECT_EQ(answer.reach, place == 0 ? Reach::timed_out : Reach::answered) << place;
    order.push_back(place);
  });
  ASSERT_EQ(order.size(), calls.size());
  EXPECT_EQ(order.back(), 0U);
}

TEST(PerformAll, ATimeOutCountsFromWhenTheTurnComes) {
  const auto silent = listen_on("127.0.0.1");
  test::ManyServices services(1);
  std::vector<HttpCall> calls(3, call_to(silent.port()));
  calls.push_back(call_to(services.ports().front()));
  for (auto& call : calls) call.timeout = 500ms;
  std::vector<Reach> reached(calls.size());
  perform_all(calls, 1,
              [&](std::size_t place, const HttpAnswer& answer) { reached[place] = answer.reach; });
  EXPECT_EQ(reached,
            (std::vector{Reach::timed_out, Reach::timed_out, Reach::timed_out, Reach::answered}));
}

TEST(PerformAll, WithoutACallReturnsAtOnce) {
  perform_all({}, 0, [](std::size_t, const HttpAnswer&) { FAIL() << "an answer to nothing"; });
}

TEST(CanConnect, ToAListenerOnly) {
  auto listener = listen_on("127.0.0.1", test::free_port());
  const auto port = Port::clamped(listener.port());
  EXPECT_TRUE(can_connect("127.0.0.1", port, 5s));
  listener.close();
  EXPECT_FALSE(can_connect("127.0.0.1", port, 5s));
  EXPECT_FALSE(can_connect("a b", port, 5s));
}

TEST(CanConnect, GivesUpOnAListenerThatNeverAccepts) {
  const auto full = listen_on("127.0.0.1", 0, 0);
  std::vector<TestSocket> waiting;
  for (int i = 0; i < 4; ++i) {  // more than the backlog takes
    waiting.emplace_back("127.0.0.1", SOCK_STREAM | SOCK_NONBLOCK);
    waiting.back().try_connect("127.0.0.1", full.port());
  }
  EXPECT_FALSE(can_connect("127.0.0.1", Port::clamped(full.port()), 100ms));
}

}  // namespace
}  // namespace pm
