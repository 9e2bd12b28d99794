#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/command_options.h"
#include "cli/commands.h"
#include "cli/json_fields.h"
#include "cli/port_span.h"
#include "cli/request_body.h"
#include "cli/session.h"
#include "cli/table.h"

namespace pm {
namespace {

struct ReserveOptions {
  std::string ports;
  bool hold{false};
  std::string service_id;
  std::string range;
  std::int64_t expires_in{0};  ///< seconds; 0: never
  std::string reason;
};

Answered<Json> reserve_body(const ReserveOptions& options) {
  RequestBody body;
  if (!options.ports.empty()) {
    const auto span = port_span_from(options.ports);
    if (!span) {
      return tl::unexpected(Refusal{ExitStatus::usage,
                                    "\"" + options.ports + "\" is neither a port nor LO-HI.",
                                    "For example: portmanager reserve 8050-8059"});
    }
    if (span->lo == span->hi) {
      body.add("port", std::optional(span->lo));
    } else {
      body.add("start_port", std::optional(span->lo)).add("end_port", std::optional(span->hi));
    }
  }
  body.add("hold", options.hold)
      .add("service_id", options.service_id)
      .add("range", options.range)
      .add("reason", options.reason);
  auto json = body.json();
  if (options.expires_in > 0) json["expires_in"] = options.expires_in;
  return json;
}

ExitStatus reserve(const Session& session, const ReserveOptions& options) {
  const auto body = reserve_body(options);
  if (!body) return session.fail(body.error());
  const auto answer = session.post("/api/ports/reserve", *body);
  if (!answer) return session.fail(answer.error());
  return session.show_message(*answer, "port");
}

Action declare_reserve(CLI::App& app) {
  auto options = std::make_shared<ReserveOptions>();
  app.add_option("ports", options->ports,
                 "A port, or LO-HI; with --hold it may be left out, and the lowest free one is "
                 "chosen")
      ->type_name("PORTS");
  auto* hold = app.add_flag("--hold", options->hold,
                            "Keep the ports bound, so that no process can take them");
  app.add_option("--for", options->service_id, "The one service that may be given them")
      ->type_name("SERVICE")
      ->needs(hold);
  app.add_option("--range", options->range, "Where to choose a port to hold: a category, or LO-HI")
      ->type_name("RANGE")
      ->needs(hold);
  static const std::map<std::string, std::int64_t> units = {
      {"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}};
  app.add_option("--expires", options->expires_in,
                 "End by itself after this time, such as 90s, 15m, 12h or 7d")
      ->type_name("TIME")
      ->transform(CLI::AsNumberWithUnit(units));
  app.add_option("--reason", options->reason, "Why; the list of reservations shows it")
      ->type_name("TEXT");
  return ServerAction([options](Session& session) { return reserve(session, *options); });
}

Command reserve_command() {
  return {.name = "reserve",
          .group = CommandGroup::change,
          .summary = "Keep ports from being given to services",
          .details =
              "With --hold the server binds them too, until a service is given one by its number: "
              "then no process can come in between. With --quiet, the port, the first of several.",
          .examples = {{"portmanager reserve 8050-8059 --reason 'for the new region'",
                        "Nobody is given these ports."},
                       {"portmanager reserve --hold --for billing --expires 15m",
                        "Binds the lowest free port for billing, for a quarter of an hour."}},
          .declare = declare_reserve};
}

ExitStatus unreserve(const Session& session, int port) {
  ApiRequest request{.target = "/api/ports/reserve/" + std::to_string(port), .method = "DELETE"};
  const auto answer = session.call(std::move(request));
  if (!answer) return session.fail(answer.error());
  return session.show_message(*answer, "port");
}

Command unreserve_command() {
  return {
      .name = "unreserve",
      .group = CommandGroup::change,
      .summary = "Take a reservation back",
      .details = "A port that was held is let go. A port that is not reserved is exit status 3.",
      .examples = {{"portmanager unreserve 8050", "Port 8050 may be given again."}},
      .declare = [](CLI::App& app) -> Action {
        auto port = std::make_shared<int>(0);
        app.add_option("port", *port, "The port")
            ->type_name("RESERVED")
            ->check(CLI::Range(1, 65535))
            ->required();
        return ServerAction([port](Session& session) { return unreserve(session, *port); });
      }};
}

Table::Cell held_text(const Json& reservation) {
  if (!flag_of(reservation, "hold")) return {"no"};
  return flag_of(reservation, "bound") ? Table::Cell("yes", Style::good)
                                       : Table::Cell("taken by another", Style::bad);
}

ExitStatus reserved(const Session& session) {
  const auto answer = session.get("/api/ports/reserved");
  if (!answer) return session.fail(answer.error());
  const auto& all = list_of(answer->body, "reserved");
  return session.show(
      *answer,
      [&] {
        Table table({{"PORT", Table::Align::right}, {"HELD"}, {"FOR"}, {"UNTIL"}, {"REASON"}});
        for (const auto& each : all) {
          table.add({{text_of(each, "port")},
                     held_text(each),
                     {text_of(each, "service_id")},
                     {moment_of(each, "expires_at")},
                     {text_of(each, "reason")}});
        }
        return table.text(session.terminal());
      },
      [&] {
        std::string text;
        for (const auto& each : all) text += text_of(each, "port") + '\n';
        return text;
      });
}

Command reserved_command() {
  return {.name = "reserved",
          .group = CommandGroup::look,
          .summary = "Show which ports are reserved or held",
          .details = "With --quiet, the ports alone.",
          .examples = {{"portmanager reserved", "All reservations, and until when they last."}},
          .declare = [](CLI::App&) -> Action { return ServerAction(reserved); }};
}

}  // namespace

std::vector<Command> reservation_commands() {
  return {reserved_command(), reserve_command(), unreserve_command()};
}

}  // namespace pm
