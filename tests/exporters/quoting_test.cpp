#include "exporters/quoting.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

TEST(SingleQuoted, OneWordWhateverIsInIt) {
  EXPECT_EQ(single_quoted(""), "''");
  EXPECT_EQ(single_quoted("plain"), "'plain'");
  EXPECT_EQ(single_quoted("it's $HOME `id` \"x\"\n\\"), "'it'\\''s $HOME `id` \"x\"\n\\'");
}

TEST(CommentText, StaysOnItsLine) {
  EXPECT_EQ(comment_text("a\nb\rc\td\x7f"
                         "e"),
            "a b c d e");
  EXPECT_EQ(comment_text("next\xc2\x85line"), "next line");
  EXPECT_EQ(comment_text("line\xe2\x80\xa8paragraph\xe2\x80\xa9."), "line paragraph .");
}

TEST(CommentText, KeepsEveryOtherCharacter) {
  const std::string text = "ä \xc2\xa0 \xe2\x80\xa6 \xf0\x9f\x9a\xa2 # \" '";
  EXPECT_EQ(comment_text(text), text);
}

TEST(CommentText, IsCutBetweenCharacters) {
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "ä";
  EXPECT_EQ(comment_text(hundred), hundred);
  EXPECT_EQ(comment_text(hundred + "ä"), hundred + "...");
}

TEST(CommentText, HalfACharacterAtTheEndIsNoReadBeyondIt) {
  EXPECT_EQ(comment_text("a\xe2\x80"), "a\xe2\x80");
}

TEST(CsvField, IsQuotedWhereItMustBe) {
  EXPECT_EQ(csv_field(""), "");
  EXPECT_EQ(csv_field("LegalAI Pro"), "LegalAI Pro");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field("a\rb"), "\"a\rb\"");
  EXPECT_EQ(csv_field(" a"), "\" a\"");
  EXPECT_EQ(csv_field("a "), "\"a \"");
}

}  // namespace
}  // namespace pm
