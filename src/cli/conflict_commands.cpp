#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_options.h"
#include "cli/commands.h"
#include "cli/json_fields.h"
#include "cli/move_table.h"
#include "cli/request_body.h"
#include "cli/session.h"
#include "cli/status_style.h"
#include "cli/table.h"
#include "http_client/url.h"

namespace pm {
namespace {

struct ConflictsOptions {
  bool history{false};
  std::string since;
  int limit{100};
};

std::string services_of(const Json& conflict) {
  const auto one = text_of(conflict, "service");
  return one.empty() ? joined_texts(list_of(conflict, "services")) : one;
}

std::string open_table(const Terminal& terminal, const Json& conflicts) {
  Table table({{"ID", Table::Align::right},
               {"SEVERITY"},
               {"TYPE"},
               {"PORT", Table::Align::right},
               {"SERVICE"},
               {"DETAIL"}});
  for (const auto& conflict : conflicts) {
    const auto severity = text_of(conflict, "severity");
    table.add({{text_of(conflict, "id")},
               {severity, style_of_severity(severity)},
               {text_of(conflict, "type")},
               {text_of(conflict, "port")},
               {services_of(conflict)},
               {text_of(conflict, "detail")}});
  }
  return table.text(terminal);
}

std::string history_table(const Terminal& terminal, const Json& conflicts) {
  Table table({{"ID", Table::Align::right},
               {"TYPE"},
               {"PORT", Table::Align::right},
               {"SERVICE"},
               {"OPENED"},
               {"CLOSED"},
               {"HOW"}});
  for (const auto& conflict : conflicts) {
    const auto closed = moment_of(conflict, "resolved_at");
    table.add({{text_of(conflict, "id")},
               {text_of(conflict, "type")},
               {text_of(conflict, "port")},
               {services_of(conflict)},
               {moment_of(conflict, "detected_at")},
               {closed.empty() ? "open" : closed, closed.empty() ? Style::bad : Style::plain},
               {text_of(conflict, closed.empty() ? "detail" : "resolution")}});
  }
  return table.text(terminal);
}

ExitStatus conflicts(const Session& session, const ConflictsOptions& options) {
  std::string target = "/api/ports/conflicts";
  if (options.history) {
    target += "/history?limit=" + std::to_string(options.limit);
    if (!options.since.empty()) target += "&since=" + percent_encoded(options.since);
  }
  const auto answer = session.get(target);
  if (!answer) return session.fail(answer.error());
  const auto& all = list_of(answer->body, "conflicts");
  return session.show(
      *answer,
      [&]() -> std::string {
        if (all.empty())
          return options.history ? "There was no conflict." : "There is no conflict.";
        return options.history ? history_table(session.terminal(), all)
                               : open_table(session.terminal(), all);
      },
      [&] {
        std::string text;
        for (const auto& conflict : all) text += text_of(conflict, "id") + '\n';
        return text;
      });
}

Command conflicts_command() {
  return {
      .name = "conflicts",
      .group = CommandGroup::conflicts,
      .summary = "Show where registry, kernel and services disagree",
      .details =
          "A conflict is open from when it is noticed until it is gone. With --quiet, the "
          "numbers of the conflicts alone; nothing when there is none.",
      .examples = {{"portmanager conflicts", "The open ones, and what to do about each."},
                   {"portmanager conflicts --history --since 2026-03-01T00:00:00Z",
                    "Those that were open since, and how each was closed."}},
      .declare = [](CLI::App& app) -> Action {
        auto options = std::make_shared<ConflictsOptions>();
        auto* history =
            app.add_flag("--history", options->history, "Those that are closed, too, newest first");
        app.add_option("--since", options->since, "Only those open then or later (RFC 3339)")
            ->type_name("TIME")
            ->needs(history);
        add_limit(app, options->limit, "How many at most")->needs(history);
        return ServerAction([options](Session& session) { return conflicts(session, *options); });
      }};
}

struct ResolveOptions {
  bool dry_run{false};
  std::string reason;
};

ExitStatus resolve(const Session& session, const ResolveOptions& options) {
  RequestBody body;
  body.add("dry_run", options.dry_run).add("reason", options.reason);
  const auto answer =
      session.post("/api/ports/resolve-conflicts", body.json(), "Resolving conflicts");
  if (!answer) return session.fail(answer.error());
  const auto& steps = list_of(answer->body, "resolutions");
  if (steps.empty()) {
    return session.show(
        *answer, [] { return "There is no conflict that a move could end."; }, [] { return ""; });
  }
  return show_moves(session, *answer, steps);
}

Command resolve_command() {
  return {.name = "resolve",
          .group = CommandGroup::conflicts,
          .summary = "End conflicts by moving services, step by step",
          .details =
              "Of services that share a port, the one that really listens keeps it, else the one "
              "that had it first. Each step is verified before the next. A step that fails leaves "
              "the others done, and the exit status is 1 then.",
          .examples = {{"portmanager resolve --dry-run", "The plan; nothing is changed."},
                       {"portmanager resolve", "Carries it out."}},
          .declare = [](CLI::App& app) -> Action {
            auto options = std::make_shared<ResolveOptions>();
            app.add_flag("--dry-run", options->dry_run, "Show the plan, and change nothing");
            add_reason(app, options->reason);
            return ServerAction([options](Session& session) { return resolve(session, *options); });
          }};
}

}  // namespace

std::vector<Command> conflict_commands() {
  return {conflicts_command(), resolve_command()};
}

}  // namespace pm
