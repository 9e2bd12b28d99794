#include "cli/refusal.h"

#include <gtest/gtest.h>

#include <map>

namespace pm {
namespace {

Refusal refused_with(const std::string& code) {
  return refusal_of(400, R"({"detail": "It is so.", "code": ")" + code + R"("})");
}

TEST(Refusal, TheCodeDecidesTheExitStatus) {
  const std::map<std::string, ExitStatus> statuses = {
      {"out_of_bounds", ExitStatus::usage},       {"invalid_name", ExitStatus::usage},
      {"unauthorized", ExitStatus::failed},       {"forbidden", ExitStatus::failed},
      {"unknown_service", ExitStatus::not_found}, {"unknown_port", ExitStatus::not_found},
      {"not_found", ExitStatus::not_found},       {"port_taken", ExitStatus::conflict},
      {"port_reserved", ExitStatus::conflict},    {"port_in_use", ExitStatus::conflict},
      {"already_assigned", ExitStatus::conflict}, {"move_in_progress", ExitStatus::conflict},
      {"range_full", ExitStatus::conflict},       {"service_refused", ExitStatus::failed},
      {"internal", ExitStatus::failed},           {"of_a_later_version", ExitStatus::failed}};
  for (const auto& [code, status] : statuses) {
    const auto refusal = refused_with(code);
    EXPECT_EQ(refusal.status, status) << code;
    EXPECT_EQ(refusal.code, code);
    EXPECT_EQ(refusal.message, "It is so.");
    EXPECT_FALSE(refusal.answer.empty());
  }
}

TEST(Refusal, NamesTheNextStepWhereThereIsOne) {
  EXPECT_NE(refused_with("port_taken").next_step.find("portmanager suggest"), std::string::npos);
  EXPECT_NE(refused_with("unauthorized").next_step.find("--token-file"), std::string::npos);
  EXPECT_EQ(refused_with("forbidden").next_step, "");
}

TEST(Refusal, WhatIsNoProblemDocumentIsNoPortManager) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"code": 7})"}) {
    const auto refusal = refusal_of(502, body);
    EXPECT_EQ(refusal.status, ExitStatus::failed) << body;
    EXPECT_NE(refusal.next_step.find("--url"), std::string::npos) << body;
  }
  EXPECT_NE(refusal_of(502, "<html>").message.find("502"), std::string::npos);
}

}  // namespace
}  // namespace pm
