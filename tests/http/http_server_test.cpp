#include "http/http_server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <list>
#include <random>
#include <thread>

#include "http/http_connection.h"
#include "http/test_server.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;

std::string chunked(const std::string& target) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
         "Transfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n";
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  TestServer server;
  HttpConnection connection(server.port());
  for (int i = 0; i < 20; ++i) {
    const auto word = std::to_string(i);
    const auto answer = connection.ask(get((i % 2 == 0 ? "/now/" : "/later/") + word));
    EXPECT_EQ(answer.status_line, "HTTP/1.1 200 OK");
    EXPECT_EQ(answer.body, word);
    EXPECT_EQ(answer.header("content-type"), "application/json");
    EXPECT_EQ(answer.header("connection"), "");
    EXPECT_THAT(answer.header("date"), EndsWith(" GMT"));
    EXPECT_FALSE(answer.header("x-request-id").empty());
  }
}

TEST(HttpServer, TheRequestIdIsGivenBack) {
  TestServer server;
  HttpConnection connection(server.port());
  EXPECT_EQ(connection.ask(get("/now/a", "X-Request-Id: abc\r\n")).header("x-request-id"), "abc");
}

TEST(HttpServer, ErrorsKeepTheConnectionToo) {
  TestServer server;
  HttpConnection connection(server.port());
  const auto missing = connection.ask(get("/nowhere"));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.header("content-type"), "application/problem+json");
  EXPECT_EQ(connection.ask(get("/later")).status, 405);
  EXPECT_EQ(connection.ask(get("/now/%zz")).status, 400);
  EXPECT_EQ(connection.ask("GET /now/a HTTP/1.1\r\n\r\n").status, 400);
  EXPECT_EQ(connection.ask(get("/now/a")).body, "a");
}

TEST(HttpServer, BodiesComeWithLengthOrInChunks) {
  TestServer server;
  HttpConnection connection(server.port());
  for (const char* path : {"/now", "/later"}) {
    EXPECT_EQ(connection.ask(post(path, "[1,2]")).body, "[1,2]");
    EXPECT_EQ(connection.ask(chunked(path)).body, "[1,2]");
    EXPECT_EQ(connection.ask(post(path, "")).body, "");
    const std::string large(megabyte, '1');
    EXPECT_EQ(connection.ask(post(path, large)).body, large);
  }
}

TEST(HttpServer, ChunkExtensionsAndTrailersArePassedOver) {
  TestServer server;
  HttpConnection connection(server.port());
  const auto request =
      "POST /now HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n"
      "3;name=\"value\"\r\n[1,\r\n2 ; a\r\n2]\r\n0;last\r\nX-Sum: 1\r\n\r\n" +
      get("/now/a");
  connection.send(request);
  EXPECT_EQ(connection.read().body, "[1,2]");
  EXPECT_EQ(connection.read().body, "a");
}

TEST(HttpServer, PipelinedAnswersComeInTheOrderOfTheirRequests) {
  TestServer server;
  HttpConnection connection(server.port());
  constexpr int count = 300;
  std::string requests;
  for (int i = 0; i < count; ++i) {
    const auto word = std::to_string(i);
    switch (i % 4) {
      case 0:
        requests += get("/now/" + word);
        break;
      case 1:
        requests += get("/later/" + word);
        break;
      case 2:
        requests += post("/later/" + word, "");
        break;
      default:
        requests += post("/now/" + word, "");
    }
  }
  connection.send(requests);
  for (int i = 0; i < count; ++i) ASSERT_EQ(connection.read().body, std::to_string(i));
  EXPECT_FALSE(connection.readable(milliseconds(0)));
}

