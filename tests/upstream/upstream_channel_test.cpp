#include "upstream/upstream_channel.h"

#include <gtest/gtest.h>

#include <future>

#include "scripted_upstream.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace pm {
namespace {

using test::ScriptedUpstream;
using namespace std::chrono_literals;
using Kind = UpstreamAnswer::Kind;
using Reply = ScriptedUpstream::Reply;

class UpstreamChannelTest : public testing::Test {
 protected:
  static UpstreamChannel::Options options(const std::string& url) {
    UpstreamChannel::Options options;
    options.target = "hub";
    options.name = "Hub";
    options.url = url;
    options.timeout = 5s;
    options.at_once = 4;
    options.circuit = {3, {1s, 8s}};
    return options;
  }
  static std::vector<Json> bodies(int count) {
    std::vector<Json> all;
    for (int i = 0; i < count; ++i) all.push_back({{"n", i}});
    return all;
  }
  Kind post() { return channel.post("/api/x", Json{{"a", 1}}).kind; }
  void open() {
    hub.answer_all({.status = 500});
    for (int i = 0; i < 3; ++i) post();
    ASSERT_EQ(channel.state().circuit, Circuit::open);
  }

  ScriptedUpstream hub;
  test::ManualClock clock;
  UpstreamChannel channel{options(hub.url()), clock};
};

TEST_F(UpstreamChannelTest, Posts) {
  EXPECT_EQ(post(), Kind::accepted);
  ASSERT_EQ(hub.requests().size(), 1U);
  const auto request = hub.requests().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/api/x");
  EXPECT_EQ(request.body.dump(), R"({"a":1})");
}

TEST_F(UpstreamChannelTest, SaysHowItStands) {
  auto state = channel.state();
  EXPECT_EQ(state.target, "hub");
  EXPECT_EQ(state.url, hub.url());
  EXPECT_EQ(state.calls, 0U);
  EXPECT_EQ(state.circuit, Circuit::closed);
  EXPECT_FALSE(state.last_success_at);

  post();
  state = channel.state();
  EXPECT_EQ(state.calls, 1U);
  EXPECT_EQ(state.failures, 0U);
  EXPECT_EQ(state.last_success_at, clock.now());

  hub.answer_all({.status = 422});
  clock.advance(1s);
  post();
  state = channel.state();
  EXPECT_EQ(state.calls, 2U);
  EXPECT_EQ(state.failures, 1U);
  EXPECT_EQ(state.last_failure_at, clock.now());
  EXPECT_EQ(state.last_error, "Hub answered the call to " + hub.url() + "/api/x with HTTP 422.");

  hub.answer_all({});
  post();
  EXPECT_EQ(channel.state().last_error, "");
  EXPECT_EQ(channel.state().last_failure_at, clock.now());
}

TEST_F(UpstreamChannelTest, FailuresInARowStopTheCalls) {
  open();
  EXPECT_EQ(post(), Kind::not_made);
  EXPECT_EQ(hub.requests().size(), 3U);
  EXPECT_GT(channel.closed_for(), 0ms);
  EXPECT_EQ(channel.state().retry_at, clock.now() + channel.closed_for());
  EXPECT_FALSE(channel.is_closed());
}

TEST_F(UpstreamChannelTest, ThenOneCallDecides) {
  open();
  clock.advance(channel.closed_for());
  EXPECT_EQ(channel.closed_for(), 0ms);
  EXPECT_EQ(post(), Kind::failed);
  EXPECT_EQ(channel.state().circuit, Circuit::open);
  clock.advance(channel.closed_for());
  hub.answer_all({});
  EXPECT_EQ(post(), Kind::accepted);
  EXPECT_EQ(channel.state().circuit, Circuit::closed);
  EXPECT_EQ(channel.closed_for(), 0ms);
}

TEST_F(UpstreamChannelTest, TellsOnceThatItIsBack) {
  int back = 0;
  channel.on_back([&] { ++back; });
  post();
  open();
  clock.advance(channel.closed_for());
  post();
  EXPECT_EQ(back, 0);
  clock.advance(channel.closed_for());
  hub.answer_all({});
  post();
  post();
  EXPECT_EQ(back, 1);
}

TEST_F(UpstreamChannelTest, ARefusalShowsThatSomebodyIsThere) {
  open();
  clock.advance(channel.closed_for());
  hub.answer_all({.status = 404});
  EXPECT_EQ(post(), Kind::refused);
  EXPECT_EQ(channel.state().circuit, Circuit::closed);
}

TEST_F(UpstreamChannelTest, RetryAfterKeepsItOpenWithinItsBound) {
  hub.answer_all({.status = 503, .header = "Retry-After: 60"});
  for (int i = 0; i < 3; ++i) post();
  EXPECT_EQ(channel.closed_for(), 60s);

  auto bounded = options(hub.url());
  bounded.longest_retry_after = 20s;
  UpstreamChannel other(bounded, clock);
  for (int i = 0; i < 3; ++i) other.post("/api/x", Json::object());
  EXPECT_EQ(other.closed_for(), 20s);
}

TEST_F(UpstreamChannelTest, PostsManyAtOnceAndAnswersInTheirOrder) {
  hub.set_script([](const ScriptedUpstream::Request& request) {
    return Reply{.status = request.body["n"].get<int>() % 2 == 0 ? 200 : 422};
  });
  const auto answers = channel.post_all("/api/x", bodies(20));
  ASSERT_EQ(answers.size(), 20U);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].status, i % 2 == 0 ? 200 : 422);
  }
  EXPECT_EQ(hub.requests().size(), 20U);
}

