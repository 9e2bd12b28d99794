#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <ostream>

namespace pm {
namespace {

/// SGR parameters (ECMA-48). The 16 basic colours follow the terminal's own scheme.
const char* code_of(Style style) {
  switch (style) {
    case Style::strong:
      return "1";
    case Style::faint:
      return "2";
    case Style::good:
      return "32";
    case Style::warning:
      return "33";
    case Style::bad:
      return "31";
    case Style::plain:
      break;
  }
  return "";
}

std::string painted(bool in_colour, Style style, std::string_view text) {
  if (!in_colour || style == Style::plain || text.empty()) return std::string(text);
  return std::string("\x1b[") + code_of(style) + "m" + std::string(text) + "\x1b[0m";
}

/// no-color.org: set and not empty.
bool environment_takes_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool is_forbidden = no_color && *no_color != '\0';
  return !is_forbidden && term && *term != '\0' && std::string_view(term) != "dumb";
}

int columns_of(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

Terminal::Traits Terminal::of_process() {
  Traits traits;
  traits.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  traits.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  traits.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  traits.takes_colour = environment_takes_colour();
  if (traits.out_is_terminal) traits.width = columns_of(STDOUT_FILENO);
  return traits;
}

bool Terminal::colours(bool is_terminal) const {
  if (colour_ != Colour::automatic) return colour_ == Colour::always;
  return is_terminal && traits_.takes_colour;
}

std::string Terminal::styled(Style style, std::string_view text) const {
  return painted(colours(traits_.out_is_terminal), style, text);
}

std::string Terminal::styled_for_err(Style style, std::string_view text) const {
  return painted(colours(traits_.err_is_terminal), style, text);
}

}  // namespace pm