TEST(HttpServer, HowTheBytesAreCutMakesNoDifference) {
  TestServer server(one_reactor());
  const auto requests = get("/now/a") + chunked("/later") + post("/later", "{}") + get("/later/b") +
                        post("/now", "[]") + chunked("/now") + get("/now/c");
  const auto check = [](HttpConnection& connection) {
    for (const char* body : {"a", "[1,2]", "{}", "b", "[]", "[1,2]", "c"}) {
      ASSERT_EQ(connection.read().body, body);
    }
  };
  {
    HttpConnection connection(server.port());
    for (const char byte : requests) connection.send({&byte, 1});
    check(connection);
  }
  std::mt19937 random(4711);
  for (int round = 0; round < 30; ++round) {
    HttpConnection connection(server.port());
    for (std::size_t at = 0; at < requests.size();) {
      const std::size_t size = 1 + random() % 80;
      connection.send(std::string_view(requests).substr(at, size));
      at += size;
    }
    check(connection);
  }
}

TEST(HttpServer, HeadHasTheHeaderOfGetAndNoBody) {
  TestServer server;
  HttpConnection connection(server.port());
  for (const char* path : {"/now/word", "/later/word"}) {
    connection.send("HEAD " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n" + get(path));
    const auto head = connection.read(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), "4");
    EXPECT_EQ(connection.read().body, "word");
  }
}

TEST(HttpServer, NotModifiedHasNoBody) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send(get("/unchanged") + get("/now/a"));
  EXPECT_EQ(connection.read().status_line, "HTTP/1.1 304 Not Modified");
  EXPECT_EQ(connection.read().body, "a");
}

TEST(HttpServer, ContinuesWhenTheClientWaitsForTheWord) {
  TestServer server;
  for (const char* path : {"/now", "/later"}) {
    HttpConnection connection(server.port());
    const auto request = post(path, "[1]", "Expect: 100-continue\r\n");
    const auto body = request.find("\r\n\r\n") + 4;
    connection.send(std::string_view(request).substr(0, body));
    EXPECT_EQ(connection.read().status_line, "HTTP/1.1 100 Continue");
    connection.send(std::string_view(request).substr(body));
    EXPECT_EQ(connection.read().body, "[1]");
    connection.send(request);
    EXPECT_EQ(connection.read().status, 200) << "the body came with it: no need for the word";
  }
}

TEST(HttpServer, MeetsNoOtherExpectation) {
  TestServer server;
  HttpConnection connection(server.port());
  EXPECT_EQ(connection.ask(post("/now", "[1]", "Expect: the-unexpected\r\n")).status, 417);
  EXPECT_TRUE(connection.at_end());
}

TEST(HttpServer, CloseReallyCloses) {
  TestServer server;
  for (const char* path : {"/now/a", "/later/a"}) {
    HttpConnection connection(server.port());
    const auto answer = connection.ask(get(path, "Connection: close\r\n"));
    EXPECT_EQ(answer.body, "a");
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(connection.at_end());
  }
}

TEST(HttpServer, NothingBehindACloseIsAnswered) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send(get("/now/a", "Connection: close\r\n") + get("/now/b"));
  EXPECT_EQ(connection.read().body, "a");
  EXPECT_TRUE(connection.at_end());
}

TEST(HttpServer, Http10EndsUnlessAskedToStay) {
  TestServer server;
  for (const char* path : {"/now/a", "/later/a"}) {
    const auto request = "GET " + std::string(path) + " HTTP/1.0\r\n";
    {
      HttpConnection connection(server.port());
      EXPECT_EQ(connection.ask(request + "\r\n").status_line, "HTTP/1.0 200 OK");
      EXPECT_TRUE(connection.at_end());
    }
    HttpConnection connection(server.port());
    for (int i = 0; i < 3; ++i) {
      const auto answer = connection.ask(request + "Connection: keep-alive\r\n\r\n");
      EXPECT_EQ(answer.body, "a");
      EXPECT_EQ(answer.header("connection"), "keep-alive");
    }
  }
}

struct Rude {
  const char* name;
  std::string bytes;
  int status;
};

