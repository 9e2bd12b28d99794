#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "cli/event_text.h"
#include "cli/json_fields.h"
#include "cli/live_updates.h"
#include "cli/session.h"
#include "cli/signal_fd.h"
#include "cli/text_width.h"

namespace pm {
namespace {

struct WatchOptions {
  std::vector<std::string> services;
  std::optional<std::int64_t> since;
  int count{0};  ///< 0: without end
};

class Watch {
 public:
  Watch(const Session& session, const WatchOptions& options)
      : session_(session),
        updates_(session.api(), {options.services, options.since}),
        left_(options.count) {}

  ExitStatus run();

 private:
  using Event = LiveUpdates::Event;
  /// The status to end with, when that is now.
  std::optional<ExitStatus> tell(const Event& event);
  void tell_change(const Event& event);
  std::optional<ExitStatus> tell_lost(const std::string& why);

  const Session& session_;
  LiveUpdates updates_;
  int left_;
  bool was_connected_{false};
  bool is_lost_{false};
};

ExitStatus Watch::run() {
  SignalFd signals({SIGINT, SIGTERM, SIGHUP});
  constexpr std::chrono::seconds longest{60};
  while (true) {
    for (const auto& event : updates_.next(longest, signals.fd())) {
      if (const auto status = tell(event)) return *status;
    }
    session_.out() << std::flush;
    if (const auto signal = signals.take()) {
      // Ctrl-C is how one ends it.
      if (*signal != SIGINT) end_by(*signal);
      return ExitStatus::done;
    }
    if (!session_.out()) return ExitStatus::failed;
  }
}

std::optional<ExitStatus> Watch::tell(const Event& event) {
  switch (event.kind) {
    case Event::Kind::lost:
      return tell_lost(event.text);
    case Event::Kind::gap:
      session_.note(
          "Some changes were missed, and cannot be told any more: portmanager list shows what is "
          "there now.");
      [[fallthrough]];
    case Event::Kind::connected:
      if (is_lost_) session_.note("The connection is there again.");
      is_lost_ = false;
      was_connected_ = true;
      if (session_.options().json) session_.out() << event.text << '\n';
      return std::nullopt;
    case Event::Kind::change:
      break;
  }
  tell_change(event);
  if (left_ == 0 || --left_ > 0) return std::nullopt;
  return ExitStatus::done;
}

std::optional<ExitStatus> Watch::tell_lost(const std::string& why) {
  if (!was_connected_) {
    return session_.fail(
        {ExitStatus::unreachable,
         "The Port Manager at " + session_.api().public_url() + " is not there: " + why + ".",
         "Start it with portmanager serve, or name another with --url or PORTMANAGER_URL."});
  }
  if (!is_lost_) {
    session_.note("The connection is lost: " + why + ". It is tried again, and nothing is missed.");
  }
  is_lost_ = true;
  return std::nullopt;
}

void Watch::tell_change(const Event& event) {
  if (session_.options().json) {
    session_.out() << event.text << '\n';
  } else if (session_.options().quiet) {
    session_.out() << event_words(event.message);
  } else {
    for (const auto& each : event_texts(event.message)) {
      session_.out() << session_.terminal().styled(Style::faint, event_moment(event.message)) << ' '
                     << session_.terminal().styled(each.style, printable(each.text)) << '\n';
    }
  }
}

Action declare_watch(CLI::App& app) {
  auto options = std::make_shared<WatchOptions>();
  app.add_option("services", options->services, "Only changes of these services")
      ->type_name("SERVICE");
  app.add_option("--since", options->since, "First what came after this revision")
      ->type_name("REVISION")
      ->check(CLI::NonNegativeNumber);
  app.add_option("-n,--count", options->count, "End after so many changes; 0: without end")
      ->type_name("COUNT")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  return ServerAction([options](Session& session) { return Watch(session, *options).run(); });
}

}  // namespace

Command watch_command() {
  return {.name = "watch",
          .group = CommandGroup::live,
          .summary = "Show every change as it happens",
          .details =
              "Ports that are given, moved and given up, conflicts that open and close, services "
              "that become healthy or unhealthy. A connection that is lost is made again, and what "
              "was missed is told then. A server that is not there at the start is exit status 5. "
              "Ctrl-C ends it, with exit status 0.\n\n"
              "With --json, the server's messages, one a line; with --quiet, words for a script: "
              "\"port_change SERVICE OLD NEW\", \"service_status SERVICE STATUS\", "
              "\"conflict_detected\" and \"conflict_resolved\" with id, type, port and service.",
          .examples = {{"portmanager watch", "Everything, from now on."},
                       {"portmanager watch passport --since 40",
                        "What happened to passport after revision 40, and what will."}},
          .declare = declare_watch};
}

}  // namespace pm
