// HttpServer's socket that was inherited, and whether it still serves.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "http/http_connection.h"
#include "http/test_server.h"
#include "support/eventually.h"
#include "support/test_socket.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;

std::int64_t no_revision() {
  return 0;
}

TEST(HttpServer, ServesASocketThatWasInherited) {
  const auto elsewhere = listen_on("127.0.0.1");
  UniqueFd inherited(::dup(elsewhere.fd()));
  DetachedLoop loop;
  HttpServer server(HttpServer::Options{}, loop, no_revision);
  ASSERT_TRUE(server.bind(std::move(inherited)));
  EXPECT_EQ(server.port(), elsewhere.port());
  EXPECT_EQ(server.host(), "127.0.0.1");
  // Whoever comes early waits in the socket.
  HttpConnection connection(elsewhere.port());
  connection.send(get("/nowhere"));
  const Dispatcher dispatcher(Router{}, {});
  ASSERT_TRUE(server.start(dispatcher));
  EXPECT_EQ(connection.read().status, 404);
}

TEST(HttpServer, IsResponsive) {
  TestServer server;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(server.server().is_responsive(milliseconds(10'000)));
}

/// A server with one thread and one worker for each purpose, and a way to keep them waiting.
struct HangingServer {
  HangingServer() {
    HttpServer::Options options;
    options.port = 0;
    options.reactor_threads = 1;
    options.read_workers = options.quick_workers = 1;
    server = std::make_unique<HttpServer>(options, loop, no_revision);
    Router router;
    const auto hang = [this](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
      gate.pass();
      return HttpResponse::of("");
    };
    router.add({"GET", "/reactor", Lane::reactor, hang});
    router.add({"GET", "/quick", Lane::quick, hang});
    router.add({"GET", "/read", Lane::read, hang});
    router.add({"GET", "/other", Lane::read, [](const HttpRequest&, const PathParams&) {
                  return Expected<HttpResponse>(HttpResponse::of("read"));
                }});
    dispatcher = std::make_unique<Dispatcher>(std::move(router), Dispatcher::Options{});
    if (!server->bind() || !server->start(*dispatcher)) throw std::runtime_error("no server");
  }
  ~HangingServer() { gate.open(); }
  HangingServer(const HangingServer&) = delete;
  HangingServer& operator=(const HangingServer&) = delete;

  Gate gate;
  DetachedLoop loop;
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<HttpServer> server;
};

void goes_silent_and_comes_back(HangingServer& hanging) {
  ASSERT_TRUE(eventually([&] { return hanging.gate.waiting() == 1; }));
  EXPECT_FALSE(hanging.server->is_responsive(milliseconds(50)));
  hanging.gate.open();
  EXPECT_TRUE(hanging.server->is_responsive(milliseconds(10'000)));
}

TEST(HttpServer, IsNotResponsiveWhileAThreadOrTheWorkersHang) {
  for (const char* target : {"/reactor", "/quick", "/read"}) {
    HangingServer hanging;
    HttpConnection connection(hanging.server->port());
    connection.send(get(target));
    goes_silent_and_comes_back(hanging);
  }
}

TEST(HttpServer, ReadsWhileChangesWait) {
  HangingServer hanging;
  HttpConnection changes(hanging.server->port());
  changes.send(get("/quick"));
  ASSERT_TRUE(eventually([&] { return hanging.gate.waiting() == 1; }));
  HttpConnection reads(hanging.server->port());
  EXPECT_EQ(reads.ask(get("/other")).body, "read");
  hanging.gate.open();
}

TEST(HttpServer, IsNotResponsiveWhileTheDetachedLoopHangs) {
  HangingServer hanging;
  hanging.loop.post([&] { hanging.gate.pass(); });
  goes_silent_and_comes_back(hanging);
}

}  // namespace
}  // namespace pm::test
