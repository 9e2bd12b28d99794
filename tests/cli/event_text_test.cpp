#include "cli/event_text.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

std::string text_of_one(const char* message) {
  const auto texts = event_texts(Json::parse(message));
  return texts.size() == 1 ? texts.front().text : "not one";
}

TEST(EventText, OfAPortChange) {
  EXPECT_EQ(
      text_of_one(R"({"type": "port_change", "service_id": "a", "old_port": 1, "new_port": 2})"),
      "a: port 1 -> 2");
  EXPECT_EQ(
      text_of_one(R"({"type": "port_change", "service_id": "a", "old_port": null, "new_port": 2})"),
      "a: has port 2");
  EXPECT_EQ(
      text_of_one(R"({"type": "port_change", "service_id": "a", "old_port": 1, "new_port": null})"),
      "a: gave up port 1");
}

TEST(EventText, OfConflicts) {
  const auto opened = Json::parse(R"({"type": "conflicts_detected", "count": 2, "conflicts": [
    {"id": 3, "type": "drift", "port": 8000, "service": "a", "severity": "medium", "detail": "D."},
    {"id": 4, "type": "duplicate_assignment", "port": 8001, "services": ["a", "b"],
     "severity": "high", "detail": "E."}]})");
  const auto texts = event_texts(opened);
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[0].text, "a: conflict 3 (drift, port 8000) opened: D.");
  EXPECT_EQ(texts[0].style, Style::warning);
  EXPECT_EQ(texts[1].text, "a, b: conflict 4 (duplicate_assignment, port 8001) opened: E.");
  EXPECT_EQ(texts[1].style, Style::bad);
  EXPECT_EQ(event_words(opened),
            "conflict_detected 3 drift 8000 a\n"
            "conflict_detected 4 duplicate_assignment 8001 a, b\n");
  const auto closed = Json::parse(R"({"type": "conflict_resolved", "conflict":
    {"id": 3, "type": "drift", "port": 8000, "service": "a", "resolution": "It moved."}})");
  EXPECT_EQ(event_texts(closed).front().text, "a: conflict 3 (drift, port 8000) closed: It moved.");
  EXPECT_EQ(event_words(closed), "conflict_resolved 3 drift 8000 a\n");
}

TEST(EventText, OfAStatus) {
  const auto message =
      Json::parse(R"({"type": "service_status", "service_id": "a", "status": "unhealthy"})");
  EXPECT_EQ(event_texts(message).front().text, "a: unhealthy");
  EXPECT_EQ(event_texts(message).front().style, Style::bad);
  EXPECT_EQ(event_words(message), "service_status a unhealthy\n");
}

TEST(EventText, OfWhatIsNotKnownIsItsType) {
  EXPECT_EQ(text_of_one(R"({"type": "of_a_later_version"})"), "of_a_later_version");
  EXPECT_EQ(event_words(Json::parse(R"({"type": "of_a_later_version"})")), "");
  EXPECT_EQ(text_of_one("{}"), "");
}

TEST(EventText, WordsCannotSteerTheTerminal) {
  const auto message =
      Json::parse(R"({"type": "service_status", "service_id": "a\u001b[31m\nb", "status": "x"})");
  const auto words = event_words(message);
  EXPECT_EQ(words.find('\x1b'), std::string::npos);
  EXPECT_EQ(words.find('\n'), words.size() - 1);
}

TEST(EventText, HasItsMoment) {
  EXPECT_EQ(event_moment(Json::parse(R"({"timestamp": 1772357400.125})")), "2026-03-01T09:30:00Z");
  EXPECT_EQ(event_moment(Json::parse(R"({"timestamp": "x"})")), "");
  EXPECT_EQ(event_moment(Json::parse("[]")), "");
}

}  // namespace
}  // namespace pm
