#include "cli/top_page.h"

#include <gmock/gmock.h>

#include "cli/top_support.h"

namespace pm::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> texts_of(const std::vector<TopLine>& lines) {
  std::vector<std::string> texts;
  for (const auto& line : lines) {
    std::string text;
    for (const auto& span : line) text += span.text;
    texts.push_back(text);
  }
  return texts;
}

std::string page_of(const TopModel& model, int width = 100, int height = 24) {
  std::string page;
  for (const auto& text : texts_of(top_page(model, "http://pm", width, height))) {
    page += text + "\n";
  }
  return page;
}

class TopPageTest : public testing::Test {
 protected:
  TopPageTest() { model_.update(small_suite()); }
  TopModel model_;
};

TEST_F(TopPageTest, ShowsTheWhole) {
  model_.add_change(Json::parse(
      R"({"type": "port_change", "service_id": "beta", "old_port": 8001, "new_port": 8003})"));
  const auto page = page_of(model_);
  EXPECT_THAT(page, StartsWith("portmanager 1.2.3 at http://pm  up 2 h  revision 41\n"
                               "4 services, 2 healthy, 1 unhealthy; 997 ports free, 2 reserved; "
                               "1 conflict\n\nSERVICE"));
  EXPECT_THAT(page, HasSubstr("\nalpha     8004  healthy"));
  EXPECT_THAT(page, HasSubstr("drift"));
  EXPECT_THAT(page, HasSubstr("\nbeta      8003  unhealthy  2026-03-01T09:30:00Z  No answer.\n"));
  EXPECT_THAT(page, HasSubstr("\ngamma        -  unknown"));
  EXPECT_THAT(page, HasSubstr("beta: port 8001 -> 8003"));
  EXPECT_THAT(page, HasSubstr("\nq quit  s sort (service)  p problems  / filter"));
}

TEST_F(TopPageTest, SaysWhatIsFilteredAndSorted) {
  for (const char c : std::string("sp/al")) model_.type(c, 10);
  EXPECT_THAT(page_of(model_), HasSubstr("\nfilter: al_"));
  model_.press(TopModel::Key::enter, 10);
  EXPECT_THAT(page_of(model_), HasSubstr("s sort (port)  p problems (only)  / filter (al)"));
}

TEST_F(TopPageTest, SaysThatTheServerIsAway) {
  model_.update({.trouble = "nobody listens on pm:80"});
  const auto page = page_of(model_);
  EXPECT_THAT(page, HasSubstr("Not reached: nobody listens on pm:80. It is tried again."));
  EXPECT_THAT(page, HasSubstr("\nalpha "));
}

TEST_F(TopPageTest, BeforeTheFirstAnswerItIsEmpty) {
  EXPECT_THAT(page_of(TopModel()), StartsWith("portmanager at http://pm\n\n\nSERVICE"));
}

TEST_F(TopPageTest, FitsEveryScreen) {
  for (int height = 0; height < 60; ++height) {
    for (const int width : {0, 1, 7, 20, 40, 80, 200}) {
      const auto lines = top_page(model_, "http://pm", width, height);
      ASSERT_EQ(lines.size(), static_cast<std::size_t>(height));
      for (const auto& line : lines) EXPECT_LE(width_of(line), width);
    }
  }
}

TEST_F(TopPageTest, SaysWhichPartIsShown) {
  model_.press(TopModel::Key::end, top_rows(9));
  EXPECT_EQ(top_rows(9), 1);
  EXPECT_THAT(page_of(model_, 100, 9), HasSubstr("CHANGES  4-4 of 4"));
}

TEST_F(TopPageTest, WhatServicesSayCannotSteerTheTerminal) {
  auto data = small_suite();
  data.statuses["statuses"][0]["detail"] = "\x1b[2J\nx";
  model_.update(std::move(data));
  for (const auto& text : texts_of(top_page(model_, "http://pm", 100, 24))) {
    EXPECT_EQ(text.find_first_of("\x1b\n"), std::string::npos);
  }
}

}  // namespace
}  // namespace pm::test
