#include "cli/top_model.h"

#include <gmock/gmock.h>

#include "cli/top_support.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Key = TopModel::Key;

std::vector<std::string> ids_of(const TopModel& model) {
  std::vector<std::string> ids;
  for (const auto& row : model.rows()) ids.push_back(row.service_id);
  return ids;
}

class TopModelTest : public testing::Test {
 protected:
  TopModelTest() { model_.update(small_suite()); }
  void type(const std::string& text) {
    for (const char c : text) EXPECT_TRUE(model_.type(c, 10));
  }
  TopModel model_;
};

TEST_F(TopModelTest, PutsTogetherWhatIsKnownOfAService) {
  ASSERT_EQ(model_.rows().size(), 4U);
  const auto& beta = model_.rows()[1];
  EXPECT_EQ(beta.service_id, "beta");
  EXPECT_EQ(beta.port, 8003);
  EXPECT_EQ(beta.status, "unhealthy");
  EXPECT_EQ(beta.checked, "2026-03-01T09:30:00Z");
  EXPECT_EQ(beta.detail, "No answer.");
  EXPECT_EQ(model_.rows()[0].conflict, "drift");
  EXPECT_EQ(model_.rows()[3].port, 0);
}

TEST_F(TopModelTest, SortsByServicePortAndStatus) {
  EXPECT_THAT(ids_of(model_), ElementsAre("alpha", "beta", "delta", "gamma"));
  type("s");
  EXPECT_THAT(ids_of(model_), ElementsAre("gamma", "delta", "beta", "alpha"));
  type("s");
  EXPECT_THAT(ids_of(model_), ElementsAre("alpha", "beta", "gamma", "delta"))
      << "a conflict, unhealthy, unknown, healthy";
  type("s");
  EXPECT_EQ(model_.sort(), TopModel::Sort::service);
}

TEST_F(TopModelTest, ShowsProblemsAlone) {
  type("p");
  EXPECT_THAT(ids_of(model_), ElementsAre("alpha", "beta"));
  type("p");
  EXPECT_EQ(model_.rows().size(), 4U);
}

TEST_F(TopModelTest, FiltersByWhatIsTyped) {
  type("/");
  EXPECT_TRUE(model_.is_typing());
  type("TA");
  EXPECT_THAT(ids_of(model_), ElementsAre("beta", "delta"));
  EXPECT_TRUE(model_.press(Key::erase, 10));
  EXPECT_EQ(model_.filter(), "T");
  type("q");
  EXPECT_THAT(ids_of(model_), IsEmpty()) << "q is typed, not pressed";
  EXPECT_TRUE(model_.press(Key::escape, 10));
  EXPECT_EQ(model_.rows().size(), 4U);
  EXPECT_FALSE(model_.is_typing());
}

TEST_F(TopModelTest, EnterKeepsTheFilter) {
  type("/8003");
  EXPECT_TRUE(model_.press(Key::enter, 10));
  EXPECT_FALSE(model_.is_typing());
  model_.update(small_suite());
  EXPECT_THAT(ids_of(model_), ElementsAre("beta"));
}

TEST_F(TopModelTest, ScrollsNoFurtherThanThereAreRows) {
  constexpr int rows = 3;
  const auto first_after = [&](Key key) {
    model_.press(key, rows);
    return model_.first();
  };
  EXPECT_EQ(first_after(Key::up), 0U);
  EXPECT_EQ(first_after(Key::down), 1U);
  EXPECT_EQ(first_after(Key::down), 1U);
  EXPECT_EQ(first_after(Key::home), 0U);
  EXPECT_EQ(first_after(Key::page_down), 1U);
  EXPECT_EQ(first_after(Key::page_up), 0U);
  EXPECT_EQ(first_after(Key::end), 1U);
}

TEST_F(TopModelTest, EndsWithQ) {
  EXPECT_FALSE(model_.type('q', 10));
  EXPECT_TRUE(model_.type('x', 10));
  EXPECT_TRUE(model_.press(Key::none, 10));
}

TEST_F(TopModelTest, KeepsWhatItKnewWhenTheServerIsAway) {
  model_.update({.trouble = "nobody listens"});
  EXPECT_EQ(model_.rows().size(), 4U);
  EXPECT_EQ(model_.data().trouble, "nobody listens");
  model_.update(small_suite());
  EXPECT_EQ(model_.data().trouble, "");
}

TEST_F(TopModelTest, KeepsTheNewestChanges) {
  for (int i = 0; i < 150; ++i) {
    model_.add_change(Json::parse(R"({"type": "service_status", "service_id": "s)" +
                                  std::to_string(i) + R"(", "status": "healthy"})"));
  }
  EXPECT_EQ(model_.events().size(), 100U);
  EXPECT_EQ(model_.events().front().text.text, "s149: healthy");
}

}  // namespace
}  // namespace pm::test
