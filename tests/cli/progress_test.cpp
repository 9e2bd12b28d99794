#include "cli/progress.h"

#include <gmock/gmock.h>

#include "cli/terminal_support.h"
#include "support/eventually.h"

namespace pm::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Progress, IsForATerminalOnly) {
  TerminalOnStrings pipe;
  const auto terminal = pipe.terminal();
  const auto begun = std::chrono::steady_clock::now();
  {
    Progress progress(terminal, "Moving");
    while (std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(600)) {
      progress.tick();
    }
  }
  EXPECT_THAT(pipe.err(), IsEmpty());
}

TEST(Progress, AppearsWhenItTakesLongAndIsGoneAfterwards) {
  TerminalOnStrings screen({.err_is_terminal = true});
  const auto terminal = screen.terminal();
  {
    Progress progress(terminal, "Moving");
    progress.tick();
    EXPECT_THAT(screen.err(), IsEmpty()) << "what is quick does not flicker";
    EXPECT_TRUE(eventually([&] {
      progress.tick();
      return !screen.err().empty();
    }));
    EXPECT_THAT(screen.err(), HasSubstr("Moving, 0 s"));
  }
  EXPECT_THAT(screen.err(), EndsWith("\r\x1b[2K"));
  EXPECT_THAT(screen.out(), IsEmpty());
}

TEST(Progress, OfNothingSaysNothing) {
  TerminalOnStrings screen({.err_is_terminal = true});
  const auto terminal = screen.terminal();
  { Progress progress(terminal, ""); }
  EXPECT_THAT(screen.err(), IsEmpty());
}

}  // namespace
}  // namespace pm::test