TEST(HttpServer, WhatIsNotARequestIsRefusedAndTheConnectionEnds) {
  using std::string_literals::operator""s;
  TestServer server;
  const std::string head = "POST /now HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
  const std::vector<Rude> all = {
      {"garbage", "\x16\x03\x01\x02garbage\r\n\r\n", 400},
      {"a NUL", "GET /\0 HTTP/1.1\r\n\r\n"s, 400},
      {"LF", "GET /now/a HTTP/1.1\nHost: x\n\n", 400},
      {"no version", "GET /now/a\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"a method that does not exist", "BREW /now/a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a long target", get("/" + std::string(3'000, 'a')), 414},
      {"slashes", get(std::string(2'048, '/')), 404},
      {"a long header", get("/now/a", "X: " + std::string(20'000, 'a') + "\r\n"), 431},
      {"a large body", head + "Content-Length: 1048577\r\n\r\n", 413},
      {"a negative length", head + "Content-Length: -1\r\n\r\n", 400},
      {"no number as a length", head + "Content-Length: x\r\n\r\n", 400},
      {"a number and more as a length", head + "Content-Length: 5x\r\n\r\nhello", 400},
      {"two lengths", head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400},
      {"two lengths, the other way round",
       head + "Content-Length: 6\r\nContent-Length: 5\r\n\r\nhello!", 400},
      {"a length and chunks",
       head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"broken chunks", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", 400},
      {"a header without a name", get("/now/a", "no colon\r\n"), 400},
  };
  for (const auto& [name, bytes, status] : all) {
    SCOPED_TRACE(name);
    HttpConnection connection(server.port());
    connection.send(bytes);
    const auto answer = connection.read();
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    if (status == 404) continue;
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(connection.at_end());
  }
  HttpConnection connection(server.port());
  EXPECT_EQ(connection.ask(get("/now/a")).body, "a");
}

TEST(HttpServer, ALengthOfZeroIsNoBody) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send("POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" + get("/now/a"));
  EXPECT_EQ(connection.read().status, 200);
  EXPECT_EQ(connection.read().body, "a");
}

TEST(HttpServer, RequestsBeforeTheRefusedOneAreAnswered) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send(get("/now/a") + get("/later/b") + "garbage\r\n\r\n");
  EXPECT_EQ(connection.read().body, "a");
  EXPECT_EQ(connection.read().body, "b");
  EXPECT_EQ(connection.read().status, 400);
  EXPECT_TRUE(connection.at_end());
}

TEST(HttpServer, AClientThatDoesNotFinishItsRequestIsTold) {
  auto options = one_reactor();
  options.connection.header_timeout = milliseconds(200);
  options.connection.body_timeout = milliseconds(200);
  TestServer server(options);
  const std::string body = post("/now", "[1,2]");
  for (const std::string& part :
       {std::string("GET /now/a HTTP/1.1\r\nHost:"), body.substr(0, body.size() - 1),
        chunked("/now").substr(0, chunked("/now").size() - 2)}) {
    HttpConnection connection(server.port());
    connection.send(part);
    const auto answer = connection.read();
    EXPECT_EQ(answer.status, 408) << part;
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(connection.at_end());
  }
}

TEST(HttpServer, TheTimeForAHeaderIsEachRequestsOwn) {
  auto options = one_reactor();
  options.connection.header_timeout = milliseconds(1'500);
  TestServer server(options);
  HttpConnection connection(server.port());
  const auto request = get("/now/a");
  connection.send(std::string_view(request).substr(0, 10));
  const auto late = std::chrono::steady_clock::now() + milliseconds(1'000);
  eventually([&] { return std::chrono::steady_clock::now() >= late; });
  connection.send(request.substr(10) + request.substr(0, 10));
  EXPECT_EQ(connection.read().body, "a");
  EXPECT_FALSE(connection.readable(milliseconds(1'000)));
  connection.send(std::string_view(request).substr(10));
  EXPECT_EQ(connection.read().body, "a");
}

TEST(HttpServer, AnIdleConnectionEndsWithoutAWord) {
  auto options = one_reactor();
  options.connection.keep_alive_timeout = milliseconds(200);
  TestServer server(options);
  HttpConnection fresh(server.port());
  HttpConnection used(server.port());
  EXPECT_EQ(used.ask(get("/later/a")).body, "a");
  EXPECT_TRUE(fresh.at_end());
  EXPECT_TRUE(used.at_end());
}

TEST(HttpServer, ARequestUnderWayIsNotIdle) {
  auto options = one_reactor();
  options.connection.keep_alive_timeout = milliseconds(100);
  options.connection.header_timeout = milliseconds(100);
  TestServer server(options);
  HttpConnection connection(server.port());
  connection.send(get("/gate/a"));
  EXPECT_FALSE(connection.readable(milliseconds(700)));
  server.gate().open();
  EXPECT_EQ(connection.read().body, "a");
}

TEST(HttpServer, ALargeAnswerToASlowReaderHoldsUpNobody) {
  TestServer server(one_reactor());
  for (const char* path : {"/now/large/answer", "/later/large/answer"}) {
    HttpConnection slow(server.port(), 16 * 1024);
    slow.send(get(path));
    ASSERT_TRUE(slow.readable(milliseconds(10'000)));
    HttpConnection other(server.port());
    for (int i = 0; i < 50; ++i) EXPECT_EQ(other.ask(get("/now/a")).body, "a");
    EXPECT_TRUE(slow.read().body == server.large());
    EXPECT_EQ(slow.ask(get("/now/b")).body, "b");
  }
}

TEST(HttpServer, RequestsBehindALargeAnswerAreAnsweredAfterIt) {
  TestServer server(one_reactor());
  HttpConnection connection(server.port(), 16 * 1024);
  connection.send(get("/now/large/answer") + get("/later/a") + get("/now/large/answer") +
                  get("/now/b"));
  EXPECT_TRUE(connection.read().body == server.large());
  EXPECT_EQ(connection.read().body, "a");
  EXPECT_TRUE(connection.read().body == server.large());
  EXPECT_EQ(connection.read().body, "b");
}

TEST(HttpServer, ALargeAnswerIsWholeBeforeTheConnectionCloses) {
  TestServer server;
  HttpConnection connection(server.port(), 16 * 1024);
  connection.send(get("/now/large/answer", "Connection: close\r\n"));
  EXPECT_TRUE(connection.read().body == server.large());
  EXPECT_TRUE(connection.at_end());
}

TEST(HttpServer, OneThatPipelinesAndDoesNotReadHoldsUpNobody) {
  TestServer server(one_reactor());
  HttpConnection greedy(server.port(), 4 * 1024);
  constexpr int count = 400;
  const std::string body(20'000, '1');
  auto sending = std::async(std::launch::async, [&] {
    for (int i = 0; i < count; ++i) greedy.send(post("/now", body));
  });
  ASSERT_TRUE(greedy.readable(milliseconds(10'000)));
  HttpConnection other(server.port());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(other.ask(get("/now/a")).body, "a");
  for (int i = 0; i < count; ++i) ASSERT_EQ(greedy.read().body.size(), body.size()) << i;
  sending.get();
}

TEST(HttpServer, ClientsThatGoAwayLeaveNothingBehind) {
  TestServer server;
  const auto before = open_descriptors();
  {
    std::list<HttpConnection> clients;
    for (int i = 0; i < 30; ++i) {
      auto& client = clients.emplace_back(server.port());
      switch (i % 5) {
        case 0:
          client.send(get("/gate/a"));
          break;
        case 1:
          client.send(get("/now/large/answer"));
          break;
        case 2:
          client.send("GET /now");
          break;
        case 3:
          client.send(post("/later", "[1]") + get("/gate/b"));
          break;
        default:
          break;
      }
    }
    ASSERT_TRUE(eventually([&] { return server.gate().waiting() == 12; }));
    int i = 0;
    for (auto& client : clients) {
      if (i++ % 2 == 0) client.reset();
    }
  }
  HttpConnection other(server.port());
  EXPECT_EQ(other.ask(get("/now/a")).body, "a");
  server.gate().open();
  EXPECT_EQ(other.ask(get("/later/b")).body, "b");
  other.close();
  EXPECT_TRUE(eventually([&] { return open_descriptors() <= before; }))
      << open_descriptors() << " instead of " << before;
}

TEST(HttpServer, HundredsOfConnections) {
  TestServer server;
  std::list<HttpConnection> connections;
  for (int i = 0; i < 300; ++i) connections.emplace_back(server.port());
  for (int round = 0; round < 3; ++round) {
    for (auto& connection : connections) {
      connection.send(get("/now/a") + get("/later/b"));
    }
    for (auto& connection : connections) {
      ASSERT_EQ(connection.read().body, "a");
      ASSERT_EQ(connection.read().body, "b");
    }
  }
}

TEST(HttpServer, ManyClientsAtOnce) {
  TestServer server;
  std::vector<std::jthread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&, client] {
      for (int i = 0; i < 20; ++i) {
        HttpConnection connection(server.port());
        for (int ask = 0; ask < 10; ++ask) {
          const auto word = std::to_string(client * 1'000 + i * 10 + ask);
          const bool last = ask == 9;
          const auto answer = connection.ask(get((ask % 2 == 0 ? "/now/" : "/later/") + word,
                                                 last ? "Connection: close\r\n" : ""));
          EXPECT_EQ(answer.body, word);
        }
      }
    });
  }
}

TEST(HttpServer, OneConnectionTooManyIsClosed) {
  auto options = one_reactor();
  options.max_connections = 2;
  TestServer server(options);
  HttpConnection first(server.port());
  HttpConnection second(server.port());
  EXPECT_EQ(first.ask(get("/now/a")).body, "a");
  EXPECT_EQ(second.ask(get("/now/a")).body, "a");
  HttpConnection third(server.port());
  EXPECT_TRUE(third.at_end());
  first.close();
  EXPECT_TRUE(eventually([&] {
    try {
      return HttpConnection(server.port()).ask(get("/now/a")).body == "a";
    } catch (const std::runtime_error&) {
      return false;
    }
  }));
  EXPECT_EQ(second.ask(get("/now/a")).body, "a");
}

TEST(HttpServer, ThoseWhoWaitCountAsConnections) {
  auto options = one_reactor();
  options.max_connections = 3;
  TestServer server(options);
  HttpConnection waits(server.port());
  HttpConnection works(server.port());
  HttpConnection plain(server.port());
  waits.send(get("/news?revision=1&wait=60000"));
  works.send(get("/gate/a"));
  EXPECT_EQ(plain.ask(get("/now/a")).body, "a");
  ASSERT_TRUE(eventually([&] { return server.server().long_polls() == 1; }));
  ASSERT_TRUE(eventually([&] { return server.gate().waiting() == 1; }));
  EXPECT_TRUE(eventually([&] { return server.server().connections() == 3; }));
  EXPECT_TRUE(HttpConnection(server.port()).at_end());
  server.gate().open();
  EXPECT_EQ(works.read().body, "a");
  server.commit();
  EXPECT_EQ(waits.read().body, "2");
}

TEST(HttpServer, StopLetsRequestsUnderWayFinish) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send(get("/gate/a"));
  ASSERT_TRUE(eventually([&] { return server.gate().waiting() == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  auto stopped =
      std::async(std::launch::async, [&] { server.server().stop(std::chrono::seconds(60)); });
  EXPECT_EQ(stopped.wait_for(milliseconds(50)), std::future_status::timeout);
  server.gate().open();
  EXPECT_EQ(connection.read().body, "a");
  stopped.get();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_TRUE(connection.at_end());
}

TEST(HttpServer, StopEndsWhatDoesNotFinish) {
  TestServer server;
  HttpConnection idle(server.port());
  HttpConnection slow(server.port(), 16 * 1024);
  EXPECT_EQ(idle.ask(get("/now/a")).body, "a");
  slow.send(get("/now/large/answer"));
  ASSERT_TRUE(slow.readable(milliseconds(10'000)));
  const auto begin = std::chrono::steady_clock::now();
  server.server().stop(std::chrono::seconds(60));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_TRUE(idle.at_end());
  EXPECT_LT(slow.read_to_end().size(), 8 * megabyte);
}

TEST(HttpServer, AfterStopNobodyIsAnswered) {
  TestServer server;
  const auto port = server.port();
  server.server().stop(milliseconds(0));
  server.server().stop(milliseconds(0));
  EXPECT_FALSE(TestSocket("127.0.0.1", SOCK_STREAM).try_connect("127.0.0.1", port));
}

TEST(HttpServer, StopsUnderLoad) {
  TestServer server;
  std::atomic<bool> stopped{false};
  std::vector<std::jthread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&] {
      while (!stopped) {
        try {
          HttpConnection connection(server.port());
          while (!stopped) connection.ask(get("/now/a") + get("/later/b"));
        } catch (const std::exception&) {
          if (!stopped) continue;
        }
      }
    });
  }
  HttpConnection connection(server.port());
  for (int i = 0; i < 20; ++i) connection.ask(get("/later/a"));
  const auto begin = std::chrono::steady_clock::now();
  server.server().stop(std::chrono::seconds(5));
  stopped = true;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  // Nobody is left waiting, which a client here would do for twice that time.
  clients.clear();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

std::int64_t no_revision() {
  return 0;
}

TEST(HttpServer, ConnectionsCanBeCountedBeforeItStartsAndWhileItStops) {
  std::atomic<bool> ends{false};
  std::atomic<bool> counts{false};
  HttpServer::Options options;
  options.port = 0;
  DetachedLoop loop;
  HttpServer server(options, loop, no_revision);
  ASSERT_TRUE(server.bind());
  const Dispatcher dispatcher(Router{}, {});
  std::jthread counting([&] {
    while (!ends) {
      server.connections();
      counts = true;
    }
  });
  EXPECT_TRUE(eventually([&] { return counts.load(); }));
  ASSERT_TRUE(server.start(dispatcher));
  HttpConnection connection(server.port());
  EXPECT_EQ(connection.ask(get("/nowhere")).status, 404);
  EXPECT_TRUE(eventually([&] { return server.connections() == 1; }));
  server.stop(milliseconds(0));
  EXPECT_EQ(server.connections(), 0U);
  ends = true;
}

TEST(HttpServer, APortThatIsTakenIsSaid) {
  const auto taken = listen_on("127.0.0.1");
  HttpServer::Options options;
  options.port = static_cast<std::uint16_t>(taken.port());
  DetachedLoop loop;
  HttpServer server(options, loop, no_revision);
  const auto bound = server.bind();
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, ErrorCode::port_in_use);
}

TEST(HttpServer, AnAddressThatIsNotThisMachinesIsSaid) {
  for (const char* host : {"192.0.2.1", "no such host"}) {
    HttpServer::Options options;
    options.host = host;
    options.port = 0;
    DetachedLoop loop;
    HttpServer server(options, loop, no_revision);
    const auto bound = server.bind();
    ASSERT_FALSE(bound) << host;
    EXPECT_EQ(bound.error().code, ErrorCode::out_of_bounds);
  }
}

TEST(HttpServer, EndsWithoutHavingStarted) {
  HttpServer::Options options;
  options.port = 0;
  DetachedLoop loop;
  HttpServer bound(options, loop, no_revision);
  ASSERT_TRUE(bound.bind());
  EXPECT_GT(bound.port(), 0);
  const HttpServer idle(options, loop, no_revision);
}

TEST(HttpServer, ASocketThatIsGivenAwayIsTheOthersAlone) {
  TestServer server;
  const auto before = open_descriptors();
  HttpConnection connection(server.port());
  connection.send(get("/upgrade") + "e2e4");
  auto [fd, unread] = server.upgraded();
  EXPECT_EQ(unread, "e2e4");
  const auto answer = connection.read();
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.header("upgrade"), "chess");
  EXPECT_EQ(answer.header("date").size(), std::string("Sun, 06 Nov 1994 08:49:37 GMT").size());
  EXPECT_THAT(answer.header("date"), EndsWith(" GMT"));
  EXPECT_EQ(answer.headers.count("content-length"), 0U);
  connection.send("g1f3");
  std::string move(4, ' ');
  ASSERT_EQ(::recv(fd.get(), move.data(), move.size(), MSG_WAITALL), 4);
  EXPECT_EQ(move, "g1f3");
  ASSERT_EQ(::send(fd.get(), "e7e5", 4, MSG_NOSIGNAL), 4);
  fd.reset();
  EXPECT_EQ(connection.read_to_end(), "e7e5");
  connection.close();
  EXPECT_TRUE(eventually([&] { return open_descriptors() == before; }));
}

}  // namespace
}  // namespace pm::test
