#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/signal_fd.h"
#include "cli/top_feed.h"
#include "cli/top_screen.h"

namespace pm {
namespace {

class Top {
 public:
  explicit Top(const Session& session) : session_(session), feed_(session.api()) {}

  /// The signal that ended it; 0: a key did.
  int run(TopScreen& screen);

 private:
  void draw(TopScreen& screen) const;
  bool take_keys(TopScreen& screen);
  void take_news();

  const Session& session_;
  SignalFd signals_{SIGINT, SIGTERM, SIGHUP, SIGWINCH};
  TopFeed feed_;
  TopModel model_;
};

int Top::run(TopScreen& screen) {
  while (true) {
    draw(screen);
    std::array<pollfd, 3> waits{
        {{STDIN_FILENO, POLLIN, 0}, {feed_.fd(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), -1);
    while (const auto signal = signals_.take()) {
      if (*signal != SIGWINCH) return *signal;
      screen.fit();
    }
    // The terminal is gone.
    if ((waits[0].revents & (POLLHUP | POLLERR)) != 0) return SIGHUP;
    if (!take_keys(screen)) return 0;
    take_news();
  }
}

void Top::draw(TopScreen& screen) const {
  screen.draw(top_page(model_, session_.api().public_url(), screen.width(), screen.height()));
}

bool Top::take_keys(TopScreen& screen) {
  while (const auto pressed = screen.pressed()) {
    const int rows = top_rows(screen.height());
    const bool goes_on = pressed->character != 0 ? model_.type(pressed->character, rows)
                                                 : model_.press(pressed->key, rows);
    if (!goes_on) return false;
  }
  return true;
}

void Top::take_news() {
  auto news = feed_.take();
  if (news.data) model_.update(std::move(*news.data));
  for (const auto& change : news.changes) model_.add_change(change);
}

ExitStatus top(const Session& session) {
  const auto& traits = session.terminal().traits();
  if (!traits.in_is_terminal || !traits.out_is_terminal) {
    return session.fail({ExitStatus::usage, "top draws on a terminal, and there is none.",
                         "portmanager watch writes lines, for pipes and files."});
  }
  // Asked once before the screen is taken, so that the reason stays readable.
  if (const auto answer = session.get("/health"); !answer) return session.fail(answer.error());
  int signal = 0;
  {
    auto screen = TopScreen::open(traits.takes_colour && session.options().colour != "never");
    if (!screen) return session.fail(screen.error());
    signal = Top(session).run(*screen);
  }
  if (signal != 0 && signal != SIGINT) end_by(signal);
  return ExitStatus::done;
}

}  // namespace

Command top_command() {
  return {
      .name = "top",
      .group = CommandGroup::live,
      .summary = "Show services, conflicts and changes live, on the whole screen",
      .details =
          "Keys: q ends it; the arrows, PgUp, PgDn, Home and End scroll (k, j, b, space, g and "
          "G do, too); s sorts by service, port or status; p shows those with problems alone; / "
          "filters by what is typed, Escape drops the filter. A server that goes away is waited "
          "for.",
      .examples = {{"portmanager top", "Everything at a glance."}},
      .declare = [](CLI::App&) -> Action { return ServerAction(top); }};
}

}  // namespace pm
