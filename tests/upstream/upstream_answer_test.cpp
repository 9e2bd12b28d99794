#include "upstream/upstream_answer.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

using Kind = UpstreamAnswer::Kind;

HttpAnswer answered(int status) {
  HttpAnswer answer;
  answer.reach = Reach::answered;
  answer.status = status;
  answer.complete = true;
  answer.body = "{}";
  return answer;
}

UpstreamAnswer judged(const HttpAnswer& answer) {
  return judge(answer, "Hub", "http://hub/api/x");
}

TEST(Judge, EveryStatus) {
  for (int status = 200; status < 600; ++status) {
    const bool later = status == 408 || status == 425 || status == 429;
    const auto expected = status < 300                              ? Kind::accepted
                          : status >= 400 && status < 500 && !later ? Kind::refused
                                                                    : Kind::failed;
    EXPECT_EQ(judged(answered(status)).kind, expected) << status;
    EXPECT_EQ(judged(answered(status)).away, status >= 502 && status <= 504) << status;
    EXPECT_EQ(judged(answered(status)).status, status);
  }
}

TEST(Judge, AYesHasNoMessage) {
  EXPECT_EQ(judged(answered(204)).message, "");
  EXPECT_TRUE(judged(answered(204)).accepted());
}

TEST(Judge, ANoSaysWhoAndWhere) {
  EXPECT_EQ(judged(answered(422)).message,
            "Hub answered the call to http://hub/api/x with HTTP 422.");
}

TEST(Judge, NobodyThere) {
  for (const auto reach : {Reach::not_listening, Reach::timed_out, Reach::unreachable}) {
    HttpAnswer answer;
    answer.reach = reach;
    answer.message = "nobody listens on hub:80";
    const auto judged_so = judged(answer);
    EXPECT_EQ(judged_so.kind, Kind::failed);
    EXPECT_TRUE(judged_so.away);
    EXPECT_EQ(judged_so.status, 0);
    EXPECT_EQ(judged_so.message,
              "Hub could not be called at http://hub/api/x: nobody listens on hub:80.");
  }
}

TEST(Judge, KeepsWhatItIsAskedToWait) {
  auto busy = answered(503);
  busy.retry_after = std::chrono::seconds(7);
  EXPECT_EQ(judged(busy).retry_after, std::chrono::seconds(7));
}

TEST(Judge, AnAnswerThatIsTooLongIsJudgedByItsStatus) {
  auto cut = answered(200);
  cut.complete = false;
  EXPECT_TRUE(judged(cut).accepted());
}

}  // namespace
}  // namespace pm
