#include "app/strict_json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pm {
namespace {

using std::string;

string nested(std::size_t depth) {
  return string(depth, '[') + string(depth, ']');
}

TEST(StrictJson, ReadsEveryKindOfValueInOrder) {
  const string text =
      R"({"z":1,"a":-2,"m":{"y":[true,false,null],"b":"\u00e4\n"},"f":1.5,"big":18446744073709551615})";
  const auto json = parse_strict(text, "the text");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->dump(-1, ' ', true), text);
}

TEST(StrictJson, AcceptsScalarsAndWhiteSpace) {
  EXPECT_EQ(*parse_strict(" 42\r\n\t", "x"), Json(42));
  EXPECT_EQ(*parse_strict("\"\"", "x"), Json(""));
  EXPECT_EQ(*parse_strict("[[],{}]", "x"), Json::array({Json::array(), Json::object()}));
}

TEST(StrictJson, OneNameInDifferentObjectsIsFine) {
  EXPECT_TRUE(parse_strict(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})", "x"));
}

struct Refused {
  string text;
  string place;
  string part;
};

TEST(StrictJson, RefusesWithThePlace) {
  const std::vector<Refused> cases = {
      {"", "line 1, column 1", "end of input"},
      {"{\"a\":", "line 1, column 6", "end of input"},
      {"{\n  \"a\": 1,\n}", "line 3, column 1", "object key"},
      {"[1 2]", "line 1, column 4", "unexpected"},
      {"{} x", "line 1, column 4", "invalid literal"},
      {"{}{}", "line 1, column 3", "unexpected"},
      {"{'a':1}", "line 1, column 2", ""},
      {"[NaN]", "line 1, column 2", ""},
      {"[01]", "line 1, column 3", ""},
      {"[1e999]", "line 1, column", "too large"},
      {"[\"\\ud800\"]", "line 1, column", "surrogate"},
      {"[\"\n\"]", "line", "control character"},
      {"/* */ 1", "line 1, column 1", ""},
      {"\xC3\xA4", "line 1, column 1", ""},
      {"[\"\xC3\xA4\", \"\xFF\"]", "line 1, column 8", "UTF-8"},
      {"[\"\xED\xA0\x80\"]", "line 1, column", "UTF-8"},
      {"[\"\xC0\xAF\"]", "line 1, column", "UTF-8"},
      {string("{}\0 rubbish", 11), "line 1, column 3", "zero byte"},
      {"{\n \"port\": 1,\n \"port\": 2}", "line 3, column 7", "\"port\""},
      {"{\"a\":[{\"b\":1,\"\\u0062\":2}]}", "line 1, column 21", "\"b\""},
      {nested(65), "line 1, column 65", "64"},
  };
  for (const auto& [text, place, part] : cases) {
    const auto json = parse_strict(text, "the request body");
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().code, ErrorCode::invalid_json);
    const auto& message = json.error().message;
    EXPECT_EQ(message.rfind("the request body", 0), 0U) << message;
    EXPECT_NE(message.find(place), string::npos) << text << "\n" << message;
    EXPECT_NE(message.find(part), string::npos) << text << "\n" << message;
    EXPECT_NO_THROW(Json(message).dump()) << "the message must be UTF-8";
    EXPECT_LT(message.size(), 300U);
  }
}

TEST(StrictJson, DepthUpTo64) {
  EXPECT_TRUE(parse_strict(nested(64), "x"));
  EXPECT_FALSE(parse_strict(string(1000000, '['), "x"));
}

TEST(StrictJson, MessagesStayShortAndUtf8) {
  const auto endless = parse_strict("[\"" + string(1 << 20, 'x'), "x");
  ASSERT_FALSE(endless);
  EXPECT_LT(endless.error().message.size(), 300U);

  string name(79, 'x');
  for (int i = 0; i < 100; ++i) name += "\xC3\xA4";
  const auto twice = parse_strict("{\"" + name + "\":1,\"" + name + "\":1}", "x");
  ASSERT_FALSE(twice);
  EXPECT_LT(twice.error().message.size(), 300U);
  EXPECT_NO_THROW(Json(twice.error().message).dump());
}

TEST(StrictJson, ManyMembersDoNotTakeQuadraticTime) {
  string text = "{";
  for (int i = 0; i < 200000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  text.back() = '}';
  const auto json = parse_strict(text, "x");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->size(), 200000U);
}

TEST(StrictJson, EveryBrokenPrefixIsRefused) {
  const string text = R"({"a": [1, -2.5e3, "\u00e4"], "b": {"c": null, "d": true}})";
  ASSERT_TRUE(parse_strict(text, "x"));
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(parse_strict(text.substr(0, length), "x")) << length;
  }
}

}  // namespace
}  // namespace pm
