#include "http/api.h"

#include <gmock/gmock.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

using testing::Contains;
using testing::Pair;

class ApiTest : public testing::Test, public ApiWorld {
 protected:
  static HttpRequest with(const std::string& name, const std::string& value) {
    HttpRequest request;
    request.remote = "10.0.0.9";
    request.request_id = "req-7";
    if (!name.empty()) request.headers[name] = value;
    return request;
  }
};

TEST_F(ApiTest, TheActorIsWhoSaysSo) {
  const auto recorded = context_of(api, with("x-actor", "ada"), "a test");
  EXPECT_EQ(recorded.actor, "ada");
  EXPECT_EQ(recorded.reason, "a test");
  EXPECT_EQ(recorded.request_id, "req-7");
  EXPECT_EQ(recorded.at, ManualClock::start);
}

TEST_F(ApiTest, AnActorThatIsNoPlainTextIsAnonymous) {
  for (const std::string actor : {"", "caf\xc3\xa9", "a\x1b[31m", "a\tb"}) {
    EXPECT_EQ(context_of(api, with("x-actor", actor)).actor, "anonymous@10.0.0.9");
  }
  EXPECT_EQ(context_of(api, with("x-actor", std::string(500, 'a'))).actor, std::string(128, 'a'));
}

TEST_F(ApiTest, AMoveThatWasUndoneIsItsError) {
  MoveResult result;
  result.service_id = "kite";
  result.revision = 7;
  EXPECT_THAT(move_answer(result)->headers, Contains(Pair("X-Revision", "7")));
  result.error = Error{ErrorCode::service_refused, "no", ""};
  EXPECT_EQ(move_answer(result).error().code, ErrorCode::service_refused);
}

TEST_F(ApiTest, BytesThatAreNotUtf8DoNotBreakAnAnswer) {
  Json body;
  body["detail"] = "caf\xc3";
  EXPECT_TRUE(parse_strict(*ok(body).body, "the answer"));
}

}  // namespace
}  // namespace pm::test
