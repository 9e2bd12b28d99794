#include "http/detached_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "http/connection_pair.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using std::chrono::milliseconds;
using Output = DetachedLoop::Output;
using Pair = ConnectionPair;

constexpr std::size_t megabyte = 1024 * 1024;

std::shared_ptr<const std::string> numbers(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return std::make_shared<const std::string>(std::move(text));
}

TEST(DetachedLoop, ASlowReaderGetsEveryByte) {
  Pair pair;
  const auto body = numbers(8 * megabyte);
  DetachedLoop loop;
  loop.write(pair.take_server(), {"head\r\n\r\n", body, 0}, [](UniqueFd) {});
  EXPECT_EQ(loop.size(), 1U);
  EXPECT_EQ(pair.client().read_to_end(), "head\r\n\r\n" + *body);
  EXPECT_TRUE(eventually([&] { return loop.size() == 0; }));
}

TEST(DetachedLoop, GoesOnWhereTheOutputStands) {
  const auto body = numbers(1'000);
  const std::string head = "the head";
  for (const std::size_t offset :
       {std::size_t{0}, std::size_t{3}, head.size(), head.size() + 500}) {
    Pair pair;
    DetachedLoop loop;
    loop.write(pair.take_server(), {head, body, offset}, [](UniqueFd) {});
    EXPECT_EQ(pair.client().read_to_end(), (head + *body).substr(offset)) << offset;
  }
}

TEST(DetachedLoop, AnOutputWithoutABodyIsSent) {
  Pair pair;
  DetachedLoop loop;
  loop.write(pair.take_server(), {"only a head", nullptr, 0}, [](UniqueFd) {});
  EXPECT_EQ(pair.client().read_to_end(), "only a head");
}

TEST(DetachedLoop, HandsTheSocketOnWhenAllIsSent) {
  Pair pair;
  DetachedLoop loop;
  std::promise<UniqueFd> handed_on;
  loop.write(pair.take_server(), {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", nullptr, 0},
             [&](UniqueFd fd) { handed_on.set_value(std::move(fd)); });
  const UniqueFd fd = handed_on.get_future().get();
  EXPECT_EQ(pair.client().read().status, 200);
  ASSERT_EQ(::send(fd.get(), "more", 4, MSG_NOSIGNAL), 4);
  ::shutdown(fd.get(), SHUT_WR);
  EXPECT_EQ(pair.client().read_to_end(), "more");
}

TEST(DetachedLoop, ManyReadersAtOnce) {
  std::vector<Pair> pairs(20);
  const auto body = numbers(megabyte);
  DetachedLoop loop;
  for (auto& pair : pairs) loop.write(pair.take_server(), {"", body, 0}, [](UniqueFd) {});
  for (auto& pair : pairs) EXPECT_EQ(pair.client().read_to_end(), *body);
}

TEST(DetachedLoop, AReaderThatStopsIsDroppedAfterTheStallTime) {
  constexpr milliseconds stall{300};
  Pair pair;
  std::atomic<bool> handed_on{false};
  DetachedLoop loop(stall);
  const auto begin = std::chrono::steady_clock::now();
  loop.write(pair.take_server(), {"", numbers(8 * megabyte), 0},
             [&](UniqueFd) { handed_on = true; });
  EXPECT_TRUE(eventually([&] { return loop.size() == 0; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, stall);
  EXPECT_LT(pair.client().read_to_end().size(), 8 * megabyte);
  EXPECT_FALSE(handed_on);
}

TEST(DetachedLoop, AReaderThatGoesOnIsNotDropped) {
  constexpr milliseconds stall{600};
  Pair pair;
  const auto body = numbers(2 * megabyte);
  DetachedLoop loop(stall);
  auto handed_on = std::make_shared<std::promise<void>>();
  loop.write(pair.take_server(), {"", body, 0}, [handed_on](UniqueFd) { handed_on->set_value(); });
  std::string read;
  const auto begin = std::chrono::steady_clock::now();
  for (auto next = begin; read.size() < body->size() / 2; next += stall / 8) {
    eventually([&] { return std::chrono::steady_clock::now() >= next; });
    std::string chunk(megabyte / 16, '\0');
    const auto got = ::recv(pair.client().fd(), chunk.data(), chunk.size(), MSG_WAITALL);
    ASSERT_GT(got, 0) << "dropped after " << read.size();
    read.append(chunk, 0, static_cast<std::size_t>(got));
  }
  EXPECT_GT(std::chrono::steady_clock::now() - begin, stall);
  EXPECT_EQ(read + pair.client().read_to_end(), *body);
  EXPECT_EQ(handed_on->get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(DetachedLoop, AReaderThatGoesAwayEndsIt) {
  for (const bool reset : {true, false}) {
    Pair pair;
    std::atomic<bool> handed_on{false};
    DetachedLoop loop;
    loop.write(pair.take_server(), {"", numbers(8 * megabyte), 0},
               [&](UniqueFd) { handed_on = true; });
    ASSERT_TRUE(pair.client().readable(milliseconds(10'000)));
    if (reset) {
      pair.client().reset();
    } else {
      pair.client().close();
    }
    EXPECT_TRUE(eventually([&] { return loop.size() == 0; }));
    EXPECT_FALSE(handed_on);
  }
}

TEST(DetachedLoop, LingerDeliversWhatIsUnderWayAlthoughTheClientStillSends) {
  Pair pair;
  DetachedLoop loop;
  pair.client().send(std::string(20'000, 'x'));
  ASSERT_EQ(::send(pair.server(), "the answer", 10, MSG_NOSIGNAL), 10);
  loop.linger(pair.take_server());
  pair.client().send(std::string(20'000, 'x'));
  EXPECT_EQ(pair.client().read_to_end(), "the answer");
  EXPECT_EQ(loop.size(), 1U);
  pair.client().close();
  EXPECT_TRUE(eventually([&] { return loop.size() == 0; }));
}

TEST(DetachedLoop, LingerEndsByItselfWithAClientThatDoesNot) {
  Pair pair;
  DetachedLoop loop;
  const auto begin = std::chrono::steady_clock::now();
  loop.linger(pair.take_server());
  EXPECT_TRUE(eventually([&] { return loop.size() == 0; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(1'900));
}

TEST(DetachedLoop, LingerOfOneThatHasEndedClosesAtOnce) {
  Pair pair;
  DetachedLoop loop;
  pair.client().end_sending();
  ASSERT_TRUE(eventually([&] {
    char byte = 0;
    return ::recv(pair.server(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }));
  loop.linger(pair.take_server());
  EXPECT_EQ(loop.size(), 0U);
  EXPECT_TRUE(pair.client().at_end());
}

TEST(DetachedLoop, StopCutsEverybodyOff) {
  std::vector<Pair> pairs(10);
  const auto body = numbers(8 * megabyte);
  DetachedLoop loop;
  std::atomic<int> handed_on{0};
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i % 2 == 0) {
      loop.write(pairs[i].take_server(), {"", body, 0}, [&](UniqueFd) { ++handed_on; });
    } else {
      loop.linger(pairs[i].take_server());
    }
  }
  loop.stop();
  loop.stop();
  EXPECT_EQ(loop.size(), 0U);
  for (auto& pair : pairs) EXPECT_LT(pair.client().read_to_end().size(), 8 * megabyte);
  EXPECT_EQ(handed_on, 0);
}

TEST(DetachedLoop, AfterStopASocketIsClosed) {
  Pair written;
  Pair lingering;
  DetachedLoop loop;
  loop.stop();
  loop.write(written.take_server(), {"late", nullptr, 0}, [](UniqueFd) {});
  loop.linger(lingering.take_server());
  EXPECT_EQ(written.client().read_to_end(), "");
  EXPECT_EQ(lingering.client().read_to_end(), "");
}

TEST(SendSome, SendsWhatTheSocketTakes) {
  Pair pair;
  Output output{"head", numbers(8 * megabyte), 0};
  ASSERT_TRUE(DetachedLoop::send_some(pair.server(), output));
  EXPECT_GT(output.offset, 4U);
  EXPECT_LT(output.offset, output.size());
  EXPECT_FALSE(output.done());
}

TEST(SendSome, SaysWhenTheConnectionIsGone) {
  Pair pair;
  pair.client().reset();
  EXPECT_TRUE(eventually([&] {
    Output output{"head", nullptr, 0};
    return !DetachedLoop::send_some(pair.server(), output);
  }));
}

}  // namespace
}  // namespace pm::test
