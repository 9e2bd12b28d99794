#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "cli/command_options.h"
#include "cli/commands.h"
#include "cli/json_fields.h"
#include "cli/listener_text.h"
#include "cli/session.h"
#include "cli/status_style.h"
#include "cli/table.h"
#include "domain/port.h"
#include "http_client/url.h"

namespace pm {
namespace {

using Rows = std::vector<std::pair<std::string, std::int64_t>>;

Rows assignments_of(const Json& body, const std::string& order) {
  Rows rows;
  for (const auto& [service_id, port] : object_of(body, "assignments").items()) {
    if (port.is_number()) rows.emplace_back(service_id, port.get<std::int64_t>());
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& left, const auto& right) {
    return order == "port" ? left.second < right.second : left.first < right.first;
  });
  return rows;
}

/// What a port's number does not tell: "udp, host 10.0.0.7, contested"; "" for the usual.
std::string note_of(const Json& service) {
  std::string note;
  const auto add = [&](const std::string& text) { note += (note.empty() ? "" : ", ") + text; };
  const auto host = text_of(service, "host");
  if (text_of(service, "protocol") == "udp") add("udp");
  if (!host.empty() && host != local_host) add("host " + host);
  if (flag_of(service, "contested")) add("contested");
  return note;
}

std::map<std::string, std::string> notes_of(const Json& body) {
  std::map<std::string, std::string> notes;
  for (const auto& service : list_of(body, "services")) {
    const auto note = note_of(service);
    if (!note.empty() && number_of(service, "port")) notes[text_of(service, "service_id")] = note;
  }
  return notes;
}

/// The notes are a column where there are any.
std::string list_table(const Terminal& terminal, const Rows& rows,
                       const std::map<std::string, std::string>& notes) {
  std::vector<Table::Column> columns{{"SERVICE"}, {"PORT", Table::Align::right}};
  if (!notes.empty()) columns.push_back({"NOTE"});
  Table table(std::move(columns));
  for (const auto& [service_id, port] : rows) {
    std::vector<Table::Cell> row{{service_id}, {std::to_string(port)}};
    if (const auto note = notes.find(service_id); note != notes.end()) row.push_back(note->second);
    table.add(std::move(row));
  }
  return table.text(terminal);
}

ExitStatus list(const Session& session, const std::string& order) {
  const auto answer = session.get("/api/ports/assignments");
  if (!answer) return session.fail(answer.error());
  const auto rows = assignments_of(answer->body, order);
  std::map<std::string, std::string> notes;
  if (!session.options().json && !session.options().quiet) {
    const auto services = session.get("/api/services");
    if (!services) return session.fail(services.error());
    notes = notes_of(services->body);
  }
  return session.show(
      *answer, [&] { return list_table(session.terminal(), rows, notes); },
      [&] {
        std::string text;
        for (const auto& [service_id, port] : rows) text += service_id + '\n';
        return text;
      });
}

Command list_command() {
  return {.name = "list",
          .group = CommandGroup::look,
          .summary = "Show which service has which port",
          .details =
              "A note tells what a number does not: that the port is a UDP port, the host of a "
              "service that is registered at another, that another service had the port first. "
              "With --quiet, the service ids alone.",
          .examples = {{"portmanager list", "All services and their ports, by id."},
                       {"portmanager list --sort port", "The same, by port."}},
          .declare = [](CLI::App& app) -> Action {
            auto order = std::make_shared<std::string>("service");
            app.add_option("--sort", *order, "What the list is sorted by")
                ->check(CLI::IsMember({"service", "port"}))
                ->capture_default_str();
            return ServerAction([order](Session& session) { return list(session, *order); });
          }};
}

std::string service_sheet(const Session& session, const std::string& service_id,
                          const Json& service) {
  FactSheet sheet(service_id);
  const auto name = text_of(service, "name");
  sheet.add("name", name == service_id ? "" : name);
  sheet.add("port", text_of(service, "port") + " " + text_of(service, "protocol") +
                        (flag_of(service, "contested") ? ", contested" : ""));
  sheet.add("host", text_of(service, "host"));
  const auto status = text_of(service, "status");
  sheet.add("status", {status, style_of_status(status)});
  for (const auto& listener : list_of(service, "listening")) {
    sheet.add("listening", listener_text(listener));
  }
  sheet.add("health check", text_of(service, "health_endpoint"));
  sheet.add("category", text_of(service, "category"));
  sheet.add("registered", moment_of(service, "registered_at"));
  return sheet.text(session.terminal());
}

ExitStatus get(const Session& session, const std::string& service_id) {
  const auto escaped = percent_encoded(service_id);
  const auto answer = session.get("/api/ports/assignments/" + escaped);
  if (!answer) return session.fail(answer.error(), service_id);
  std::string sheet;
  if (!session.options().json && !session.options().quiet) {
    const auto details = session.get("/api/services/" + escaped);
    if (!details) return session.fail(details.error());
    sheet = service_sheet(session, service_id, object_of(details->body, "service"));
  }
  return session.show(
      *answer, [&] { return sheet; }, [&] { return text_of(answer->body, "port"); });
}

Command get_command() {
  return {
      .name = "get",
      .group = CommandGroup::look,
      .summary = "Show a service's port, and how the service is",
      .details =
          "With --quiet, the port alone. A service that is not known, or has no port, is "
          "exit status 3.",
      .examples = {{"portmanager get passport", "All that is known of passport."},
                   {"curl http://127.0.0.1:$(portmanager get passport -q)/health",
                    "Its port, in a script."}},
      .declare = [](CLI::App& app) -> Action {
        auto service_id = std::make_shared<std::string>();
        add_service(app, *service_id)->required();
        return ServerAction([service_id](Session& session) { return get(session, *service_id); });
      }};
}

std::string yes_or_no(bool value) {
  return value ? "yes" : "no";
}

std::string reservation_text(const Json& body) {
  if (!flag_of(body, "reserved")) return "no";
  const auto& reservation = object_of(body, "reservation");
  std::string text = "yes";
  if (flag_of(reservation, "hold")) text += flag_of(body, "held") ? ", held" : ", but not held";
  const auto whose = text_of(reservation, "service_id");
  if (!whose.empty()) text += ", for " + whose;
  const auto until = moment_of(reservation, "expires_at");
  if (!until.empty()) text += ", until " + until;
  const auto reason = text_of(reservation, "reason");
  return reason.empty() ? text : text + ": " + reason;
}

std::string port_sheet(const Session& session, const Json& body) {
  FactSheet sheet("port " + text_of(body, "port") + " " + text_of(body, "protocol"));
  const auto holders = joined_texts(list_of(body, "holders"));
  sheet.add("assigned to", holders.empty() ? "nobody" : holders);
  sheet.add("reserved", reservation_text(body));
  const auto& listeners = list_of(body, "listeners");
  if (listeners.empty()) sheet.add("listening", {"nobody"});
  for (const auto& listener : listeners) {
    const auto service = text_of(listener, "service");
    sheet.add("listening", listener_text(listener) + (service.empty() ? "" : ": " + service));
  }
  sheet.add("connections", text_of(body, "connection_count"));
  sheet.add("given up", moment_of(body, "released_at"));
  sheet.add("ephemeral", yes_or_no(flag_of(body, "ephemeral")));
  for (const auto& conflict : list_of(body, "conflicts")) {
    sheet.add("conflict", {text_of(conflict, "type") + ": " + text_of(conflict, "detail"),
                           style_of_severity(text_of(conflict, "severity"))});
  }
  sheet.add("hidden", {text_of(body, "visibility"), Style::faint});
  return sheet.text(session.terminal());
}

struct WhoOptions {
  std::optional<int> port;
  std::string protocol{"tcp"};
};

ExitStatus who(const Session& session, const WhoOptions& options) {
  const auto answer = session.get("/api/ports/" + std::to_string(options.port.value_or(0)) +
                                  "?protocol=" + options.protocol);
  if (!answer) return session.fail(answer.error());
  return session.show(
      *answer, [&] { return port_sheet(session, answer->body); },
      [&] {
        std::string text;
        for (const auto& holder : list_of(answer->body, "holders")) {
          if (holder.is_string()) text += holder.get<std::string>() + '\n';
        }
        return text;
      });
}

Command who_command() {
  return {.name = "who",
          .group = CommandGroup::look,
          .summary = "Show who has a port: service, reservation, process",
          .details =
              "The registry and the kernel are both asked. With --quiet, the service that the "
              "port is assigned to; nothing when there is none.",
          .examples = {{"portmanager who 8007", "Who has port 8007, and which process is on it."}},
          .declare = [](CLI::App& app) -> Action {
            auto options = std::make_shared<WhoOptions>();
            add_port(app, options->port, "The port")->required();
            add_protocol(app, options->protocol);
            return ServerAction([options](Session& session) { return who(session, *options); });
          }};
}

struct SuggestOptions {
  int count{1};
  std::optional<int> from;
  std::string range;
};

ExitStatus suggest(const Session& session, const SuggestOptions& options) {
  std::string target = "/api/ports/available?count=" + std::to_string(options.count);
  if (options.from) target += "&start_port=" + std::to_string(*options.from);
  if (!options.range.empty()) target += "&range=" + percent_encoded(options.range);
  const auto answer = session.get(target);
  if (!answer) return session.fail(answer.error());
  const auto ports = [&] {
    std::string text;
    for (const auto& port : list_of(answer->body, "ports")) text += port.dump() + '\n';
    return text;
  };
  return session.show(*answer, ports, ports);
}

Command suggest_command() {
  return {.name = "suggest",
          .group = CommandGroup::look,
          .summary = "Name the lowest free ports",
          .details = "Nobody is given them: that is what assign and reserve do.",
          .examples = {{"portmanager suggest", "The lowest free port."},
                       {"portmanager suggest --count 3 --range strategic",
                        "Three free ports of a category."}},
          .declare = [](CLI::App& app) -> Action {
            auto options = std::make_shared<SuggestOptions>();
            app.add_option("-n,--count", options->count, "How many")
                ->type_name("COUNT")
                ->check(CLI::Range(1, 1000))
                ->capture_default_str();
            app.add_option("--from", options->from, "Where to begin")
                ->type_name("PORT")
                ->check(assignable_port());
            add_range(app, options->range, "Where to look");
            return ServerAction([options](Session& session) { return suggest(session, *options); });
          },
          .alias = "available"};
}

struct HistoryOptions {
  std::string service_id;
  int limit{20};
};

ExitStatus history(const Session& session, const HistoryOptions& options) {
  const auto answer = session.get("/api/ports/history/" + percent_encoded(options.service_id) +
                                  "?limit=" + std::to_string(options.limit));
  if (!answer) return session.fail(answer.error(), options.service_id);
  return session.show(
      *answer,
      [&] {
        Table table({{"AT"},
                     {"ACTION"},
                     {"OLD", Table::Align::right},
                     {"NEW", Table::Align::right},
                     {"ACTOR"},
                     {"REASON"}});
        for (const auto& event : list_of(answer->body, "events")) {
          const auto action = text_of(event, "action");
          table.add({{moment_of(event, "at")},
                     {action, action == "move_failed" ? Style::bad : Style::plain},
                     {text_of(event, "old_port")},
                     {text_of(event, "new_port")},
                     {text_of(event, "actor")},
                     {text_of(event, "reason")}});
        }
        return table.text(session.terminal());
      },
      [&] {
        std::string text;
        for (const auto& port : list_of(answer->body, "history")) text += port.dump() + '\n';
        return text;
      });
}

Command history_command() {
  return {
      .name = "history",
      .group = CommandGroup::look,
      .summary = "Show what happened to a service's port, newest first",
      .details =
          "With --quiet, the ports that it has held, oldest first. The database has all "
          "of it for good: see docs/audit.md for asking with SQL.",
      .examples = {{"portmanager history passport", "Who changed passport's port, when and why."}},
      .declare = [](CLI::App& app) -> Action {
        auto options = std::make_shared<HistoryOptions>();
        add_service(app, options->service_id)->required();
        add_limit(app, options->limit, "How many events at most");
        return ServerAction([options](Session& session) { return history(session, *options); });
      }};
}

}  // namespace

std::vector<Command> lookup_commands() {
  return {list_command(), get_command(), who_command(), suggest_command(), history_command()};
}

}  // namespace pm
