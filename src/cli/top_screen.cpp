#include "cli/top_screen.h"

#include <curses.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <map>
#include <string_view>

namespace pm {
namespace {

constexpr int escape_key = 27;
constexpr int delete_key = 127;
constexpr int backspace_key = 8;
constexpr int escape_delay_ms = 25;

constexpr short good_pair = 1;
constexpr short warning_pair = 2;
constexpr short bad_pair = 3;

/// The texts are UTF-8, whatever the environment says.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

attr_t attributes_of(Style style, bool in_colour) {
  switch (style) {
    case Style::strong:
      return A_BOLD;
    case Style::faint:
      return A_DIM;
    case Style::good:
      return in_colour ? static_cast<attr_t>(COLOR_PAIR(good_pair)) : A_NORMAL;
    case Style::warning:
      return in_colour ? static_cast<attr_t>(COLOR_PAIR(warning_pair)) : A_BOLD;
    case Style::bad:
      return in_colour ? static_cast<attr_t>(COLOR_PAIR(bad_pair)) : A_BOLD;
    case Style::plain:
      break;
  }
  return A_NORMAL;
}

const std::map<int, TopModel::Key>& special_keys() {
  using Key = TopModel::Key;
  static const std::map<int, Key> keys = {
      {KEY_UP, Key::up},           {KEY_DOWN, Key::down},       {KEY_PPAGE, Key::page_up},
      {KEY_NPAGE, Key::page_down}, {KEY_HOME, Key::home},       {KEY_END, Key::end},
      {KEY_ENTER, Key::enter},     {'\n', Key::enter},          {'\r', Key::enter},
      {escape_key, Key::escape},   {KEY_BACKSPACE, Key::erase}, {delete_key, Key::erase},
      {backspace_key, Key::erase},
  };
  return keys;
}

}  // namespace

struct TopScreen::Curses {
  Curses(SCREEN* its_screen, bool wants_colour) : screen(its_screen), in_colour(wants_colour) {
    set_term(screen);
    cbreak();
    noecho();
    curs_set(0);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(escape_delay_ms);
    in_colour = in_colour && has_colors();
    if (!in_colour) return;
    start_color();
    use_default_colors();
    init_pair(good_pair, COLOR_GREEN, -1);
    init_pair(warning_pair, COLOR_YELLOW, -1);
    init_pair(bad_pair, COLOR_RED, -1);
  }
  Curses(const Curses&) = delete;
  Curses& operator=(const Curses&) = delete;
  ~Curses() {
    endwin();
    delscreen(screen);
  }

  SCREEN* screen;
  bool in_colour;
};

TopScreen::TopScreen(std::unique_ptr<Curses> curses) : curses_(std::move(curses)) {}
TopScreen::TopScreen(TopScreen&&) noexcept = default;
TopScreen& TopScreen::operator=(TopScreen&&) noexcept = default;
TopScreen::~TopScreen() = default;

Answered<TopScreen> TopScreen::open(bool in_colour) {
  use_utf8();
  // Not initscr(): that ends the process when the terminal is not known.
  SCREEN* screen = newterm(nullptr, stdout, stdin);
  if (screen) return TopScreen(std::make_unique<Curses>(screen, in_colour));
  return tl::unexpected(Refusal{ExitStatus::failed,
                                "This terminal cannot be drawn on: TERM names none that is known.",
                                "portmanager watch writes lines instead."});
}

int TopScreen::width() const {
  return COLS;
}

int TopScreen::height() const {
  return LINES;
}

void TopScreen::fit() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return;
  resizeterm(size.ws_row, size.ws_col);
  clearok(stdscr, TRUE);
}

void TopScreen::draw(const std::vector<TopLine>& lines) {
  erase();
  int row = 0;
  for (const auto& line : lines) {
    move(row++, 0);
    for (const auto& span : line) {
      const auto attributes = attributes_of(span.style, curses_->in_colour);
      attr_on(attributes, nullptr);
      addnstr(span.text.data(), static_cast<int>(span.text.size()));
      attr_off(attributes, nullptr);
    }
  }
  refresh();
}

std::optional<TopScreen::Pressed> TopScreen::pressed() {
  const int code = getch();
  if (code == ERR) return std::nullopt;
  const auto key = special_keys().find(code);
  if (key != special_keys().end()) return Pressed{key->second, 0};
  const bool is_character = code >= ' ' && code < delete_key;
  return Pressed{TopModel::Key::none, is_character ? static_cast<char>(code) : '\0'};
}

}  // namespace pm
