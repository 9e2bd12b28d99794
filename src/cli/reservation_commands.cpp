#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <ostream>

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

Answered<PortSpan> span_of(const std::string& text, const char* command) {
  const auto span = port_span_from(text);
  if (span) return *span;
  return tl::unexpected(Refusal{ExitStatus::usage, "\"" + text + "\" is neither a port nor LO-HI.",
                                std::string("For example: portmanager ") + command + " 8050-8059"});
}

Answered<Json> reserve_body(const ReserveOptions& options) {
  RequestBody body;
  if (!options.ports.empty()) {
    const auto span = span_of(options.ports, "reserve");
    if (!span) return tl::unexpected(span.error());
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

Answered<ApiAnswer> take_back(const Session& session, int port) {
  return session.call({.target = "/api/ports/reserve/" + std::to_string(port), .method = "DELETE"});
}

/// Those that unreserve takes: this machine's, by TCP.
Answered<std::vector<int>> reserved_within(const Session& session, const PortSpan& span) {
  const auto answer = session.get("/api/ports/reserved");
  if (!answer) return tl::unexpected(answer.error());
  std::vector<int> ports;
  for (const auto& each : list_of(answer->body, "reserved")) {
    const auto port = static_cast<int>(number_of(each, "port").value_or(0));
    const bool is_taken =
        text_of(each, "protocol") == "tcp" && text_of(each, "host") == "127.0.0.1";
    if (is_taken && port >= span.lo && port <= span.hi) ports.push_back(port);
  }
  if (!ports.empty()) return ports;
  return tl::unexpected(Refusal{ExitStatus::not_found,
                                "No port from " + std::to_string(span.lo) + " to " +
                                    std::to_string(span.hi) + " is reserved.",
                                "portmanager reserved shows those that are."});
}

/// The API takes one port at a time: what has been taken back stays so when another fails.
ExitStatus unreserve_all(const Session& session, const std::vector<int>& ports) {
  const bool is_script = session.options().json || session.options().quiet;
  std::vector<int> done;
  std::optional<Refusal> fault;
  for (const int port : ports) {
    const auto answer = take_back(session, port);
    if (answer) {
      done.push_back(port);
      if (is_script) session.show_message(*answer, "port");
    } else if (answer.error().code != "unknown_port") {
      fault = answer.error();
      break;
    }
  }
  if (!is_script && !done.empty()) {
    session.out() << spans_text(done) << (done.size() == 1 ? " is" : " are")
                  << " not reserved any more.\n";
  }
  return fault ? session.fail(*fault) : ExitStatus::done;
}

ExitStatus unreserve(const Session& session, const std::string& text) {
  const auto span = span_of(text, "unreserve");
  if (!span) return session.fail(span.error());
  if (span->lo != span->hi) {
    const auto ports = reserved_within(session, *span);
    return ports ? unreserve_all(session, *ports) : session.fail(ports.error());
  }
  const auto answer = take_back(session, span->lo);
  if (!answer) return session.fail(answer.error());
  return session.show_message(*answer, "port");
}

Command unreserve_command() {
  return {
      .name = "unreserve",
      .group = CommandGroup::change,
      .summary = "Take reservations back",
      .details =
          "A port that was held is let go. A port that is not reserved is exit status 3. Of LO-HI, "
          "those that are reserved are taken back, one by one; none that is reserved is exit "
          "status "
          "3 too. With --quiet, the ports.",
      .examples = {{"portmanager unreserve 8050", "Port 8050 may be given again."},
                   {"portmanager unreserve 8050-8059", "So may these."}},
      .declare = [](CLI::App& app) -> Action {
        auto ports = std::make_shared<std::string>();
        app.add_option("ports", *ports, "A port, or LO-HI")->type_name("RESERVED")->required();
        return ServerAction([ports](Session& session) { return unreserve(session, *ports); });
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
