#include "app/listener_interviews.h"

#include <gmock/gmock.h>

#include "app/world.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using testing::IsNull;

class ListenerInterviewsTest : public testing::Test {
 protected:
  ListenerInterviews::Question question(int port, std::uint64_t inode,
                                        const std::string& host = "127.0.0.1") {
    auto listener = World::listener("kite", port, static_cast<int>(inode));
    listener.inode = inode;
    return {std::make_shared<const Listener>(listener), host, "/health"};
  }
  void ask(const std::vector<ListenerInterviews::Question>& questions) {
    interviews.ask(questions, clock.steady_now(), clock.now());
  }
  std::size_t times_asked() const { return client.contacted().size(); }

  ManualClock clock;
  FakeServiceClient client;
  FakeProbe probe;
  ListenerInterviews interviews{client, probe, {}};
};

TEST_F(ListenerInterviewsTest, KnowsWhoAnsweredAndWhen) {
  client.run("kite", 8000).healthy = false;
  const auto kite = question(8000, 1);
  EXPECT_THAT(interviews.answer(*kite.listener), IsNull());
  clock.advance(milliseconds(5));
  ask({kite});
  const auto* answer = interviews.answer(*kite.listener);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->answered);
  EXPECT_FALSE(answer->healthy);
  EXPECT_EQ(answer->name, "kite");
  EXPECT_EQ(answer->at, ManualClock::start + milliseconds(5));
}

TEST_F(ListenerInterviewsTest, AsksWhereAndHowTheQuestionSays) {
  auto kite = question(8000, 1, "127.0.0.2");
  kite.health_endpoint = "/up";
  ask({kite});
  const auto asked = client.contacted();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].host, "127.0.0.2");
  EXPECT_EQ(asked[0].port, Port::clamped(8000));
  EXPECT_EQ(asked[0].health_endpoint, "/up");
}

TEST_F(ListenerInterviewsTest, SilenceIsAnAnswerThatDidNotCome) {
  const auto nobody = question(8000, 1);
  ask({nobody});
  const auto* answer = interviews.answer(*nobody.listener);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->answered);
  EXPECT_EQ(answer->name, "");
}

TEST_F(ListenerInterviewsTest, OneThatGaveItsNameIsNotAskedAgain) {
  client.run("kite", 8000);
  const auto kite = question(8000, 1);
  ask({kite});
  EXPECT_FALSE(interviews.due(clock.steady_now() + std::chrono::hours(1)));
  clock.advance(std::chrono::hours(1));
  ask({kite});
  EXPECT_EQ(times_asked(), 1U);
}

TEST_F(ListenerInterviewsTest, OneWithoutANameIsAskedThriceThenEveryTenSeconds) {
  client.run("", 8000).identity = std::nullopt;
  const auto nameless = question(8000, 1);
  for (std::size_t i = 1; i <= 3; ++i) {
    ask({nameless});
    EXPECT_EQ(times_asked(), i);
    EXPECT_EQ(interviews.due(clock.steady_now()), i < 3);
  }
  clock.advance(milliseconds(9'999));
  EXPECT_FALSE(interviews.due(clock.steady_now()));
  ask({nameless});
  EXPECT_EQ(times_asked(), 3U);
  clock.advance(milliseconds(1));
  EXPECT_TRUE(interviews.due(clock.steady_now()));
  ask({nameless});
  EXPECT_EQ(times_asked(), 4U);
  EXPECT_FALSE(interviews.due(clock.steady_now()));
}

TEST_F(ListenerInterviewsTest, ANameThatComesLaterIsHeard) {
  auto& starting = client.run("", 8000);
  starting.identity = std::nullopt;
  const auto kite = question(8000, 1);
  ask({kite});
  starting.identity = "kite";
  ask({kite});
  EXPECT_EQ(interviews.answer(*kite.listener)->name, "kite");
}

TEST_F(ListenerInterviewsTest, ASocketThatIsNotAmongTheQuestionsIsForgotten) {
  client.run("kite", 8000);
  client.run("wren", 8001);
  const auto kite = question(8000, 1);
  const auto wren = question(8001, 2);
  ask({kite, wren});
  EXPECT_EQ(interviews.answer(*wren.listener)->name, "wren");
  ask({wren});
  EXPECT_THAT(interviews.answer(*kite.listener), IsNull());
  EXPECT_EQ(interviews.answer(*wren.listener)->name, "wren");
  EXPECT_EQ(times_asked(), 2U);
}

TEST_F(ListenerInterviewsTest, AnotherQuestionToTheSameSocketIsAsked) {
  client.run("kite", 8000);
  const auto kite = question(8000, 1);
  ask({kite});
  auto elsewhere = kite;
  elsewhere.host = "127.0.0.2";
  ask({elsewhere});
  auto otherwise = elsewhere;
  otherwise.health_endpoint = "/up";
  ask({otherwise});
  EXPECT_EQ(times_asked(), 3U);
}

TEST_F(ListenerInterviewsTest, OneInDoubtIsAskedAnewAndItsOldAnswerIsNoMore) {
  auto& process = client.run("kite", 8000);
  const auto kite = question(8000, 1);
  ask({kite});
  process.identity = "wren";
  interviews.doubt(*kite.listener);
  EXPECT_THAT(interviews.answer(*kite.listener), IsNull());
  EXPECT_TRUE(interviews.due(clock.steady_now()));
  ask({kite});
  EXPECT_EQ(interviews.answer(*kite.listener)->name, "wren");
  interviews.doubt(*question(8001, 9).listener);
  EXPECT_FALSE(interviews.due(clock.steady_now()));
}

TEST_F(ListenerInterviewsTest, OneThatTakesTheConnectionIsWaitedFor) {
  auto& slow = client.run("kite", 8000);
  slow.silent = true;
  const auto kite = question(8000, 1);
  ask({kite});
  ASSERT_TRUE(interviews.answer(*kite.listener));
  EXPECT_TRUE(interviews.answer(*kite.listener)->pending);
  ASSERT_TRUE(eventually([&] { return interviews.due(clock.steady_now()); }));
  EXPECT_EQ(times_asked(), 2U);
  ask({kite});
  EXPECT_FALSE(interviews.answer(*kite.listener)->pending);
  EXPECT_FALSE(interviews.answer(*kite.listener)->answered);
  EXPECT_EQ(times_asked(), 2U);
  EXPECT_FALSE(interviews.due(clock.steady_now())) << "it is waited for once";
  clock.advance(milliseconds(10'000));
  ask({kite});
  EXPECT_FALSE(interviews.answer(*kite.listener)->pending);
  EXPECT_EQ(times_asked(), 3U);
}

TEST_F(ListenerInterviewsTest, OneThatTakesNoConnectionIsSilentAtOnce) {
  client.run("kite", 8000).silent = true;
  const auto kite = question(8000, 1);
  probe.set_stuck(1);
  ask({kite});
  ASSERT_TRUE(interviews.answer(*kite.listener));
  EXPECT_FALSE(interviews.answer(*kite.listener)->pending);
  EXPECT_EQ(times_asked(), 1U);
}

}  // namespace
}  // namespace pm::test
