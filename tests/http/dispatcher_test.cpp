#include "http/dispatcher.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "app/strict_json.h"

namespace pm {
namespace {

using testing::HasSubstr;
using testing::Not;

class DispatcherTest : public testing::Test {
 protected:
  void configure(const std::string& token, const std::vector<std::string>& origins,
                 const std::vector<std::string>& hosts) {
    dispatcher = Dispatcher(routes(), {token, origins, hosts});
  }

  static Router routes() {
    const auto echo = [](const HttpRequest& request,
                         const PathParams& params) -> Expected<HttpResponse> {
      return HttpResponse::of(request.body + (params.empty() ? "" : params[0]));
    };
    Router router;
    router.add({"GET", "/echo/{word}", Lane::reactor, echo});
    router.add({"POST", "/echo", Lane::reactor, echo});
    router.add({"POST", "/quick/{word}", Lane::quick, echo});
    router.add({"POST", "/slow", Lane::slow, echo});
    router.add({"GET", "/refuse", Lane::reactor,
                [](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
                  return fail(ErrorCode::port_taken, "It is taken.", "port");
                }});
    router.add({"GET", "/exception", Lane::reactor,
                [](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> {
                  throw std::runtime_error("the secret");
                }});
    router.add({"GET", "/number", Lane::reactor,
                [](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> { throw 42; }});
    router.add({"POST", "/number", Lane::slow,
                [](const HttpRequest&, const PathParams&) -> Expected<HttpResponse> { throw 42; }});
    return router;
  }

  static HttpRequest request(const std::string& method, const std::string& path) {
    HttpRequest made;
    made.method = method;
    made.path = path;
    made.segments = split_path(path).value();
    made.request_id = "req-1";
    made.headers["host"] = "127.0.0.1:8100";
    return made;
  }
  static HttpRequest post(const std::string& body, const std::string& type = "application/json") {
    auto made = request("POST", "/echo");
    made.body = body;
    if (!type.empty()) made.headers["content-type"] = type;
    return made;
  }
  HttpResponse answer(const HttpRequest& made) const {
    auto outcome = dispatcher.dispatch(made);
    if (auto* work = std::get_if<Dispatcher::Work>(&outcome.next)) return work->run(made);
    return std::get<HttpResponse>(outcome.next);
  }
  int status(const HttpRequest& made) const { return answer(made).status; }

  Dispatcher dispatcher{routes(), {}};
};

TEST_F(DispatcherTest, AnswersAtOnceWhatNeedNotWait) {
  const auto outcome = dispatcher.dispatch(request("GET", "/echo/kite"));
  const auto* response = std::get_if<HttpResponse>(&outcome.next);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(*response->body, "kite");
}

TEST_F(DispatcherTest, HandsTheRestOverWithItsLane) {
  auto made = request("POST", "/quick/kite");
  const auto quick = dispatcher.dispatch(made).next;
  ASSERT_TRUE(std::holds_alternative<Dispatcher::Work>(quick));
  EXPECT_EQ(std::get<Dispatcher::Work>(quick).lane, Lane::quick);
  EXPECT_EQ(*std::get<Dispatcher::Work>(quick).run(made).body, "kite");
  const auto slow = dispatcher.dispatch(request("POST", "/slow")).next;
  EXPECT_EQ(std::get<Dispatcher::Work>(slow).lane, Lane::slow);
}

TEST_F(DispatcherTest, NotFound) {
  const auto response = answer(request("GET", "/nowhere"));
  EXPECT_EQ(response.status, 404);
  const auto body = Json::parse(*response.body);
  EXPECT_EQ(body["code"], "not_found");
  EXPECT_EQ(body["instance"], "/nowhere");
  EXPECT_EQ(body["request_id"], "req-1");
}

TEST_F(DispatcherTest, MethodNotAllowedNamesThoseThatAre) {
  const auto response = answer(request("DELETE", "/echo"));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers,
            (std::vector<std::pair<std::string, std::string>>{{"Allow", "POST"}}));
}

TEST_F(DispatcherTest, ARefusalIsAProblem) {
  const auto response = answer(request("GET", "/refuse"));
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(Json::parse(*response.body)["field"], "port");
}

TEST_F(DispatcherTest, WhateverIsThrownIsA500ThatTellsNothing) {
  for (const auto& made :
       {request("GET", "/exception"), request("GET", "/number"), request("POST", "/number")}) {
    const auto response = answer(made);
    EXPECT_EQ(response.status, 500) << made.path;
    EXPECT_THAT(*response.body, Not(HasSubstr("secret")));
    EXPECT_THAT(*response.body, HasSubstr("req-1"));
  }
}

TEST_F(DispatcherTest, ABodyIsJson) {
  EXPECT_EQ(status(post("{}")), 200);
  EXPECT_EQ(status(post("{}", "application/json; charset=utf-8")), 200);
  EXPECT_EQ(status(post("{}", "Application/JSON ;charset=utf-8")), 200);
  EXPECT_EQ(status(post("", "")), 200);
  EXPECT_EQ(status(post("", "text/plain")), 200);
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
        "application/jsonx", "application/json, text/plain"}) {
    EXPECT_EQ(status(post("{}", type)), 415) << type;
  }
}

TEST_F(DispatcherTest, PagesOfOtherOriginsChangeNothing) {
  configure("", {"https://dash.example"}, {});
  const auto from = [&](const std::string& origin) {
    auto made = post("{}");
    made.headers["origin"] = origin;
    return status(made);
  };
  EXPECT_EQ(from("http://127.0.0.1:8100"), 200);
  EXPECT_EQ(from("https://dash.example"), 200);
  for (const char* origin :
       {"https://evil.example", "http://dash.example", "https://dash.example.evil",
        "https://dash.example:444", "null", "http://127.0.0.1:8101", "127.0.0.1:8100", "://",
        "http://evil.example/127.0.0.1:8100"}) {
    EXPECT_EQ(from(origin), 403) << origin;
  }
}

TEST_F(DispatcherTest, ANameThatSomebodyElseMayOwnIsNotOurs) {
  configure("", {}, {"ports.example"});
  const auto at = [&](const std::string& host) {
    auto made = request("GET", "/echo/kite");
    made.headers["host"] = host;
    return status(made);
  };
  for (const char* host : {"127.0.0.1", "127.0.0.1:8100", "10.0.0.7:8100", "localhost:8100", "pm",
                           "[::1]:8100", "[::1]", "ports.example", "Ports.Example:8100", ""}) {
    EXPECT_EQ(at(host), 200) << host;
  }
  for (const char* host : {"evil.example", "evil.example:8100", "ports.example.evil",
                           "127.0.0.1.evil", "1.2.3", "a.ports.example"}) {
    EXPECT_EQ(at(host), 421) << host;
  }
}

TEST_F(DispatcherTest, PagesOfOtherOriginsMayRead) {
  auto made = request("GET", "/echo/kite");
  made.headers["origin"] = "https://evil.example";
  EXPECT_EQ(status(made), 200);
}

TEST_F(DispatcherTest, ChangesNeedTheToken) {
  configure("s3cret", {}, {});
  EXPECT_EQ(status(request("GET", "/echo/kite")), 200);
  const auto missing = answer(post("{}"));
  EXPECT_EQ(missing.status, 401);
  EXPECT_EQ(missing.headers.front().first, "WWW-Authenticate");
  const auto with = [&](const std::string& authorization) {
    auto made = post("{}");
    made.headers["authorization"] = authorization;
    return status(made);
  };
  EXPECT_EQ(with("Bearer s3cret"), 200);
  EXPECT_EQ(with("bearer s3cret"), 200);
  for (const char* wrong : {"Bearer s3creT", "Bearer s3cret2", "Bearer s3cre", "Bearer ", "Bearer",
                            "s3cret", "Basic s3cret", " Bearer s3cret", "Bearer  s3cret"}) {
    EXPECT_EQ(with(wrong), 403) << wrong;
  }
}

TEST_F(DispatcherTest, WithoutAConfiguredTokenNoneIsNeeded) {
  auto made = post("{}");
  made.headers["authorization"] = "Bearer anything";
  EXPECT_EQ(status(made), 200);
}

TEST_F(DispatcherTest, WhoMayNotChangeAnythingRunsNoHandler) {
  configure("s3cret", {}, {});
  const auto outcome = dispatcher.dispatch(request("POST", "/slow")).next;
  EXPECT_TRUE(std::holds_alternative<HttpResponse>(outcome));
}

}  // namespace
}  // namespace pm
