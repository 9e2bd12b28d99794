#include "cli/json_fields.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

const Json answer = Json::parse(R"({"text": "a", "number": 7, "flag": true, "none": null,
  "list": ["a", 7, null], "object": {"x": 1}, "at": "2026-03-01T09:30:00.125Z"})");

TEST(JsonFields, AreReadAsTheyAre) {
  EXPECT_EQ(text_of(answer, "text"), "a");
  EXPECT_EQ(text_of(answer, "number"), "7");
  EXPECT_EQ(text_of(answer, "flag"), "true");
  EXPECT_EQ(number_of(answer, "number"), 7);
  EXPECT_TRUE(flag_of(answer, "flag"));
  EXPECT_EQ(list_of(answer, "list").size(), 3U);
  EXPECT_EQ(object_of(answer, "object").size(), 1U);
  EXPECT_EQ(joined_texts(list_of(answer, "list")), "a, 7, ");
  EXPECT_EQ(moment_of(answer, "at"), "2026-03-01T09:30:00Z");
}

TEST(JsonFields, WhatIsNotThereOrAnotherTypeIsEmpty) {
  for (const char* name : {"none", "missing", "object", "list"}) {
    EXPECT_EQ(text_of(answer, name), "") << name;
    EXPECT_EQ(number_of(answer, name), std::nullopt) << name;
    EXPECT_FALSE(flag_of(answer, name)) << name;
    EXPECT_EQ(moment_of(answer, name), "") << name;
  }
  EXPECT_TRUE(list_of(answer, "object").empty());
  EXPECT_TRUE(object_of(answer, "list").empty());
  EXPECT_FALSE(flag_of(answer, "number"));
  EXPECT_EQ(moment_of(answer, "text"), "");
}

TEST(JsonFields, OfWhatIsNoObjectAreEmpty) {
  for (const auto& value :
       {Json(), Json(7), Json("text"), Json::array({1}), Json::parse("broken", nullptr, false)}) {
    EXPECT_EQ(text_of(value, "x"), "");
    EXPECT_TRUE(list_of(value, "x").empty());
    EXPECT_TRUE(object_of(value, "x").empty());
  }
}

}  // namespace
}  // namespace pm
