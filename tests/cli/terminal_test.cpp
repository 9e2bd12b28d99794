#include "cli/terminal.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/terminal_support.h"

namespace pm::test {
namespace {

TEST(Terminal, APipeGetsNoColour) {
  TerminalOnStrings there;
  EXPECT_EQ(there.terminal().styled(Style::bad, "x"), "x");
  EXPECT_EQ(there.terminal().styled_for_err(Style::bad, "x"), "x");
}

TEST(Terminal, EachStreamIsColouredForItself) {
  TerminalOnStrings there({.out_is_terminal = true, .takes_colour = true});
  EXPECT_EQ(there.terminal().styled(Style::bad, "x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(there.terminal().styled_for_err(Style::bad, "x"), "x");
  EXPECT_EQ(there.terminal().styled(Style::plain, "x"), "x");
  EXPECT_EQ(there.terminal().styled(Style::strong, ""), "");
}

TEST(Terminal, ATerminalThatWantsNoColourGetsNone) {
  TerminalOnStrings there({.out_is_terminal = true, .takes_colour = false});
  EXPECT_EQ(there.terminal().styled(Style::good, "x"), "x");
}

TEST(Terminal, ColourIsAsTold) {
  TerminalOnStrings pipe;
  auto terminal = pipe.terminal();
  terminal.set_colour(Colour::always);
  EXPECT_EQ(terminal.styled(Style::good, "x"), "\x1b[32mx\x1b[0m");
  TerminalOnStrings screen({.out_is_terminal = true, .takes_colour = true});
  auto plain = screen.terminal();
  plain.set_colour(Colour::never);
  EXPECT_EQ(plain.styled(Style::good, "x"), "x");
}

TEST(Terminal, APersonIsAskedWhereOneSits) {
  EXPECT_TRUE(
      TerminalOnStrings({.in_is_terminal = true, .err_is_terminal = true}).terminal().can_ask());
  EXPECT_FALSE(TerminalOnStrings({.in_is_terminal = true}).terminal().can_ask());
  EXPECT_FALSE(TerminalOnStrings({.err_is_terminal = true}).terminal().can_ask());
}

}  // namespace
}  // namespace pm::test
