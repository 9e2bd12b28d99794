#include "http/request_observer.h"

#include <gmock/gmock.h>

#include <list>

#include "http/http_connection.h"
#include "http/test_server.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

/// The last of these answers has been told.
bool told(const TestServer& server, std::size_t count) {
  return eventually([&] { return server.tale().answers().size() >= count; });
}

TEST(RequestObserver, IsToldOfWhatTheReactorAndWorkersAnswer) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.ask(get("/now/a"));
  connection.ask(post("/later/b", "{}"));
  connection.ask(get("/unchanged"));
  connection.send("HEAD /now/a HTTP/1.1\r\nHost: x\r\n\r\n");
  connection.read(true);
  EXPECT_THAT(server.tale().answers(), ElementsAre("GET /now/{word} 200", "POST /later/{word} 200",
                                                   "GET /unchanged 304", "GET /now/{word} 200"));
  EXPECT_GT(server.tale().longest(), std::chrono::nanoseconds(0));
}

TEST(RequestObserver, IsToldOfWhatReachesNoRoute) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.ask(get("/nowhere?token=s3cret"));
  connection.ask(get("/later"));
  connection.ask(get("/now/%zz"));
  connection.ask("GET /now/a HTTP/1.1\r\n\r\n");
  connection.ask(post("/now", "{}", "Expect: a miracle\r\n"));
  EXPECT_THAT(server.tale().answers(),
              ElementsAre("- GET /nowhere 404", "- GET /later 405", "- GET /now/%zz 400",
                          "- GET /now/a 400", "- POST /now 417"));
}

TEST(RequestObserver, IsToldOfWhatIsNoRequest) {
  TestServer server;
  HttpConnection(server.port()).ask("GET /now/a?b HTTP/9.9\r\n\r\n");
  HttpConnection(server.port()).ask("GET /now/a HTTP/1.1\nHost: x\n\n");
  HttpConnection(server.port())
      .ask("POST http://ada:s3cret@x/now?c HTTP/1.1\r\nHost: x\r\nContent-Length: 2097152\r\n\r\n");
  EXPECT_THAT(server.tale().answers(), ElementsAre("-   505", "-   400", "- POST /now 413"));
  EXPECT_EQ(server.tale().longest(), std::chrono::nanoseconds(0));
}

TEST(RequestObserver, IsToldOfWhatDidNotComeInTime) {
  HttpServer::Options options;
  options.connection.header_timeout = milliseconds(300);
  TestServer server(options);
  HttpConnection connection(server.port());
  connection.send("GET /now/a HT");
  EXPECT_EQ(connection.read().status, 408);
  EXPECT_THAT(server.tale().answers(), ElementsAre("-   408"));
}

TEST(RequestObserver, IsToldOfALongPollOnceWithoutWhatItHasWaited) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send(get("/news?revision=1&wait=60000"));
  ASSERT_TRUE(eventually([&] { return server.server().long_polls() == 1; }));
  EXPECT_FALSE(connection.readable(milliseconds(300)));
  EXPECT_THAT(server.tale().answers(), ElementsAre());
  server.commit();
  connection.read();
  EXPECT_THAT(server.tale().answers(), ElementsAre("GET /news 200"));
  EXPECT_LT(server.tale().longest(), milliseconds(300));
}

TEST(RequestObserver, IsToldOfALongPollTooMany) {
  HttpServer::Options options;
  options.max_long_polls = 0;
  TestServer server(options);
  HttpConnection connection(server.port());
  EXPECT_EQ(connection.ask(get("/news?revision=1&wait=60000")).status, 503);
  EXPECT_THAT(server.tale().answers(), ElementsAre("GET /news 503"));
}

TEST(RequestObserver, IsToldOfASocketGivenAway) {
  TestServer server;
  HttpConnection connection(server.port());
  connection.send(get("/upgrade"));
  server.upgraded();
  EXPECT_THAT(server.tale().answers(), ElementsAre("GET /upgrade 101"));
}

TEST(RequestObserver, IsToldOfWhatNoWorkerTakes) {
  HttpServer::Options options;
  options.slow_workers = 1;
  TestServer server(options);
  std::list<HttpConnection> waiting;
  waiting.emplace_back(server.port()).send(get("/gate/a"));
  ASSERT_TRUE(eventually([&] { return server.gate().waiting() == 1; }));
  HttpConnection more(server.port());
  // 1,024 may wait for the one worker.
  for (int i = 0; i < 1'024; ++i) waiting.emplace_back(server.port()).send(get("/gate/a"));
  ASSERT_TRUE(eventually([&] { return server.server().in_flight() == 1'025; }));
  EXPECT_EQ(more.ask(get("/gate/a")).status, 503);
  EXPECT_THAT(server.tale().answers(), ElementsAre("GET /gate/{word} 503"));
  server.gate().open();
  EXPECT_TRUE(told(server, 1'026));
  EXPECT_TRUE(eventually([&] { return server.server().in_flight() == 0; }));
}

}  // namespace
}  // namespace pm::test
