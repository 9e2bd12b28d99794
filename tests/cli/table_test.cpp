#include "cli/table.h"

#include <gtest/gtest.h>

#include "cli/terminal_support.h"

namespace pm::test {
namespace {

std::string text_of(const Table& table, Terminal::Traits traits = {}) {
  TerminalOnStrings there(traits);
  return table.text(there.terminal());
}

TEST(Table, AlignsItsColumns) {
  Table table({{"SERVICE"}, {"PORT", Table::Align::right}, {"STATUS"}});
  table.add({{"a"}, {"80"}, {"healthy"}});
  table.add({{"long-service"}, {"8080"}, {""}});
  EXPECT_EQ(text_of(table),
            "SERVICE       PORT  STATUS\n"
            "a               80  healthy\n"
            "long-service  8080\n");
}

TEST(Table, AlignsByWidthNotByBytes) {
  Table table({{"N"}, {"X"}});
  table.add({{"日本"}, {"1"}});
  table.add({{"Öl"}, {"2"}});
  table.add({{"e\xcc\x81"}, {"3"}});
  EXPECT_EQ(text_of(table),
            "N     X\n"
            "日本  1\n"
            "Öl    2\n"
            "e\xcc\x81     3\n");
}

TEST(Table, ColourDoesNotShiftAnything) {
  Table table({{"A"}, {"B"}});
  table.add({{"bad", Style::bad}, {"x"}});
  const auto text = text_of(table, {.out_is_terminal = true, .takes_colour = true});
  EXPECT_EQ(text, "\x1b[1mA\x1b[0m    \x1b[1mB\x1b[0m\n\x1b[31mbad\x1b[0m  x\n");
}

TEST(Table, TheLastColumnIsWrappedToTheTerminal) {
  Table table({{"A"}, {"DETAIL"}});
  table.add({{"x"}, {"one two three four five six seven eight"}});
  EXPECT_EQ(text_of(table, {.out_is_terminal = true, .width = 30}),
            "A  DETAIL\n"
            "x  one two three four five\n"
            "   six seven eight\n");
}

TEST(Table, InAPipeOrOnANarrowTerminalNothingIsWrapped) {
  Table table({{"A"}, {"DETAIL"}});
  const std::string detail(200, 'x');
  table.add({{"x"}, {detail + " y"}});
  EXPECT_EQ(text_of(table), "A  DETAIL\nx  " + detail + " y\n");
  EXPECT_EQ(text_of(table, {.out_is_terminal = true, .width = 12}),
            "A  DETAIL\nx  " + detail + " y\n");
}

TEST(Table, WhatItIsGivenCannotSteerTheTerminal) {
  Table table({{"A"}});
  table.add({{"\x1b]0;evil\x07"}});
  EXPECT_EQ(text_of(table).find('\x1b'), std::string::npos);
}

TEST(Table, AShortRowIsFilledUp) {
  Table table({{"A"}, {"B"}});
  EXPECT_TRUE(table.empty());
  table.add({{"x"}});
  EXPECT_FALSE(table.empty());
  EXPECT_EQ(text_of(table), "A  B\nx\n");
}

TEST(FactSheet, HasOneLineForEachFact) {
  FactSheet sheet("passport");
  sheet.add("port", {"8007"});
  sheet.add("long name", {"x"});
  sheet.add("nothing", {""});
  TerminalOnStrings there;
  EXPECT_EQ(sheet.text(there.terminal()),
            "passport\n"
            "  port       8007\n"
            "  long name  x\n");
}

TEST(FactSheet, WrapsLongValues) {
  FactSheet sheet("x");
  sheet.add("a", {"one two three four five six seven eight"});
  TerminalOnStrings there({.out_is_terminal = true, .width = 32});
  EXPECT_EQ(sheet.text(there.terminal()),
            "x\n"
            "  a  one two three four five\n"
            "     six seven eight\n");
}

}  // namespace
}  // namespace pm::test
