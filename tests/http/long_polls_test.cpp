#include "http/long_polls.h"

#include <gmock/gmock.h>

#include <list>

#include "http/http_connection.h"
#include "http/test_server.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

std::string news(int revision, int wait_ms) {
  return get("/news?revision=" + std::to_string(revision) + "&wait=" + std::to_string(wait_ms));
}

bool waits(TestServer& server, std::size_t count) {
  return eventually([&] { return server.server().long_polls() == count; });
}

TEST(LongPolls, TheAnswerComesWithTheNextRevision) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send(news(1, 60'000));
  ASSERT_TRUE(waits(server, 1));
  EXPECT_FALSE(connection.readable(milliseconds(200)));
  server.commit();
  EXPECT_EQ(connection.read().body, "2");
  EXPECT_TRUE(waits(server, 0));
  EXPECT_EQ(connection.ask(get("/now/a")).body, "a");
}

TEST(LongPolls, ARevisionThatHasPassedMeanwhileIsAnsweredAtOnce) {
  TestServer server;
  server.commit();
  HttpConnection connection(server.port());
  EXPECT_EQ(connection.ask(news(1, 60'000)).body, "2");
}

TEST(LongPolls, WhenTheTimeIsOverTheAnswerIsThePresentState) {
  TestServer server;
  HttpConnection connection(server.port());
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(connection.ask(news(1, 400)).body, "1");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(400));
}

TEST(LongPolls, ThoseWhoCameTogetherDoNotAllLeaveTogether) {
  TestServer server;
  std::list<HttpConnection> connections;
  for (int i = 0; i < 20; ++i) connections.emplace_back(server.port()).send(news(1, 8'000));
  ASSERT_TRUE(waits(server, 20));
  Time first{};
  Time last{};
  ASSERT_TRUE(eventually([&] { return server.server().long_polls() < 20; }, milliseconds(15'000)));
  first = std::chrono::steady_clock::now();
  ASSERT_TRUE(waits(server, 0));
  last = std::chrono::steady_clock::now();
  // A sixteenth of 8 s is 500 ms, and the loop looks every 250 ms.
  EXPECT_GE(last - first, milliseconds(100));
}

TEST(LongPolls, AThousandWaitOnNoThreadOfTheirOwnAndAllAreAnswered) {
  constexpr std::size_t many = 1'000;
  TestServer server;
  const auto threads = [] {
    const std::filesystem::directory_iterator all("/proc/self/task");
    return std::distance(begin(all), end(all));
  };
  const auto before = threads();
  std::list<HttpConnection> connections;
  for (std::size_t i = 0; i < many; ++i)
    connections.emplace_back(server.port()).send(news(1, 60'000));
  ASSERT_TRUE(waits(server, many));
  EXPECT_EQ(threads(), before);
  server.commit();
  for (auto& connection : connections) EXPECT_EQ(connection.read().body, "2");
}

TEST(LongPolls, OneWhoGoesAwayIsForgotten) {
  for (const bool reset : {true, false}) {
    TestServer server;
    const auto before = open_descriptors();
    HttpConnection connection(server.port());
    connection.send(news(1, 60'000));
    ASSERT_TRUE(waits(server, 1));
    if (reset) {
      connection.reset();
    } else {
      connection.close();
    }
    EXPECT_TRUE(waits(server, 0));
    EXPECT_TRUE(eventually([&] { return open_descriptors() == before; }));
  }
}

TEST(LongPolls, OneWhoOnlyEndsSendingIsAnsweredWithThePresentState) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send(news(1, 60'000));
  ASSERT_TRUE(waits(server, 1));
  connection.end_sending();
  EXPECT_EQ(connection.read().body, "1");
}

TEST(LongPolls, RequestsBehindOneAreAnsweredAfterIt) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send(news(1, 60'000) + get("/now/a"));
  ASSERT_TRUE(waits(server, 1));
  connection.send(get("/now/b"));
  EXPECT_FALSE(connection.readable(milliseconds(200)));
  server.commit();
  EXPECT_EQ(connection.read().body, "2");
  EXPECT_EQ(connection.read().body, "a");
  EXPECT_EQ(connection.read().body, "b");
}

TEST(LongPolls, StoppingAnswersThemAll) {
  TestServer server;
  HttpConnection first(server.port());
  HttpConnection second(server.port());
  first.send(news(1, 60'000));
  second.send(news(1, 60'000));
  ASSERT_TRUE(waits(server, 2));
  server.server().stop(milliseconds(1'000), milliseconds(500));
  EXPECT_EQ(first.read().body, "1");
  EXPECT_EQ(second.read().body, "1");
  EXPECT_TRUE(first.at_end());
}

TEST(LongPolls, StoppingLetsALargeAnswerBeRead) {
  TestServer server;
  HttpConnection connection(server.port(), 16 * 1024);
  connection.send(get("/large-news?revision=1&wait=60000"));
  ASSERT_TRUE(waits(server, 1));
  std::jthread stops([&] { server.server().stop(milliseconds(0), milliseconds(10'000)); });
  EXPECT_EQ(connection.read().body, server.large());
  connection.close();
  stops.join();
}

TEST(LongPolls, TooManyAreRefused) {
  auto options = one_reactor();
  options.max_long_polls = 1;
  TestServer server(options);
  HttpConnection first(server.port());
  HttpConnection second(server.port());
  first.send(news(1, 60'000));
  ASSERT_TRUE(waits(server, 1));
  EXPECT_EQ(second.ask(news(1, 60'000)).status, 503);
  EXPECT_EQ(second.ask(get("/now/a")).body, "a");
}

TEST(LongPolls, NoneIsForgottenWhileRevisionsFly) {
  TestServer server;
  std::atomic<bool> over{false};
  std::thread commits([&] {
    while (!over) server.commit();
  });
  HttpConnection connection(server.port());
  int known = 1;
  for (int i = 0; i < 300; ++i) {
    const int next = std::stoi(connection.ask(news(known, 60'000)).body);
    EXPECT_GT(next, known);
    known = next;
  }
  over = true;
  commits.join();
}

}  // namespace
}  // namespace pm::test
