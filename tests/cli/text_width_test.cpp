#include "cli/text_width.h"

#include <gmock/gmock.h>

#include <random>

namespace pm {
namespace {

using testing::ElementsAre;

const std::string replaced = "\xef\xbf\xbd";

TEST(Printable, LeavesTextAsItIs) {
  for (const char* text :
       {"", "plain", "Ärger über Österreich", "日本語", "e\xcc\x81", "👍🏽"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, TakesAwayWhatSteersATerminal) {
  EXPECT_EQ(printable("a\x1b[31mred"), "a" + replaced + "[31mred");
  EXPECT_EQ(printable("two\nlines\t\r"), "two" + replaced + "lines" + replaced + replaced);
  EXPECT_EQ(printable(std::string("nul\0", 4)), "nul" + replaced);
  EXPECT_EQ(printable("\x7f"), replaced);
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            replaced + "31m")
      << "the one-character CSI";
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a" + replaced + "b")
      << "right-to-left override";
}

TEST(Printable, TakesAwayWhatIsNoUtf8) {
  EXPECT_EQ(printable("a\xff"
                      "b"),
            "a" + replaced + "b");
  EXPECT_EQ(printable("cut\xe2\x82"), "cut" + replaced);
  EXPECT_EQ(printable("\xc0\x80"), replaced + replaced) << "overlong";
}

TEST(Printable, OfAnyBytesIsUtf8WithoutControlCharacters) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (int i = byte(random) % 24; i > 0; --i) text += static_cast<char>(byte(random));
    const auto clean = printable(text);
    EXPECT_EQ(printable(clean), clean);
    for (const char c : clean) EXPECT_FALSE(c >= 0 && c < ' ') << static_cast<int>(c);
  }
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("plain"), 5);
  EXPECT_EQ(display_width("Ö"), 1);
  EXPECT_EQ(display_width("日本"), 4);
  EXPECT_EQ(display_width("e\xcc\x81"), 1) << "combining accent";
}

TEST(Clipped, KeepsWhatFits) {
  EXPECT_EQ(clipped("plain", 5), "plain");
  EXPECT_EQ(clipped("plain", 3), "pla");
  EXPECT_EQ(clipped("plain", 0), "");
  EXPECT_EQ(clipped("日本", 3), "日") << "half a character is none";
  EXPECT_EQ(clipped("e\xcc\x81x", 1), "e\xcc\x81") << "an accent stays with its letter";
}

TEST(Wrapped, BreaksBetweenWords) {
  EXPECT_THAT(wrapped("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped("one two", 20), ElementsAre("one two"));
  EXPECT_THAT(wrapped("", 10), ElementsAre(""));
}

TEST(Wrapped, ALongWordStaysWhole) {
  EXPECT_THAT(wrapped("a aaaaaaaaaaaa b", 5), ElementsAre("a", "aaaaaaaaaaaa", "b"));
}

TEST(Wrapped, CountsColumnsNotBytes) {
  EXPECT_THAT(wrapped("ÄÖÜ ÄÖÜ", 7), ElementsAre("ÄÖÜ ÄÖÜ"));
  EXPECT_THAT(wrapped("日本語日本語", 6), ElementsAre("日本語", "日本語"));
}

}  // namespace
}  // namespace pm
