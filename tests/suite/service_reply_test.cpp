#include "suite/service_reply.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

HttpAnswer answered(int status, std::string body) {
  return {Reach::answered, status, std::move(body), true, {}};
}

TEST(UpdateReplyOf, AYes) {
  const auto reply = read_update_reply(
      answered(200, R"({"success":true,"message":"moving","restart_required":true})"));
  EXPECT_TRUE(reply.accepted);
  EXPECT_TRUE(reply.restart_required);
  EXPECT_EQ(reply.message, "moving");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.reach, Reach::answered);
}

struct No {
  int status;
  const char* body;
  const char* message;
};

class UpdateNo : public testing::TestWithParam<No> {};

TEST_P(UpdateNo, IsNotAcceptedAndSaysWhatCame) {
  const auto reply = read_update_reply(answered(GetParam().status, GetParam().body));
  EXPECT_FALSE(reply.accepted);
  EXPECT_EQ(reply.message, GetParam().message);
  EXPECT_EQ(reply.status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, UpdateNo,
    testing::Values(
        No{200, R"({"success":false,"message":"busy"})", "busy"},
        No{200, R"({"success":false})", "the service refused"},
        No{200, R"({"success":"true"})", "\"success\" in the answer is not true or false"},
        No{200, R"({"success":1})", "\"success\" in the answer is not true or false"},
        No{200, R"({"success":null})", "\"success\" in the answer is not true or false"},
        No{200, R"({"success":true,"success":false})", "the answer is not JSON"},
        No{200, "{}", "the answer has no member \"success\""},
        No{200, "[true]", "the answer is not a JSON object"},
        No{200, "<html>", "the answer is not JSON"}, No{200, "", "the answer is not JSON"},
        No{201, R"({"success":true})", "HTTP 201"}, No{302, "", "HTTP 302"},
        No{422, R"({"detail":"port taken"})", "HTTP 422: port taken"},
        No{422, R"({"detail":[{"loc":["body"]}]})", "HTTP 422"},
        No{500, R"({"success":true,"message":"broken"})", "HTTP 500: broken"}));

TEST(UpdateReplyOf, NoAnswerKeepsItsReason) {
  const auto reply = read_update_reply({Reach::timed_out, 0, "", false, "no answer within 10 s"});
  EXPECT_EQ(reply.reach, Reach::timed_out);
  EXPECT_FALSE(reply.accepted);
  EXPECT_EQ(reply.message, "no answer within 10 s");
}

TEST(UpdateReplyOf, AnAnswerThatWasCutOffIsNoYes) {
  const auto reply =
      read_update_reply({Reach::answered, 200, R"({"success":true})", false, "too long"});
  EXPECT_FALSE(reply.accepted);
  EXPECT_EQ(reply.message, "too long");
}

TEST(UpdateReplyOf, ALongMessageIsCutBetweenCharacters) {
  std::string message = "x";
  while (message.size() < 400) message += "\u00e9";
  const auto reply =
      read_update_reply(answered(200, R"({"success":false,"message":")" + message + "\"}"));
  EXPECT_EQ(reply.message, message.substr(0, 299) + "...");
}

TEST(HealthReplyOf, HealthyByStatus) {
  for (const char* status : {"healthy", "ok", "UP", "Pass", "active", "running"}) {
    const auto reply =
        read_health_reply(answered(200, std::string(R"({"status":")") + status + "\"}"));
    EXPECT_TRUE(reply.healthy) << status;
    EXPECT_EQ(reply.message, "") << status;
  }
}

TEST(HealthReplyOf, HealthyWhenTheAnswerSaysNothingOfAStatus) {
  for (const char* body : {"", "OK", "{}", "[]", R"({"status":true})", R"("fine")"}) {
    const auto reply = read_health_reply(answered(200, body));
    EXPECT_TRUE(reply.healthy) << body;
    EXPECT_FALSE(reply.identity) << body;
  }
}

TEST(HealthReplyOf, UnhealthyNamesWhatCame) {
  const auto degraded = read_health_reply(answered(200, R"({"status":"degraded"})"));
  EXPECT_FALSE(degraded.healthy);
  EXPECT_EQ(degraded.message, "its status is \"degraded\"");
  const auto failing = read_health_reply(answered(503, R"({"status":"ok","service":"billing"})"));
  EXPECT_FALSE(failing.healthy);
  EXPECT_EQ(failing.message, "HTTP 503");
  EXPECT_EQ(failing.identity, "billing");
}

TEST(HealthReplyOf, IdentityIsTheServiceIdElseTheService) {
  const auto identity = [](const char* body) {
    return read_health_reply(answered(200, body)).identity;
  };
  EXPECT_EQ(identity(R"({"service":"a","service_id":"b"})"), "b");
  EXPECT_EQ(identity(R"({"service":"a","service_id":7})"), "a");
  EXPECT_EQ(identity(R"({"service":"a","service_id":""})"), "a");
  EXPECT_EQ(identity(R"({"service":{"name":"a"}})"), std::nullopt);
}

TEST(RestartReplyOf, AcceptedUnlessTheServiceSaysNo) {
  EXPECT_TRUE(read_restart_reply(answered(200, R"({"success":true,"message":"m"})")).accepted);
  EXPECT_TRUE(read_restart_reply(answered(202, "")).accepted);
  const auto no = read_restart_reply(answered(200, R"({"success":false,"message":"not now"})"));
  EXPECT_FALSE(no.accepted);
  EXPECT_EQ(no.message, "not now");
  const auto missing = read_restart_reply(answered(404, "not found"));
  EXPECT_FALSE(missing.accepted);
  EXPECT_EQ(missing.message, "HTTP 404");
}

}  // namespace
}  // namespace pm