TEST_F(UpstreamChannelTest, NeverMoreAtOnceThanAllowed) {
  hub.answer_all({.stall = true});
  auto impatient = options(hub.url());
  impatient.timeout = 200ms;
  UpstreamChannel other(impatient, clock);
  const auto answers = other.post_all("/api/x", bodies(8));
  for (const auto& answer : answers) EXPECT_TRUE(answer.away);
  EXPECT_EQ(hub.peak(), 4U);
}

TEST_F(UpstreamChannelTest, AHalfOpenCircuitLetsTheFirstPass) {
  open();
  clock.advance(channel.closed_for());
  hub.answer_all({});
  const auto answers = channel.post_all("/api/x", bodies(5));
  EXPECT_EQ(answers[0].kind, Kind::accepted);
  for (std::size_t i = 1; i < answers.size(); ++i) EXPECT_EQ(answers[i].kind, Kind::not_made);
}

TEST_F(UpstreamChannelTest, CountsTheCallsThatFoundItAway) {
  EXPECT_EQ(channel.outages(), 0U);
  for (const auto& reply : {Reply{.status = 500}, Reply{.status = 404}, Reply{}}) {
    hub.answer_all(reply);
    post();
  }
  EXPECT_EQ(channel.outages(), 0U);
  hub.answer_all({.status = 503});
  post();
  EXPECT_EQ(channel.outages(), 1U);
  hub.answer_all({.close = true});
  post();
  EXPECT_EQ(channel.outages(), 2U);
}

TEST_F(UpstreamChannelTest, StopEndsTheCallUnderWay) {
  hub.answer_all({.stall = true});
  auto call = std::async(std::launch::async, [this] { return post(); });
  ASSERT_TRUE(test::eventually([this] { return hub.requests().size() == 1; }));
  const auto asked = std::chrono::steady_clock::now();
  channel.stop();
  ASSERT_EQ(call.wait_for(60s), std::future_status::ready);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 2s);
  EXPECT_EQ(call.get(), Kind::not_made);
  EXPECT_EQ(channel.state().failures, 0U) << "that it was stopped is not its fault";
  EXPECT_EQ(post(), Kind::not_made);
  EXPECT_EQ(hub.requests().size(), 1U);
}

TEST_F(UpstreamChannelTest, TheLastWordIsSaidAfterTheStop) {
  channel.stop();
  EXPECT_TRUE(channel.farewell("/bye", Json{{"service_id", "x"}}, 5s).accepted());
  EXPECT_EQ(hub.count("/bye"), 1U);
  hub.answer_all({.stall = true});
  EXPECT_TRUE(channel.farewell("/bye", Json::object(), 100ms).away);
}

TEST_F(UpstreamChannelTest, APasswordIsSentAndNeverTold) {
  const auto port = std::to_string(hub.port());
  UpstreamChannel locked(options("http://ada:secret@127.0.0.1:" + port + "/suite/?key=hidden"),
                         clock);
  hub.answer_all({.status = 401});
  locked.post("/api/x", Json::object());
  ASSERT_EQ(hub.requests().size(), 1U);
  EXPECT_EQ(hub.requests().front().path, "/suite/api/x");
  EXPECT_NE(hub.requests().front().head.find("Authorization: Basic YWRhOnNlY3JldA=="),
            std::string::npos);
  EXPECT_EQ(locked.state().url, "http://127.0.0.1:" + port + "/suite");
  EXPECT_EQ(locked.public_url("/y"), "http://127.0.0.1:" + port + "/suite/y");
  EXPECT_EQ(locked.state().last_error,
            "Hub answered the call to http://127.0.0.1:" + port + "/suite/api/x with HTTP 401.");

  const auto gone = std::to_string(test::free_port());
  UpstreamChannel away(options("http://ada:secret@127.0.0.1:" + gone), clock);
  away.post("/api/x", Json::object());
  EXPECT_EQ(away.state().last_error.find("secret"), std::string::npos);
  EXPECT_NE(away.state().last_error.find("nobody listens"), std::string::npos);
}

TEST_F(UpstreamChannelTest, AUrlThatIsNoneFailsWithoutBeingTold) {
  UpstreamChannel broken(options("ftp://ada:secret@hub"), clock);
  EXPECT_EQ(broken.post("/api/x", Json::object()).kind, Kind::failed);
  EXPECT_EQ(broken.state().url, "");
  EXPECT_EQ(broken.state().last_error.find("secret"), std::string::npos);
}

TEST_F(UpstreamChannelTest, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(channel.post("/api/x", Json{{"message", "\xff"}}).kind, Kind::accepted);
  EXPECT_EQ(hub.requests().front().body["message"], "\xef\xbf\xbd");
}

}  // namespace
}  // namespace pm
